"""Image files of any common kind, read as sRGB; photographs, written."""

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
    jxl_file,
    pillow_file,
    tiff_file,
)
from colorization.images.color_profile import adobe_rgb, to_srgb
from colorization.images.decoded import Decoded, in_stripes

# What decoders have to say of a file is raised, or is a warning that no one needs.
for decoder in ("PIL", "tifffile", "imagecodecs"):
    logging.getLogger(decoder).setLevel(logging.CRITICAL)
# More pixels are taken for a decompression bomb.
MAX_PIXELS = 90_000_000
# Bytes of EXIF that a JPEG can hold.
MOST_IN_JPEG = 65_500
# What `load` raises for a file that it cannot read.
UNREADABLE = (OSError, ValueError, SyntaxError, MemoryError)


class Photograph(NamedTuple):
    """An image as it is to be seen: upright, in sRGB."""

    rgb: np.ndarray  # uint8 or uint16 (H, W, 3), sRGB
    alpha: np.ndarray | None  # (H, W) of the same type
    exif: bytes  # what of it is true of this image, or nothing


def load(path: Path | str, max_pixels: int = MAX_PIXELS) -> Photograph:
    """Read an image: oriented by EXIF, its colour profile converted to sRGB.

    16-bit and float files give 16 bits. Raises one of UNREADABLE, with a reason.
    """
    with quiet():
        return _read(path, max_pixels)


@contextmanager
def quiet() -> Generator[None, None, None]:
    """Show no decoder's warning: of damaged metadata; damaged pixels raise.

    Python keeps one list of filters for all threads: hold this around them.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _read(path: Path | str, max_pixels: int) -> Photograph:
    try:
        return _decode(path, max_pixels)
    except UNREADABLE:
        raise
    except Exception as error:  # decoders raise a great variety
        raise ValueError(f"cannot be decoded: {error!r}") from None


def _decode(path: Path | str, max_pixels: int) -> Photograph:
    decoded = _read_file(Path(path), max_pixels)
    kind, profile, notes = decoded.kind, decoded.profile, decoded.exif
    if not profile and notes.is_adobe_rgb and kind in ("gray", "rgb"):
        profile = adobe_rgb()
    rgb = to_srgb(decoded.colour, kind, profile)
    rgb = np.ascontiguousarray(_upright(rgb, notes.orientation))
    alpha = decoded.alpha
    if alpha is not None:
        alpha = np.ascontiguousarray(_upright(alpha, notes.orientation))
    return Photograph(rgb, alpha, notes.passed_on)


def _read_file(path: Path, max_pixels: int) -> Decoded:
    """By what the file holds, whatever it is called."""
    with open(path, "rb") as file:
        head = file.read(file_kind.HEAD)
    if tiff_file.is_tiff(head):
        decoded = tiff_file.read(path, max_pixels)
        if decoded is not None:
            return decoded
    if jxl_file.is_jxl(head):
        data = path.read_bytes()
        jpeg = jxl_file.as_jpeg(data)
        if jpeg is None:
            return jxl_file.read(data, max_pixels)
        return pillow_file.read(io.BytesIO(jpeg), jpeg[: file_kind.HEAD], max_pixels)
    if file_kind.is_heif(head):
        pillow_file.register_heif()
    try:
        return pillow_file.read(path, head, max_pixels)
    except Image.UnidentifiedImageError:
        if deep_jpeg.is_jpeg(head):
            return deep_jpeg.read(path.read_bytes(), max_pixels)
        raise ValueError(file_kind.why_not(head)) from None


def load_rgb(path: Path | str) -> Image.Image:
    """The same as an 8-bit RGB image, over white where it is transparent.

    For threads: whoever starts them keeps them `quiet`.
    """
    rgb, alpha, _ = _read(path, MAX_PIXELS)
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
    """Write a JPEG or PNG, as the path's ending says; JPEG has no alpha and 8 bits."""
    rgb, alpha, passed_on = photograph
    notes = exif.of_size(passed_on, rgb.shape[1], rgb.shape[0])
    if path.suffix.lower() in (".jpg", ".jpeg"):
        image = Image.fromarray(rgb)
        notes = notes if len(notes) < MOST_IN_JPEG else b""
        # Without chroma subsampling: colour is what this file is about. At this quality
        # strong colours, too, come back with less than half a unit of L more or less.
        image.save(path, "JPEG", quality=97, subsampling=0, exif=notes)
        return
    pixels = rgb if alpha is None else np.dstack([rgb, alpha])
    if rgb.dtype == np.uint16:  # Pillow has 8 bits
        path.write_bytes(_with_exif(imagecodecs.png_encode(pixels, level=3), notes))
    else:
        Image.fromarray(pixels).save(path, "PNG", compress_level=3, exif=notes)


def _with_exif(png: bytes | bytearray, notes: bytes) -> bytes | bytearray:
    if not notes:
        return png
    chunk = b"eXIf" + notes.removeprefix(b"Exif\0\0")
    size, check = (
        struct.pack(">I", len(chunk) - 4),
        struct.pack(">I", zlib.crc32(chunk)),
    )
    head = 33  # the signature and the first chunk
    return png[:head] + size + chunk + check + png[head:]


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """(H, W, …) as EXIF's orientation says that it is to be seen."""
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
