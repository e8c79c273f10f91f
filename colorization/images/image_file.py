"""Image files of any common kind read as sRGB, and photographs written."""

import io
import logging
import struct
import warnings
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import imagecodecs
import numpy as np
from PIL import Image

from colorization.images import (
    deep_jpeg,
    exif,
    file_kind,
    jpeg_file,
    jxl_file,
    pillow_file,
    tiff_file,
)
from colorization.images.color_profile import adobe_rgb_profile, to_srgb
from colorization.images.decoded import Decoded, in_stripes

# Decoders raise what matters; nobody needs their log lines.
for decoder in ("PIL", "tifffile", "imagecodecs"):
    logging.getLogger(decoder).setLevel(logging.CRITICAL)
# An image of more pixels is taken for a decompression bomb.
MAX_PIXELS = 90_000_000
# What `load` raises for a file that it cannot read.
UNREADABLE = (OSError, ValueError, SyntaxError, MemoryError)


class Photograph(NamedTuple):
    """An image as it is shown: upright, in sRGB."""

    rgb: np.ndarray  # uint8 or uint16 (H, W, 3), sRGB
    alpha: np.ndarray | None  # (H, W), same dtype
    exif: bytes  # what of the file's EXIF holds for this image; may be empty


def load(path: Path | str, max_pixels: int = MAX_PIXELS) -> Photograph:
    """Read an image: oriented by EXIF, its colour profile converted to sRGB.

    16-bit and float files give 16 bits. Raises one of UNREADABLE, with a reason.
    """
    with quiet():
        return read(Path(path), max_pixels)


@contextmanager
def quiet() -> Generator[None]:
    """Hide the warnings of decoders: they are of damaged metadata; damaged pixels raise.

    All threads share the filters of warnings: enter this before starting threads.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def read(source: Path | io.BytesIO, max_pixels: int) -> Photograph:
    """`load` for threads: whoever starts them enters `quiet`."""
    try:
        return _decode(source, max_pixels)
    except UNREADABLE:
        raise
    except Exception as error:  # decoders raise errors of many kinds
        raise ValueError(f"cannot be decoded: {error!r}") from None


def _decode(source: Path | io.BytesIO, max_pixels: int) -> Photograph:
    decoded = _read_file(source, max_pixels)
    kind, profile, metadata = decoded.kind, decoded.profile, decoded.exif
    if not profile and metadata.is_adobe_rgb and kind in ("gray", "rgb"):
        profile = adobe_rgb_profile()
    rgb = to_srgb(decoded.colour, kind, profile)
    rgb = np.ascontiguousarray(_upright(rgb, metadata.orientation))
    alpha = decoded.alpha
    if alpha is not None:
        alpha = np.ascontiguousarray(_upright(alpha, metadata.orientation))
    return Photograph(rgb, alpha, metadata.passed_on)


def _read_file(source: Path | io.BytesIO, max_pixels: int) -> Decoded:
    """Decode a file by its content, whatever its name is."""
    head = _head(source)
    if tiff_file.is_tiff(head):
        decoded = tiff_file.read(source, max_pixels)
        if decoded is not None:
            return decoded
    if jxl_file.is_jxl(head):
        data = pillow_file.all_bytes(source)
        jpeg = jxl_file.as_jpeg(data)
        if jpeg is None:
            return jxl_file.read(data, max_pixels)
        return pillow_file.read(io.BytesIO(jpeg), jpeg[: file_kind.HEAD], max_pixels)
    if file_kind.is_heif(head):
        pillow_file.register_heif()
    try:
        return pillow_file.read(source, head, max_pixels)
    except Image.UnidentifiedImageError:
        if deep_jpeg.is_jpeg(head):
            return deep_jpeg.read(pillow_file.all_bytes(source), max_pixels)
        raise ValueError(file_kind.why_unreadable(head)) from None


def _head(source: Path | io.BytesIO) -> bytes:
    if isinstance(source, io.BytesIO):
        return bytes(source.getbuffer()[: file_kind.HEAD])
    with open(source, "rb") as file:
        return file.read(file_kind.HEAD)


def count_pixels(path: Path) -> int | None:
    """The pixels of a file by its header, doubled if they may have 16 bits.

    None: they cannot be known without decoding it.
    """
    try:
        with Image.open(path) as file:
            width, height = file.size
            return width * height * (1 if file.format == "JPEG" else 2)
    except Exception:  # whoever reads it gives the reason
        return None


def load_rgb(source: Path | io.BytesIO) -> Image.Image:
    """Read an image file as 8-bit RGB; transparent parts are laid over white.

    It is made for threads: whoever starts them enters `quiet`. Raises as `load` does.
    """
    rgb, alpha, _ = read(source, MAX_PIXELS)
    if alpha is not None:
        rgb = in_stripes(_over_white, rgb.dtype.type, rgb, alpha)
    return Image.fromarray(to_8_bits(rgb))


def _over_white(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    top = np.iinfo(alpha.dtype).max
    share = alpha[..., None] / top
    return np.rint(rgb * share + top * (1 - share))


def to_8_bits(values: np.ndarray) -> np.ndarray:
    """uint8 or uint16 codes as uint8, any shape."""
    if values.dtype == np.uint8:
        return values
    return np.rint(values / np.float32(257)).astype(np.uint8)


def save(path: Path, photograph: Photograph) -> None:
    """Write a JPEG (8 bits, no alpha) or PNG, by the path's ending."""
    rgb, alpha, passed_on = photograph
    exif_block = exif.with_size(passed_on, rgb.shape[1], rgb.shape[0])
    if path.suffix.lower() in (".jpg", ".jpeg"):
        # No chroma subsampling: the colours are the result. At this quality even strong
        # colours change by less than half a unit of L.
        path.write_bytes(jpeg_file.encode(rgb, 97, exif_block))
        return
    pixels = rgb if alpha is None else np.dstack([rgb, alpha])
    if rgb.dtype == np.uint16:  # Pillow writes 8 bits
        png = imagecodecs.png_encode(pixels, level=3)
        path.write_bytes(_with_exif(bytes(png), exif_block))
    else:
        Image.fromarray(pixels).save(path, "PNG", compress_level=3, exif=exif_block)


def _with_exif(png: bytes | bytearray, exif_block: bytes) -> bytes | bytearray:
    if not exif_block:
        return png
    chunk = b"eXIf" + exif_block.removeprefix(b"Exif\0\0")
    size = struct.pack(">I", len(chunk) - 4)
    checksum = struct.pack(">I", zlib.crc32(chunk))
    head = 33  # the signature and the first chunk
    return png[:head] + size + chunk + checksum + png[head:]


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Pixels (H, W, …) turned and mirrored by EXIF's orientation."""
    turned = {
        2: lambda: pixels[:, ::-1],
        3: lambda: pixels[::-1, ::-1],
        4: lambda: pixels[::-1],
        5: lambda: pixels.swapaxes(0, 1),
        6: lambda: np.rot90(pixels, -1),
        7: lambda: pixels[::-1, ::-1].swapaxes(0, 1),
        8: lambda: np.rot90(pixels),
    }
    return turned.get(orientation, lambda: pixels)()
