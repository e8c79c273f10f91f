"""Rebalanced cross-entropy on soft-encoded targets (equations 2 and 3)."""

from typing import Any

import torch
from jaxtyping import Bool, Float, Float32, Int64
from torch import Tensor

# A network for regression gives ab in these units, so that its outputs are near 1.
AB_SCALE = 100.0


class _SoftCrossEntropy(torch.autograd.Function):
    """The gradient is softmax minus target. Written by hand, it needs one buffer of Q
    channels where autograd would make five."""

    @staticmethod
    def forward(
        ctx: Any,
        logits: Float[Tensor, "B h w Q"],
        indices: Int64[Tensor, "B h w k"],
        soft: Float[Tensor, "B h w k"],
    ) -> Float32[Tensor, "B h w"]:
        log_probability = torch.log_softmax(logits.float(), dim=-1)
        ctx.save_for_backward(log_probability, indices, soft)
        ctx.dtype = logits.dtype
        return -(soft * log_probability.gather(-1, indices)).sum(-1)

    @staticmethod
    def backward(
        ctx: Any, *gradients: Float32[Tensor, "B h w"]
    ) -> tuple[Float[Tensor, "B h w Q"], None, None]:
        log_probability, indices, soft = ctx.saved_tensors
        gradient = gradients[0].unsqueeze(-1)
        dense = log_probability.exp_().mul_(gradient)  # in place: used once
        # A pixel's bins are different ones: what is added needs no order.
        sparse = dense.gather(-1, indices).sub_(soft * gradient)
        dense.scatter_(-1, indices, sparse)
        return dense.to(ctx.dtype), None, None


def soft_cross_entropy(
    logits: Float[Tensor, "B Q h w"],
    indices: Int64[Tensor, "B h w k"],
    soft: Float[Tensor, "B h w k"],
) -> Float32[Tensor, "B h w"]:
    """−Σ_q Z_q·log Ẑ_q in nats per pixel, from the k non-zeros of Z alone.

    `soft` sums to 1. Differentiable once with respect to the logits.
    """
    # In channels_last the permuted logits are a view.
    return _SoftCrossEntropy.apply(logits.permute(0, 2, 3, 1), indices, soft)


def squared_error(
    predicted: Float[Tensor, "B 2 h w"], ab: Float[Tensor, "B h w 2"]
) -> Float32[Tensor, "B h w"]:
    """½‖ab − âb‖² per pixel (the paper's L2, equation 1), in units of AB_SCALE².

    `predicted` is the network's output; `ab` is in Lab units.
    """
    difference = predicted.permute(0, 2, 3, 1).float() - ab / AB_SCALE
    return difference.square().sum(-1) / 2


def is_coloured(
    ab: Float[Tensor, "B h w 2"], gray_threshold: float
) -> Bool[Tensor, " B"]:
    """Which images are not gray: some |a| or |b| exceeds `gray_threshold`.

    `ab` is in Lab units. With threshold 0 only pure gray images are gray.
    """
    return ab.abs().amax(dim=(1, 2, 3)) > gray_threshold


def pixel_weights(
    nearest: Int64[Tensor, "B h w"],
    class_weights: Float[Tensor, " Q"],
    ab: Float[Tensor, "B h w 2"],
    gray_threshold: float | None,
) -> Float[Tensor, "B h w"]:
    """Weight of each pixel in the loss: that of its nearest bin, 0 in gray images.

    Without a threshold no image is gray.
    """
    if gray_threshold is None:
        return class_weights[nearest]
    return class_weights[nearest] * is_coloured(ab, gray_threshold)[:, None, None]
