"""Metrics per image: the paper's, and others that are usual in the field."""

import numpy as np
import torch
from skimage.color import deltaE_ciede2000
from torch import Tensor

# Thresholds of the cumulative error curve, in Lab units (section 3.1).
THRESHOLDS = 150


def ab_distance(predicted: Tensor, truth: Tensor) -> Tensor:
    """Euclidean distance in ab: (B, 2, H, W) twice to (B, H, W), Lab units."""
    return (predicted - truth).float().norm(dim=1)


def cumulative_error(distance: Tensor, pixel_weights: Tensor | None = None) -> Tensor:
    """Share of pixels within each threshold 0…150: (B, H, W) to (B, 151).

    `pixel_weights` (B, H, W) count pixels unequally; the curve of an image whose weights
    are all zero is NaN.
    """
    images = len(distance)
    if pixel_weights is None:
        pixel_weights = torch.ones_like(distance)
    # A pixel at distance d is within t for every integer t >= ceil(d).
    step = distance.ceil().long().clamp(0, THRESHOLDS + 1).flatten(1)
    histogram = torch.zeros(
        images, THRESHOLDS + 2, dtype=torch.float64, device=distance.device
    )
    histogram.scatter_add_(1, step, pixel_weights.double().flatten(1))
    total = histogram.sum(1, keepdim=True)
    return histogram[:, : THRESHOLDS + 1].cumsum(1) / total


def area_under_curve(curve: Tensor) -> Tensor:
    """Area under cumulative error curves (..., 151) as a share of the whole, 0…1."""
    return torch.trapezoid(curve, dim=-1) / THRESHOLDS


def root_mean_square(distance: Tensor) -> Tensor:
    """RMSE in ab per image, over both channels: (B, H, W) to (B,), Lab units."""
    return (distance.square().mean((1, 2)) / 2).sqrt()


def colourfulness(rgb: Tensor) -> Tensor:
    """Hasler and Süsstrunk's (2003) measure per image: sRGB (B, H, W, 3) 0…255 to (B,).

    √(σ²_rg + σ²_yb) + 0.3·√(μ²_rg + μ²_yb) of the signed opponents rg and yb.
    """
    r, g, b = rgb.float().flatten(1, 2).unbind(-1)
    opponents = torch.stack([r - g, (r + g) / 2 - b])  # (2, B, pixels)
    spread = opponents.std(-1, correction=0).norm(dim=0)
    return spread + 0.3 * opponents.mean(-1).norm(dim=0)


def ciede2000(first: Tensor, second: Tensor) -> np.ndarray:
    """Mean CIEDE2000 difference per image: Lab (B, 3, H, W) twice to (B,)."""
    a, b = (lab.movedim(1, -1).cpu().double().numpy() for lab in (first, second))
    return deltaE_ciede2000(a, b).mean((1, 2))


def top_accuracy(scores: Tensor, nearest: Tensor, k: int) -> Tensor:
    """Share of pixels whose nearest bin is among the k likeliest, per image.

    scores (B, Q, h, w); nearest int64 (B, h, w). Returns (B,).
    """
    hit = scores.topk(k, dim=1).indices == nearest[:, None]
    return hit.any(1).double().mean((1, 2))


def chroma(ab: Tensor) -> Tensor:
    """Mean chroma √(a² + b²) per image: (B, 2, H, W) to (B,), Lab units."""
    return ab.float().norm(dim=1).mean((1, 2))
