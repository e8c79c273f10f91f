"""From scores over bins to colours: the annealed mean (section 2.3, equation 5).

A network that is trained without class rebalancing estimates p(q | image); one that is
trained with weights w about w(q)·p(q | image). So the weights can be put in while
decoding: the softmax of (log p + τ·log w) / T. τ = 0 is the plain classifier, τ = 1 the
paper's full method. (Logit adjustment: Menon et al., 2021.)
"""

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from jaxtyping import Float, Float32
from torch import Tensor

from colorization.method.network import OUTPUT_STRIDE


class Decoding(NamedTuple):
    """How scores become colours."""

    temperature: float  # T of the annealed mean, in (0, 1]
    rebalance: float = 0.0  # τ, the share of the class weights that is put in


def log_weights(weights: Float[np.ndarray, " Q"]) -> Float32[Tensor, " Q"]:
    """Logarithms of class weights, all of them finite.

    A weight is 0 if the bin never occurred and the prior's λ is 0.
    """
    positive = np.maximum(weights, np.finfo(np.float32).tiny)
    return torch.from_numpy(np.log(positive)).float()


def rebalanced(
    logits: Float[Tensor, "B Q h w"],
    log_w: Float[Tensor, " Q"],
    rebalance: float | Float[Tensor, ""],
) -> Float[Tensor, "B Q h w"]:
    """Scores with the class weights put in: log p + τ·log w."""
    return logits.float() + rebalance * log_w[:, None, None]


def annealed_mean(
    logits: Float[Tensor, "B Q h w"],
    bins: Float[Tensor, "Q 2"],
    temperature: float | Float[Tensor, ""],
) -> Float[Tensor, "B 2 h w"]:
    """Mean colour ab of softmax(logits / T), in Lab units.

    T = 1 is the mean, T → 0 the mode. The maximum is subtracted before the
    exponential (softmax does), so no T in (0, 1] overflows; a bin of score −inf has
    weight 0. A tensor as temperature is an input of an exported graph and has no value to
    check. Raises ValueError for a number that is not in (0, 1].
    """
    if not torch.is_tensor(temperature) and not 0 < temperature <= 1:
        raise ValueError(f"temperature must be in (0, 1], not {temperature}")
    scores = logits.float() / temperature
    return torch.einsum("bqhw,qc->bchw", scores.softmax(1), bins.float())


def enlarge(
    ab: Float[Tensor, "B 2 h w"], height: int, width: int
) -> Float[Tensor, "B 2 {height} {width}"]:
    """Enlarge ab from stride 4 to full size, bilinearly.

    Targets are sampled at pixels 0, 4, 8, …, so sample i belongs at pixel 4·i and not at
    the middle of its 4×4 block; beyond the last sample its value holds.
    """
    ab = F.pad(ab, (0, 1, 0, 1), mode="replicate")
    size = [OUTPUT_STRIDE * (n - 1) + 1 for n in ab.shape[-2:]]
    return F.interpolate(ab, size, mode="bilinear", align_corners=True)[
        ..., :height, :width
    ]
