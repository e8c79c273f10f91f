"""Image files that Pillow reads, and what it does not say of them."""

import ctypes
import io
from contextlib import suppress
from pathlib import Path

import imagecodecs
import numpy as np
import PIL
from PIL import Image, ImageCms, PngImagePlugin

from colorization.images import exif
from colorization.images.boxes import heif_colours, jp2_profile
from colorization.images.color_profile import of_h273, of_png
from colorization.images.decoded import Decoded, check_size, to_codes
from colorization.images.file_kind import PILLOWS

# Its own limit cannot be told from ours, and is one for the whole process.
Image.MAX_IMAGE_PIXELS = None
# Of a PNG's text, and of its colour profile, unpacked. More is taken for a bomb.
PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY = 1 << 26
# Where a PNG has EXIF, one of these stands in it.
EXIF_IN_PNG = (b"eXIf", b"type exif", b"com.adobe.xmp")


def _silence_libtiff() -> None:
    """Its errors are raised, and would stand on stderr without a file's name too."""
    package = Path(PIL.__file__).parent
    for folder in (package.parent / "pillow.libs", package / ".dylibs"):
        for library in folder.glob("libtiff*"):
            with suppress(OSError, AttributeError):  # another build of Pillow
                ctypes.CDLL(str(library)).TIFFSetErrorHandler(None)


_silence_libtiff()


def register_heif() -> None:
    """Teach Pillow HEIC. Its library is large, and may be left out for its licences."""
    try:
        import pillow_heif
    except ImportError:
        raise ValueError("HEIC: install pillow-heif, or export as JPEG") from None
    pillow_heif.register_heif_opener(thumbnails=False, decode_threads=1)


def read(source: Path | io.BytesIO, head: bytes, max_pixels: int) -> Decoded:
    """Decode the first image of a file that begins with `head`."""
    with Image.open(source) as file:
        if file.format in PILLOWS:
            raise ValueError(PILLOWS[file.format])
        check_size(*file.size, max_pixels)
        profile = file.info.get("icc_profile") or _profile(file, source, head)
        if file.format == "PNG" and head[24] == 16:  # bits: of colour Pillow gives 8
            colour, kind, notes = _deep_png(file, _bytes(source))
        else:
            colour, kind = _pixels(file)
            # Behind the pixels: it reads on, and would hide that they are damaged.
            notes = exif.read(file.getexif)
        if file.format == "TIFF":
            notes = notes._replace(orientation=1)  # it has been turned
        alpha = None
        if kind != "cmyk" and colour.shape[2] in (2, 4):
            colour, alpha = colour[..., :-1], colour[..., -1]
        if file.format == "TGA" and not head[17] & 15:  # how many of its bits are alpha
            alpha = None
    return Decoded(colour, kind, alpha, profile, notes)


def _bytes(source: Path | io.BytesIO) -> bytes:
    return source.read_bytes() if isinstance(source, Path) else source.getvalue()


def _profile(file: Image.Image, source: Path | io.BytesIO, head: bytes) -> bytes | None:
    """What a file says of its colours in other ways than Pillow looks for."""
    if file.format == "PNG":
        return of_png(head, file.info)
    if file.format == "JPEG2000":
        return jp2_profile(_bytes(source))
    if file.format in ("AVIF", "HEIF"):
        numbers = heif_colours(_bytes(source))
        return of_h273(*numbers) if numbers else None
    return None


def _deep_png(file: Image.Image, data: bytes) -> tuple[np.ndarray, str, exif.Exif]:
    colour = np.atleast_3d(imagecodecs.png_decode(data))
    # Pillow would decode all again to look for it.
    has_exif = any(mark in data for mark in EXIF_IN_PNG)
    notes = exif.read(file.getexif) if has_exif else exif.NO_EXIF
    return colour, "gray" if colour.shape[2] < 3 else "rgb", notes


def _pixels(file: Image.Image) -> tuple[np.ndarray, str]:
    """uint8 or uint16 (H, W, C) with alpha, and the kind of the other channels."""
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
