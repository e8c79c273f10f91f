"""How often each 24-bit colour occurs in images, counted in one compiled loop."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np

from colorization.data.memory_map import forget_pages

COLOURS = 1 << 24


@numba.njit(nogil=True, cache=True)
def _count(images: np.ndarray, counts: np.ndarray) -> None:
    for n in range(images.shape[0]):
        for y in range(images.shape[1]):
            for x in range(images.shape[2]):
                r, g, b = images[n, y, x, 0], images[n, y, x, 1], images[n, y, x, 2]
                counts[(np.int64(r) << 16) | (np.int64(g) << 8) | np.int64(b)] += 1


def count_colours(
    images: np.ndarray,
    threads: int = 1,
    advance: Callable[[int], None] = lambda n: None,
    chunk: int = 512,
) -> np.ndarray:
    """Count pixels by colour: uint8 (N, H, W, 3), any strides, to int64 (2²⁴,).

    Each thread has its own array of counts (128 MB), whatever N is. `advance` gets the
    number of images done since its last call.
    """
    if (
        images.strides[1] < images.strides[2]
    ):  # column-major: count in the order of memory
        images = images.swapaxes(1, 2)
    counts = [np.zeros(COLOURS, np.int64) for _ in range(threads)]
    group = chunk * threads
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(images), group):
            batch = images[start : start + group]
            list(pool.map(_count, np.array_split(batch, threads), counts))
            forget_pages(images)
            advance(len(batch))
    total = counts[0]
    for thread_counts in counts[1:]:
        total += thread_counts
    return total


def pack(counts: np.ndarray) -> np.ndarray:
    """Counts (2²⁴,) as int64 (n, 2): each colour that occurs, and its count."""
    codes = np.flatnonzero(counts)
    return np.stack([codes, counts[codes]], axis=1)


def add_up(packed_counts: Iterable[np.ndarray]) -> np.ndarray:
    """The sum of packed counts: int64 (n, 2) each, to int64 (2²⁴,)."""
    counts = np.zeros(COLOURS, np.int64)
    for packed in packed_counts:
        counts[packed[:, 0]] += packed[:, 1]
    return counts
