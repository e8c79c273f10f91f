"""JPEGs of 8 bits by libjpeg-turbo itself: Pillow copies all pixels twice on the way."""

import imagecodecs
import numpy as np
from PIL import Image

END = b"\xff\xd9"
# Bytes at which EXIF begins: behind the first marker and that of JFIF.
EXIF_AT = 20
MOST_EXIF = 65_500
# The longest side of a JPEG that libjpeg reads, in pixels.
LONGEST = 65_500


def decode(file: Image.Image, data: bytes) -> np.ndarray | None:
    """uint8 (H, W) or (H, W, 3) of a file that Pillow has opened: the pixels of Pillow.

    None where Pillow may see more: this decoder fills what a file lacks with gray.
    """
    if file.mode not in ("L", "RGB") or file.info.get("progressive"):
        return None
    if not data.endswith(END):  # it is cut short, or something follows
        return None
    try:
        return imagecodecs.jpeg8_decode(data)
    except RuntimeError:  # Pillow says why
        return None


def encode(rgb: np.ndarray, quality: int, exif: bytes) -> bytes:
    """The file that Pillow would write, with colours at full resolution.

    EXIF that a JPEG cannot hold is left out. Raises ValueError for too long a side.
    """
    height, width = rgb.shape[:2]
    if max(height, width) > LONGEST:
        raise ValueError(
            f"{width}×{height} pixels: a JPEG has at most {LONGEST:,} along a side; "
            "give the photograph a name that ends in .png"
        )
    data = bytes(imagecodecs.jpeg8_encode(rgb, level=quality, subsampling="444"))
    if not exif or len(exif) > MOST_EXIF:
        return data
    marker = b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big")
    return data[:EXIF_AT] + marker + exif + data[EXIF_AT:]
