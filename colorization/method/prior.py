"""The prior over bins, and all weights that follow from it (section 2.2, equation 4).

Each distinct colour is encoded once and counts as often as it occurs: exact over all
pixels, at the cost of the distinct ones.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from colorization.method.cielab import unpack_codes
from colorization.method.encoding import SoftEncoder
from colorization.method.torch_cielab import srgb_to_lab
from colorization.runtime.tables import read_table


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


@dataclass(frozen=True)
class Prior:
    """What table.csv holds, a row a bin."""

    bins: np.ndarray  # float32 (Q, 2), those of bins.npy
    count: np.ndarray  # float64 (Q,), sums of soft encodings
    probability: np.ndarray  # float64 (Q,), sums to 1
    smoothed: np.ndarray  # float64 (Q,), sums to 1
    weight: np.ndarray  # float32 (Q,), those of weights.npy


def read(path: Path | str) -> Prior:
    """Read the table that a prior was written to. Raises StageError."""
    columns = ["count", "probability", "smoothed"]
    frame = read_table(path, ["a", "b", *columns, "weight"])
    return Prior(
        frame[["a", "b"]].to_numpy(np.float32),
        *(frame[name].to_numpy(np.float64) for name in columns),
        frame["weight"].to_numpy(np.float32),
    )


def metric_weights(prior: Prior) -> np.ndarray:
    """Weights of the rebalanced AuC: 1 / p (equation 4 with λ = 0), float32 (Q,).

    A bin seen less than once in training counts as seen once, lest a single test pixel
    outweigh all others.
    """
    floor = 1 / prior.count.sum()
    return (1 / np.maximum(prior.smoothed, floor)).astype(np.float32)


def log_marginal(share: np.ndarray) -> Tensor:
    """Log of the shares (Q,) of the bins, normalised; for `network.initialise`.

    Shares below a millionth count as that much: a start must not be too sure.
    """
    share = np.maximum(share / share.sum(), 1e-6)
    return torch.from_numpy(np.log(share / share.sum())).float()
