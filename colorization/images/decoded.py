"""A decoded image, and its numbers as codes of 8 or 16 bits."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from colorization.images.exif import NO_EXIF, Exif

# Pixels that `in_stripes` works on at a time: steps in wide numbers take memory.
STRIPE = 1 << 20


class Decoded(NamedTuple):
    """An image as it is stored in its file."""

    colour: np.ndarray  # uint8 or uint16 (H, W, C)
    kind: (
        str  # gray, rgb, cmyk or lab (L 0…100 over all codes, a and b moved up by 128)
    )
    alpha: np.ndarray | None = None  # (H, W), same dtype; not multiplied in
    profile: bytes | None = None  # ICC
    exif: Exif = NO_EXIF


def check_size(width: int, height: int, max_pixels: int) -> None:
    """Raise ValueError for no pixels, or more than `max_pixels`: a decompression bomb."""
    if not width * height:
        raise ValueError("image without pixels")
    if width * height > max_pixels:
        raise ValueError(f"{width}×{height} pixels are more than {max_pixels:,}")


def in_stripes(function: Callable, dtype: type, *arrays: np.ndarray) -> np.ndarray:
    """`function` of arrays (H, W, …), applied to some rows at a time to save memory."""
    height, width = arrays[0].shape[:2]
    step = max(1, STRIPE // width)
    stripe = function(*(array[:step] for array in arrays))
    out = np.empty((height, *stripe.shape[1:]), dtype)
    out[:step] = stripe
    for start in range(step, height, step):
        rows = slice(start, start + step)
        out[rows] = function(*(array[rows] for array in arrays))
    return out


def to_codes(values: np.ndarray, bits: int) -> np.ndarray:
    """Numbers (H, W, …) as uint8, or uint16 if they have more than 8 bits.

    Integers are scaled by their bits, so that the largest is white. If they have more
    than 16 bits and none is above 65535, they are taken for 16-bit codes in a wide type.
    Floats must be in 0…1. Raises ValueError for other numbers.
    """
    kind = values.dtype.kind
    if kind == "f":
        if not (values.min() >= 0 and values.max() <= 1):  # nor NaN
            raise ValueError("float image with values outside of 0…1")
        return _scaled(values, 1)
    if kind not in "bui":
        raise ValueError(f"image of {values.dtype} numbers")
    if kind == "i":
        if values.min() < 0:
            raise ValueError("integer image with negative values")
        bits -= 1
    if bits > 16:
        wide = values.max() > 65535
        return _scaled(values, 2**bits - 1) if wide else values.astype(np.uint16)
    dtype = np.uint8 if bits <= 8 else np.uint16
    if bits in (8, 16):
        return values.astype(dtype, copy=False)
    table = np.rint(np.linspace(0, np.iinfo(dtype).max, 2**bits)).astype(dtype)
    return in_stripes(lambda codes: table[codes.astype(np.intp)], dtype, values)


def _scaled(values: np.ndarray, top: int) -> np.ndarray:
    factor = 65535 / top
    dtype = np.promote_types(values.dtype, np.float32)
    return in_stripes(
        lambda rows: np.rint(np.multiply(rows, factor, dtype=dtype)), np.uint16, values
    )


def unpremultiply(colour: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Straight colours (H, W, C) from colours multiplied by their alpha (H, W)."""
    top = np.iinfo(colour.dtype).max

    def divide(colour, alpha):
        alpha = np.maximum(alpha, 1).astype(np.uint32)[..., None]
        return np.minimum((colour * np.uint32(top) + alpha // 2) // alpha, top)

    return in_stripes(divide, colour.dtype.type, colour, alpha)
