"""Image files that Pillow decodes, with the profiles that it does not report."""

import ctypes
import io
from contextlib import suppress
from pathlib import Path

import imagecodecs
import numpy as np
import PIL
from PIL import Image, ImageCms, PngImagePlugin

from colorization.images import exif, jpeg_file
from colorization.images.boxes import heif_colour_codes, jp2_profile
from colorization.images.color_profile import h273_profile, png_profile
from colorization.images.decoded import Decoded, check_size, to_codes
from colorization.images.file_kind import REFUSED

# Pillow's limit holds for the whole process; `check_size` has the one of a call.
Image.MAX_IMAGE_PIXELS = None
# Bytes of a PNG's text, and of its colour profile, unpacked. More is taken for a bomb.
PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY = 1 << 26
# A PNG with EXIF holds one of these.
EXIF_IN_PNG = (b"eXIf", b"type exif", b"com.adobe.xmp")


def _silence_libtiff() -> None:
    """Keep libtiff's errors off stderr: Pillow raises them, too."""
    package = Path(PIL.__file__).parent
    for folder in (package.parent / "pillow.libs", package / ".dylibs"):
        for library in folder.glob("libtiff*"):
            with suppress(OSError, AttributeError):  # another build of Pillow
                ctypes.CDLL(str(library)).TIFFSetErrorHandler(None)


_silence_libtiff()


def register_heif() -> None:
    """Let Pillow open HEIC. Raises ValueError without pillow-heif, which is optional."""
    try:
        import pillow_heif
    except ImportError:
        raise ValueError("HEIC: install pillow-heif, or export as JPEG") from None
    pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)


def read(source: Path | io.BytesIO, head: bytes, max_pixels: int) -> Decoded:
    """Decode the first image of a file that begins with `head`."""
    with Image.open(source) as file:
        if file.format in REFUSED:
            raise ValueError(REFUSED[file.format])
        check_size(*file.size, max_pixels)
        profile = file.info.get("icc_profile") or _profile(file, source, head)
        if file.format == "PNG" and head[24] == 16:  # bits; Pillow keeps 8 of a colour
            colour, kind, metadata = _deep_png(file, all_bytes(source))
        elif file.format == "JPEG":
            colour, kind = _jpeg_pixels(file, source)
            metadata = exif.read(file.getexif)
        else:
            colour, kind = _pixels(file)
            # After the pixels: getexif reads them, too, and would hide that they are
            # damaged.
            metadata = exif.read(file.getexif)
        if file.format == "TIFF":
            metadata = metadata._replace(orientation=1)  # Pillow has applied it
        alpha = None
        if kind != "cmyk" and colour.shape[2] in (2, 4):
            colour, alpha = colour[..., :-1], colour[..., -1]
        if file.format == "TGA" and not head[17] & 15:  # it has no bits of alpha
            alpha = None
    return Decoded(colour, kind, alpha, profile, metadata)


def all_bytes(source: Path | io.BytesIO) -> bytes:
    """All bytes of a file."""
    return source.read_bytes() if isinstance(source, Path) else source.getvalue()


def _profile(file: Image.Image, source: Path | io.BytesIO, head: bytes) -> bytes | None:
    """The profile that a file states where Pillow does not look; None: sRGB."""
    if file.format == "PNG":
        return png_profile(head, file.info)
    if file.format == "JPEG2000":
        return jp2_profile(all_bytes(source))
    if file.format in ("AVIF", "HEIF"):
        codes = heif_colour_codes(all_bytes(source))
        return h273_profile(*codes) if codes else None
    return None


def _deep_png(file: Image.Image, data: bytes) -> tuple[np.ndarray, str, exif.Exif]:
    colour = np.atleast_3d(imagecodecs.png_decode(data))
    # Pillow would decode the whole file again to look for EXIF.
    has_exif = any(mark in data for mark in EXIF_IN_PNG)
    metadata = exif.read(file.getexif) if has_exif else exif.NO_EXIF
    return colour, "gray" if colour.shape[2] < 3 else "rgb", metadata


def _jpeg_pixels(
    file: Image.Image, source: Path | io.BytesIO
) -> tuple[np.ndarray, str]:
    colour = jpeg_file.decode(file, all_bytes(source))
    if colour is None:
        return _pixels(file)
    return np.atleast_3d(colour), "gray" if colour.ndim == 2 else "rgb"


def _pixels(file: Image.Image) -> tuple[np.ndarray, str]:
    """uint8 or uint16 (H, W, C), alpha last, and the kind of the other channels."""
    file.load()
    mode = file.mode
    if mode.startswith("I") or mode == "F":
        values = to_codes(np.asarray(file), 16 if ";" in mode else 32)
        return np.atleast_3d(values), "gray"
    if mode == "LAB":
        lab, srgb = ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB")
        file = ImageCms.buildTransform(lab, srgb, "LAB", "RGB").apply(file)
    is_gray = mode in ("1", "L", "LA", "La")
    has_alpha = "transparency" in file.info or mode.endswith(("A", "a"))
    if mode != "CMYK":
        wanted = ("L" if is_gray else "RGB") + ("A" if has_alpha else "")
        file = file if file.mode == wanted else file.convert(wanted)
    kind = "cmyk" if mode == "CMYK" else "gray" if is_gray else "rgb"
    return np.atleast_3d(np.asarray(file)), kind
