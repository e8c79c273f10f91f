"""The prior over bins (section 2.2).

Each distinct colour is encoded once and counts as often as it occurs: exact over all
pixels, at the cost of the distinct ones.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float, Float32, Float64, Int64
from torch import Tensor

from colorization.method.cielab import unpack_codes
from colorization.method.encoding import SoftEncoder
from colorization.method.rebalancing_weights import class_weights
from colorization.method.torch_cielab import srgb_to_lab
from colorization.runtime.tables import read_table


def soft_counts(
    colour_counts: Int64[np.ndarray, "16777216"], encoder: SoftEncoder
) -> Float64[np.ndarray, " Q"]:
    """Sum of the soft encodings of all counted pixels."""
    total = np.zeros(len(encoder.bins) - 1)
    codes = np.flatnonzero(colour_counts)
    for chunk in np.array_split(codes, max(1, len(codes) // (1 << 18))):
        ab = srgb_to_lab(torch.from_numpy(unpack_codes(chunk)))[:, 1:]
        indices, soft = (tensor.numpy() for tensor in encoder(ab))
        mass = soft.astype(np.float64) * colour_counts[chunk, None]
        total += np.bincount(indices.ravel(), mass.ravel(), minlength=len(total))
    return total


def smooth(
    probability: Float64[np.ndarray, " Q"], bins: Float[np.ndarray, "Q 2"], sigma: float
) -> Float64[np.ndarray, " Q"]:
    """Smooth with a Gaussian of `sigma` Lab units over the ab plane; sums to 1.

    Distances are between bin centres in ab, never along the list of bins.
    """
    if sigma == 0:
        return probability / probability.sum()
    squared = ((bins[:, None, :] - bins[None, :, :]).astype(np.float64) ** 2).sum(-1)
    smoothed = np.exp(-squared / (2 * sigma**2)) @ probability
    return smoothed / smoothed.sum()


def table(
    counts: Float64[np.ndarray, " Q"],
    bins: Float[np.ndarray, "Q 2"],
    sigma: float,
    mix: float,
) -> pd.DataFrame:
    """A row for each bin: bin, a, b, count, probability, smoothed, weight.

    Raises ValueError when nothing was counted.
    """
    if not counts.sum() > 0:
        raise ValueError("no pixel was counted: the training split is empty")
    probability = counts / counts.sum()
    smoothed = smooth(probability, bins, sigma)
    weight = class_weights(smoothed, mix)
    rows = dict(a=bins[:, 0], b=bins[:, 1], count=counts, probability=probability)
    frame = pd.DataFrame(rows | dict(smoothed=smoothed, weight=weight))
    return frame.rename_axis("bin").reset_index()


@dataclass(frozen=True)
class Prior:
    """The columns of table.csv, which has a row for each bin."""

    bins: Float32[np.ndarray, "Q 2"]  # those of bins.npy
    count: Float64[np.ndarray, " Q"]  # sums of soft encodings
    probability: Float64[np.ndarray, " Q"]  # sums to 1
    smoothed: Float64[np.ndarray, " Q"]  # sums to 1
    weight: Float32[np.ndarray, " Q"]  # those of weights.npy


def read(path: Path | str) -> Prior:
    """Read a table.csv. Raises StageError."""
    frame = read_table(path, ["a", "b", "count", "probability", "smoothed", "weight"])
    return Prior(
        bins=frame[["a", "b"]].to_numpy(np.float32),
        count=frame["count"].to_numpy(np.float64),
        probability=frame["probability"].to_numpy(np.float64),
        smoothed=frame["smoothed"].to_numpy(np.float64),
        weight=frame["weight"].to_numpy(np.float32),
    )


def log_marginal(share: Float[np.ndarray, " Q"]) -> Float32[Tensor, " Q"]:
    """Log of the shares of the bins, normalised; for `network.initialise`.

    Shares below a millionth are raised to it, so that no bin starts as good as excluded.
    """
    share = np.maximum(share / share.sum(), 1e-6)
    return torch.from_numpy(np.log(share / share.sum())).float()
