"""What the paper measures, per image."""

import torch
from torch import Tensor

# Thresholds of the cumulative error curve, in Lab units (section 3.1).
THRESHOLDS = 150


def ab_distance(predicted: Tensor, truth: Tensor) -> Tensor:
    """Euclidean distance in ab: (B, 2, H, W) twice to (B, H, W), Lab units."""
    return (predicted - truth).float().norm(dim=1)


def cumulative_error(distance: Tensor, weight: Tensor | None = None) -> Tensor:
    """Share of pixels within each threshold 0…150: (B, H, W) to (B, 151).

    `weight` (B, H, W) counts pixels unequally; NaN where an image has no weight.
    """
    images = len(distance)
    weight = torch.ones_like(distance) if weight is None else weight
    # A pixel at distance d is within t for every integer t >= ceil(d).
    step = distance.ceil().long().clamp(0, THRESHOLDS + 1).flatten(1)
    histogram = torch.zeros(
        images, THRESHOLDS + 2, dtype=torch.float64, device=distance.device
    )
    histogram.scatter_add_(1, step, weight.double().flatten(1))
    total = histogram.sum(1, keepdim=True)
    return histogram[:, : THRESHOLDS + 1].cumsum(1) / total


def area_under_curve(curve: Tensor) -> Tensor:
    """Area under cumulative error curves (..., 151) as a share of the whole, 0…1."""
    return torch.trapezoid(curve, dim=-1) / THRESHOLDS


def root_mean_square(distance: Tensor) -> Tensor:
    """RMSE in ab per image, over both channels: (B, H, W) to (B,), Lab units."""
    return (distance.square().mean((1, 2)) / 2).sqrt()


def chroma(ab: Tensor) -> Tensor:
    """Mean chroma √(a² + b²) per image: (B, 2, H, W) to (B,), Lab units."""
    return ab.float().norm(dim=1).mean((1, 2))
