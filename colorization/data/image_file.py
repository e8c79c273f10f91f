"""Image files of any common kind, read as sRGB; photographs, written."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import imagecodecs
import numpy as np
import tifffile
from PIL import Image, ImageCms

# Pillow's own limit cannot be told from ours, and is one for the whole process.
Image.MAX_IMAGE_PIXELS = None
# More pixels are taken for a decompression bomb.
MAX_PIXELS = 90_000_000
EXIF_ORIENTATION = 0x0112
# Channels that a deep TIFF may have, by what they mean.
PHOTOMETRIC = {
    tifffile.PHOTOMETRIC.MINISBLACK: (1, 2),
    tifffile.PHOTOMETRIC.MINISWHITE: (1,),
    tifffile.PHOTOMETRIC.RGB: (3, 4),
    tifffile.PHOTOMETRIC.SEPARATED: (4,),
}
# What `load` raises for a file that it cannot read.
UNREADABLE = (OSError, ValueError, SyntaxError, MemoryError)


class Photograph(NamedTuple):
    """An image as it is to be seen: upright, in sRGB."""

    rgb: np.ndarray  # uint8 or uint16 (H, W, 3), sRGB
    alpha: np.ndarray | None  # (H, W) of the same type
    exif: bytes  # without its orientation


def load(path: Path | str, max_pixels: int = MAX_PIXELS) -> Photograph:
    """Read an image: oriented by EXIF, its colour profile converted to sRGB.

    16-bit and float files give 16 bits. Raises one of UNREADABLE, with a reason.
    """
    with quiet():
        return _read(path, max_pixels)


@contextmanager
def quiet() -> Iterator[None]:
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
    try:
        with Image.open(path) as file:
            _check_size(file.size, max_pixels)
            (orientation, exif), profile = _exif(file), file.info.get("icc_profile")
            pixels, kind = _pixels(file, Path(path))
    except Image.UnidentifiedImageError:
        if Path(path).suffix.lower() not in (".tif", ".tiff"):
            raise ValueError("no image of a kind that can be read") from None
        # 16-bit colour and floats, which Pillow lacks
        orientation, exif, profile = 1, b"", None
        pixels, kind = _tiff(Path(path), max_pixels)
    pixels, alpha = _split_alpha(pixels, kind)
    rgb = _to_srgb(pixels, kind, profile)
    rgb = np.ascontiguousarray(_upright(rgb, orientation))
    return Photograph(
        rgb, alpha if alpha is None else _upright(alpha, orientation), exif
    )


def _exif(file: Image.Image) -> tuple[int, bytes]:
    """The orientation, and the rest as it can be written; what cannot is left out."""
    orientation = 1
    try:
        exif = file.getexif()
        orientation = exif.pop(EXIF_ORIENTATION, 1)
        return orientation, exif.tobytes() if len(exif) else b""
    except Exception:  # a tag of another type than it should be, for example
        return orientation, b""


def load_rgb(path: Path | str) -> Image.Image:
    """The same as an 8-bit RGB image, over white where it is transparent.

    For threads: whoever starts them keeps them `quiet`.
    """
    rgb, alpha, _ = _read(path, MAX_PIXELS)
    if alpha is not None:
        top = np.iinfo(alpha.dtype).max
        share = alpha[..., None] / top
        rgb = np.rint(rgb * share + top * (1 - share)).astype(rgb.dtype)
    return Image.fromarray(to_8_bits(rgb))


def to_8_bits(values: np.ndarray) -> np.ndarray:
    """uint8 or uint16 codes as uint8, any shape."""
    if values.dtype == np.uint8:
        return values
    return np.rint(values / np.float32(257)).astype(np.uint8)


def save(path: Path, photograph: Photograph) -> None:
    """Write a JPEG or PNG, as the path's ending says; JPEG has no alpha and 8 bits."""
    rgb, alpha, exif = photograph
    if path.suffix.lower() in (".jpg", ".jpeg"):
        image = Image.fromarray(rgb)
        # Without chroma subsampling: colour is what this file is about.
        image.save(path, "JPEG", quality=95, subsampling=0, exif=exif)
        return
    pixels = rgb if alpha is None else np.dstack([rgb, alpha])
    if rgb.dtype == np.uint16:
        path.write_bytes(imagecodecs.png_encode(pixels, level=3))  # Pillow has 8 bits
    else:
        Image.fromarray(pixels).save(path, "PNG", compress_level=3, exif=exif)


def _check_size(size: tuple[int, int], max_pixels: int) -> None:
    if size[0] * size[1] > max_pixels:
        raise ValueError(f"{size[0]}×{size[1]} pixels are more than {max_pixels:,}")


