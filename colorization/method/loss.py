"""Rebalanced cross-entropy on soft-encoded targets (equations 2 and 3)."""

import torch
from torch import Tensor

# A network for regression gives ab in these units, so that its outputs are near 1.
AB_SCALE = 100.0


class _SoftCrossEntropy(torch.autograd.Function):
    """The gradient is softmax minus target: written by hand, it needs one Q-channel
    buffer where autograd would make five."""

    @staticmethod
    def forward(ctx, logits: Tensor, indices: Tensor, soft: Tensor) -> Tensor:
        log_probability = torch.log_softmax(logits.float(), dim=-1)
        ctx.save_for_backward(log_probability, indices, soft)
        ctx.dtype = logits.dtype
        return -(soft * log_probability.gather(-1, indices)).sum(-1)

    @staticmethod
    def backward(ctx, gradient: Tensor):
        log_probability, indices, soft = ctx.saved_tensors
        gradient = gradient.unsqueeze(-1)
        dense = log_probability.exp_().mul_(gradient)  # in place: used once
        dense.scatter_add_(-1, indices, -soft * gradient)
        return dense.to(ctx.dtype), None, None


def soft_cross_entropy(logits: Tensor, indices: Tensor, soft: Tensor) -> Tensor:
    """−Σ_q Z_q·log Ẑ_q in nats per pixel, from the k non-zeros of Z alone.

    logits (B, Q, H, W); indices int64 and soft (B, H, W, k), soft summing to 1. Returns
    (B, H, W) float32. Differentiable once with respect to the logits.
    """
    # In channels_last the permuted logits are a view.
    return _SoftCrossEntropy.apply(logits.permute(0, 2, 3, 1), indices, soft)


def squared_error(predicted: Tensor, ab: Tensor) -> Tensor:
    """½‖ab − âb‖² per pixel (the paper's L2, equation 1), in units of AB_SCALE².

    predicted (B, 2, H, W), the network's output; ab (B, H, W, 2) in Lab units.
    """
    difference = predicted.permute(0, 2, 3, 1).float() - ab / AB_SCALE
    return difference.square().sum(-1) / 2


def is_coloured(ab: Tensor, gray_threshold: float) -> Tensor:
    """Which images are not gray, bool (B,): some |a| or |b| exceeds `gray_threshold`.

    ab (B, H, W, 2) in Lab units. 0 takes all images but pure gray ones for coloured.
    """
    return ab.abs().amax(dim=(1, 2, 3)) > gray_threshold


def pixel_weights(
    nearest: Tensor, weights: Tensor, ab: Tensor, gray_threshold: float | None
) -> Tensor:
    """Weight of each pixel in the loss: w of its nearest bin, 0 in gray images.

    Without a threshold no image is gray.

    nearest int64 (B, H, W); weights (Q,); ab (B, H, W, 2). Returns (B, H, W).
    """
    if gray_threshold is None:
        return weights[nearest]
    return weights[nearest] * is_coloured(ab, gray_threshold)[:, None, None]
