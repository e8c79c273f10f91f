"""Class rebalancing: weights of the loss and of the rebalanced AuC (equation 4)."""

import numpy as np
from jaxtyping import Float32, Float64


def class_weights(
    smoothed: Float64[np.ndarray, " Q"], mix: float
) -> Float64[np.ndarray, " Q"]:
    """Equation 4: w ∝ ((1 − λ)·p + λ/Q)⁻¹ with Σ p·w = 1.

    `mix` is λ in 0…1. With λ > 0 a bin that never occurred has a finite weight; with
    λ = 0 its weight would be infinite and is set to 0.
    """
    mixed = (1 - mix) * smoothed + mix / len(smoothed)
    weights = np.divide(1, mixed, out=np.zeros_like(mixed), where=mixed > 0)
    return weights / (smoothed * weights).sum()


def metric_weights(
    smoothed: Float64[np.ndarray, " Q"], pixels: float
) -> Float32[np.ndarray, " Q"]:
    """Weights of the rebalanced AuC: 1 / p (equation 4 with λ = 0).

    `smoothed` is the prior, of so many training pixels. A bin that occurred less than once
    counts as once, so that a single test pixel does not outweigh all others.
    """
    return (1 / np.maximum(smoothed, 1 / pixels)).astype(np.float32)
