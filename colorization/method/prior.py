"""The prior over bins and the class-rebalancing weights (section 2.2, equation 4).

Pixels are counted by their 24-bit colour first, in one compiled loop, and each distinct
colour is then encoded once: exact over all pixels, at the cost of the distinct ones.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
import pandas as pd
import torch

from colorization.data.dataset import forget_pages
from colorization.method.cielab import unpack_codes
from colorization.method.encoding import SoftEncoder
from colorization.method.torch_cielab import srgb_to_lab

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


def soft_counts(colour_counts: np.ndarray, encoder: SoftEncoder) -> np.ndarray:
    """Sum of the soft encodings of all counted pixels: int64 (2²⁴,) to float64 (Q,)."""
    total = np.zeros(len(encoder.bins) - 1)
    codes = np.flatnonzero(colour_counts)
    for part in np.array_split(codes, max(1, len(codes) // (1 << 18))):
        ab = srgb_to_lab(torch.from_numpy(unpack_codes(part)))[:, 1:]
        indices, weights = (tensor.numpy() for tensor in encoder(ab))
        mass = weights.astype(np.float64) * colour_counts[part, None]
        total += np.bincount(indices.ravel(), mass.ravel(), minlength=len(total))
    return total


def smooth(probability: np.ndarray, bins: np.ndarray, sigma: float) -> np.ndarray:
    """Smooth (Q,) with a Gaussian of `sigma` Lab units over the ab plane; sums to 1.

    Distances are between bin centres in ab, never along the list of bins.
    """
    if sigma == 0:
        return probability / probability.sum()
    squared = ((bins[:, None, :] - bins[None, :, :]).astype(np.float64) ** 2).sum(-1)
    smoothed = np.exp(-squared / (2 * sigma**2)) @ probability
    return smoothed / smoothed.sum()


def rebalancing_weights(smoothed: np.ndarray, mix: float) -> np.ndarray:
    """Equation 4: w ∝ ((1 − λ)·p + λ/Q)⁻¹ with Σ p·w = 1; (Q,) to float64 (Q,).

    `mix` is λ in 0…1. With λ > 0 a bin that was never seen keeps a finite weight; with
    λ = 0 it gets none (it would have to be infinite).
    """
    mixed = (1 - mix) * smoothed + mix / len(smoothed)
    weights = np.divide(1, mixed, out=np.zeros_like(mixed), where=mixed > 0)
    return weights / (smoothed * weights).sum()


def table(
    counts: np.ndarray, bins: np.ndarray, sigma: float, mix: float
) -> pd.DataFrame:
    """One row a bin: bin, a, b, count, probability, smoothed, weight.

    Raises ValueError when nothing was counted.
    """
    if not counts.sum() > 0:
        raise ValueError("no pixel was counted: the training split is empty")
    probability = counts / counts.sum()
    smoothed = smooth(probability, bins, sigma)
    weight = rebalancing_weights(smoothed, mix)
    rows = dict(a=bins[:, 0], b=bins[:, 1], count=counts, probability=probability)
    frame = pd.DataFrame(rows | dict(smoothed=smoothed, weight=weight))
    return frame.rename_axis("bin").reset_index()