def _pixels(file: Image.Image, path: Path) -> tuple[np.ndarray, str]:
    """uint8 or uint16 (H, W, C), and the colour space of all but alpha."""
    if file.format == "PNG" and _png_depth(path) == 16:
        # Pillow would give 8 of a colour image's 16 bits.
        pixels = imagecodecs.png_decode(path.read_bytes())
        pixels = np.atleast_3d(pixels)
        return pixels, "gray" if pixels.shape[2] < 3 else "rgb"
    if file.format == "TIFF" and file.mode not in ("1", "P") and _tiff_is_deep(path):
        return _tiff(path, file.width * file.height)
    file.load()
    if file.mode.startswith("I") or file.mode == "F":
        return np.atleast_3d(_deep(np.asarray(file))), "gray"
    if "transparency" in file.info or file.mode in ("PA", "La", "RGBa"):
        image, kind = file.convert("RGBA"), "rgb"
    elif file.mode in ("1", "L", "LA"):
        image, kind = file.convert("LA" if file.mode == "LA" else "L"), "gray"
    elif file.mode == "CMYK":
        image, kind = file, "cmyk"
    else:
        image, kind = file.convert("RGBA" if file.mode == "RGBA" else "RGB"), "rgb"
    return np.atleast_3d(np.asarray(image)), kind


def _png_depth(path: Path) -> int:
    """Bits per channel: byte 24 of a PNG, in its first chunk."""
    with open(path, "rb") as file:
        return file.read(25)[24]


def _tiff_is_deep(path: Path) -> bool:
    try:
        with tifffile.TiffFile(path) as file:
            return file.pages[0].dtype not in (np.uint8, np.bool_, None)
    except Exception:  # its parser raises a great variety; Pillow has read it
        return False


def _tiff(path: Path, max_pixels: int) -> tuple[np.ndarray, str]:
    try:
        with tifffile.TiffFile(path) as file:
            page = file.pages[0]
            _check_size((page.imagewidth, page.imagelength), max_pixels)
            axes, means, values = page.axes, page.photometric, page.asarray()
    except Exception as error:  # its decoders raise a great variety
        raise ValueError(f"cannot read TIFF: {error}") from None
    if axes.startswith("S"):  # one plane after the other
        values = np.moveaxis(values, 0, -1)
    values = np.atleast_3d(values)
    if values.ndim != 3 or values.shape[2] not in PHOTOMETRIC.get(means, ()):
        name = getattr(means, "name", means)
        raise ValueError(f"TIFF of kind {name} and shape {values.shape}")
    values = _deep(values)
    if means == tifffile.PHOTOMETRIC.MINISWHITE:
        values = np.iinfo(values.dtype).max - values
    if means == tifffile.PHOTOMETRIC.SEPARATED:
        return values, "cmyk"
    return values, "gray" if values.shape[2] < 3 else "rgb"


def _deep(values: np.ndarray) -> np.ndarray:
    """Integers of up to 16 bits as they are, and floats in 0…1 as 16 bits."""
    if values.dtype.kind == "f":
        if not (np.isfinite(values).all() and values.min() >= 0 and values.max() <= 1):
            raise ValueError("float image with values outside of 0…1")
        return np.rint(values * 65535).astype(np.uint16)
    if values.dtype == np.uint8:
        return values
    if values.min() < 0 or values.max() > 65535:
        raise ValueError("integer image with values outside of 16 bits")
    return values.astype(np.uint16)


def _split_alpha(pixels: np.ndarray, kind: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Colour (H, W, C) and alpha (H, W), which CMYK's four channels do not hold."""
    if kind != "cmyk" and pixels.shape[2] in (2, 4):
        return pixels[..., :-1], pixels[..., -1]
    return pixels, None


def _to_srgb(pixels: np.ndarray, kind: str, profile: bytes | None) -> np.ndarray:
    """(H, W, C) in the colour space of a profile to sRGB (H, W, 3) of the same type.

    A broken profile, or one of another kind of image, is taken for none.
    """
    if profile:
        try:
            return imagecodecs.cms_transform(
                np.ascontiguousarray(pixels[..., 0] if kind == "gray" else pixels),
                profile,
                ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(),
                colorspace=kind,
                outcolorspace="rgb",
            )
        except (imagecodecs.CmsError, ValueError):
            pass
    if kind == "cmyk":
        image = Image.frombytes(
            "CMYK", pixels.shape[1::-1], to_8_bits(pixels).tobytes()
        )
        return np.asarray(image.convert("RGB"))
    return pixels if kind == "rgb" else np.repeat(pixels, 3, axis=2)


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
