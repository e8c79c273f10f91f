"""An image reduced as by Pillow's BOX filter, without its copy of all pixels."""

import numpy as np
from jaxtyping import UInt8

from colorization.inference.compiled import compiled

# Pillow computes with whole numbers, in units of 2⁻²².
BITS = 22
HALF = np.int64(1 << (BITS - 1))


def box_mean(
    rgb: UInt8[np.ndarray, "H W 3"], size: tuple[int, int]
) -> UInt8[np.ndarray, "{size[0]} {size[1]} 3"]:
    """Means of whole pixels, to a height and width that are not larger.

    Along rows first, rounded to 8 bits, then along columns. Pillow does the same with
    most images, bit for bit; of some tall ones it begins with the columns.
    """
    (height, width), (h, w) = rgb.shape[:2], size
    rows = np.empty((height, w, 3), np.uint8)
    _along_rows(np.ascontiguousarray(rgb).reshape(height, -1), *_boxes(width, w), rows)
    means = np.empty((h, w, 3), np.uint8)
    _along_columns(rows.reshape(height, -1), *_boxes(height, h), means.reshape(h, -1))
    return means


def _boxes(full: int, small: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Along one axis: where each box begins and ends, and the weight of its pixels."""
    scale = full / small
    middle = (np.arange(small) + 0.5) * scale
    start = np.maximum((middle - scale / 2 + 0.5).astype(np.int64), 0)
    end = np.minimum((middle + scale / 2 + 0.5).astype(np.int64), full)
    # A pixel whose own middle is not inside does not count.
    start += (start - middle + 0.5) * (1 / scale) <= -0.5
    end -= (end - 1 - middle + 0.5) * (1 / scale) > 0.5
    return start, end, (0.5 + 1 / (end - start) * (1 << BITS)).astype(np.int64)


@compiled(nogil=True, cache=True)
def _along_rows(pixels, start, end, weight, means):
    for y in range(len(pixels)):
        row = pixels[y]
        for x in range(len(start)):
            r, g, b = np.uint32(0), np.uint32(0), np.uint32(0)
            for i in range(3 * start[x], 3 * end[x], 3):
                r += row[i]
                g += row[i + 1]
                b += row[i + 2]
            means[y, x, 0] = (HALF + r * weight[x]) >> BITS
            means[y, x, 1] = (HALF + g * weight[x]) >> BITS
            means[y, x, 2] = (HALF + b * weight[x]) >> BITS


@compiled(nogil=True, cache=True)
def _along_columns(rows, start, end, weight, means):
    for y in range(len(start)):
        total = np.zeros(rows.shape[1], np.int64)
        for i in range(start[y], end[y]):
            total += rows[i]
        means[y] = (HALF + total * weight[y]) >> BITS
