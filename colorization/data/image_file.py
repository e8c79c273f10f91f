"""Reading an image file of any common kind as 8-bit sRGB."""

import io
import warnings
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image, ImageCms, ImageOps


def load_rgb(path: Path) -> Image.Image:
    """Read an image as RGB: oriented by EXIF, in sRGB, over white where transparent.

    16-bit and float files are scaled to 8 bits. Raises OSError or ValueError, with a
    reason, for what cannot be read.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of damaged metadata; damaged pixels raise
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(path) as file:
                file.load()
                image = file.copy()  # the first of several frames, free of its file
                image.info = dict(file.info)
        except Image.DecompressionBombWarning as error:
            raise ValueError(str(error)) from None
        except Image.UnidentifiedImageError:
            if Path(path).suffix.lower() not in (".tif", ".tiff"):
                raise
            image = _from_array(_read_tiff(path))  # 16-bit colour, which Pillow lacks
    profile = image.info.get("icc_profile")
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I") or image.mode == "F":
        image = _from_array(np.asarray(image))
    if profile and image.mode in ("RGB", "CMYK", "L"):
        image = _to_srgb(image, profile)
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "La", "RGBa"):
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def _read_tiff(path: Path) -> np.ndarray:
    try:
        return tifffile.imread(path, key=0)
    except Exception as error:  # its decoders raise a great variety
        raise ValueError(f"cannot read TIFF: {error}") from None


def _from_array(values: np.ndarray) -> Image.Image:
    """Scale (H, W) or (H, W, 1…4) of 16-bit integers or floats in 0…1 to 8 bits."""
    if (values.ndim == 3 and values.shape[2] not in (1, 3, 4)) or values.ndim not in (
        2,
        3,
    ):
        raise ValueError(f"not an image: array of shape {values.shape}")
    if values.dtype.kind == "f":
        if not (np.isfinite(values).all() and values.min() >= 0 and values.max() <= 1):
            raise ValueError("float image with values outside of 0…1")
        values = np.rint(values * 255)
    elif values.dtype != np.uint8:
        if values.min() < 0 or values.max() > 65535:
            raise ValueError("integer image with values outside of 16 bits")
        values = np.rint(values / 257)
    return Image.fromarray(values.astype(np.uint8).squeeze())


def _to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Convert from an embedded ICC profile; a broken one is taken for sRGB."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        target = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
