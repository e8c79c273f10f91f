"""JPEGs of 12 bits and lossless ones of up to 16, which Pillow does not read."""

import io
import struct

import imagecodecs
import numpy as np
from PIL import Image

from colorization.images import exif
from colorization.images.decoded import Decoded, check_size, to_codes

END, SCAN = b"\xff\xd9", 0xDA
# Markers of frames. C4 and CC are tables, C8 is reserved.
FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


def is_jpeg(head: bytes) -> bool:
    """Whether a file that begins with `head` is a JPEG."""
    return head.startswith(b"\xff\xd8\xff")


def read(data: bytes, max_pixels: int) -> Decoded:
    """Decode a JPEG. Raises ValueError."""
    try:
        frame, bits, height, width, channels = _frame(data)
    except struct.error:
        raise ValueError("JPEG without an image") from None
    check_size(width, height, max_pixels)
    if channels not in (1, 3):
        raise ValueError(f"JPEG of {bits} bits and {channels} channels")
    if END not in data[frame:]:  # the decoder would fill up the image with gray
        raise ValueError("JPEG is truncated")
    values = np.atleast_3d(imagecodecs.jpeg_decode(data))
    if values.shape != (height, width, channels):
        raise ValueError("JPEG that is damaged")
    colour = to_codes(values, bits)
    # Pillow reads EXIF and profile before the frame if it can read the frame behind them.
    readable = io.BytesIO()
    Image.new("L", (1, 1)).save(readable, "JPEG")
    with Image.open(io.BytesIO(data[:frame] + readable.getvalue()[2:])) as file:
        metadata, profile = exif.read(file.getexif), file.info.get("icc_profile")
    return Decoded(colour, "gray" if channels == 1 else "rgb", None, profile, metadata)


def _frame(data: bytes) -> tuple[int, int, int, int, int]:
    """The offset of the frame; its bits, height, width and channels."""
    offset = 2
    while True:
        mark, marker, size = struct.unpack_from(">BBH", data, offset)
        if mark != 0xFF or marker == SCAN:
            raise ValueError("JPEG without an image")
        if marker in FRAMES:
            return offset, *struct.unpack_from(">BHHB", data, offset + 4)
        offset += 2 + size
