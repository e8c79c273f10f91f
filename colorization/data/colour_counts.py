"""How often each 24-bit colour occurs in images, counted in one compiled loop."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np

from colorization.data.dataset import forget_pages

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

    Memory is one count array a thread, whatever N is. `advance` is told how many more
    images are done.
    """
    if images.strides[1] < images.strides[2]:  # column-major: walk along memory
        images = images.swapaxes(1, 2)
    counts = [np.zeros(COLOURS, np.int64) for _ in range(threads)]
    group = chunk * threads
    with ThreadPoolExecutor(threads) as pool:
        for start in range(0, len(images), group):
            part = images[start : start + group]
            list(pool.map(_count, np.array_split(part, threads), counts))
            forget_pages(images)
            advance(len(part))
    for other in counts[1:]:
        counts[0] += other
    return counts[0]


def pack(counts: np.ndarray) -> np.ndarray:
    """Counts (2²⁴,) as int64 (n, 2): each colour that occurs, and how often."""
    codes = np.flatnonzero(counts)
    return np.stack([codes, counts[codes]], axis=1)


def add_up(parts: Iterable[np.ndarray]) -> np.ndarray:
    """The sum of packed counts: int64 (n, 2) each, to int64 (2²⁴,)."""
    counts = np.zeros(COLOURS, np.int64)
    for part in parts:
        counts[part[:, 0]] += part[:, 1]
    return counts
