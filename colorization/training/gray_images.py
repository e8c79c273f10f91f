"""The share of gray images, which the loss leaves out."""

import logging

import numpy as np
import torch
from jaxtyping import UInt8

from colorization.data.memory_map import take
from colorization.method.loss import is_coloured
from colorization.method.network import OUTPUT_STRIDE
from colorization.method.torch_cielab import srgb_to_lab
from colorization.runtime.log import StageError

log = logging.getLogger(__name__)
# At most this many images are examined, which takes a second or two.
LOOKED_AT = 10_000
# Above this share there is a warning.
MOSTLY = 0.5


def gray_share(images: UInt8[np.ndarray, "N H W 3"], threshold: float) -> float:
    """Share of gray images: those with no |a| or |b| above `threshold`, in Lab units."""
    chosen = np.linspace(0, len(images) - 1, min(len(images), LOOKED_AT), dtype=int)
    sampled = images[:, ::OUTPUT_STRIDE, ::OUTPUT_STRIDE]
    coloured = 0
    for indices in np.array_split(chosen, -(-len(chosen) // 256)):
        rgb = torch.from_numpy(take(sampled, indices))
        ab = srgb_to_lab(rgb)[..., 1:]
        coloured += int(is_coloured(ab, threshold).sum())
    return 1 - coloured / len(chosen)


def check(
    train: UInt8[np.ndarray, "N H W 3"],
    validation: UInt8[np.ndarray, "M H W 3"],
    threshold: float | None,
) -> float:
    """The share of gray training images; warns if it is large.

    Raises StageError when all training images are gray, or all validation images, by
    which the step to keep is chosen. Without a threshold no image is gray.
    """
    if threshold is None:
        return 0.0
    limit = f"no |a| or |b| above train.gray_threshold = {threshold:g}"
    share = gray_share(train, threshold)
    for split, gray, use in [
        ("training", share, "learn from"),
        ("validation", gray_share(validation, threshold), "choose a step by"),
    ]:
        if gray == 1:
            raise StageError(
                f"the {split} images are all gray ({limit}), and none is left to {use}: "
                "give it colour photographs, or lower the threshold"
            )
    if share > MOSTLY:
        log.warning(
            "%.1f %% of the training images are gray (%s) and left out of the loss",
            *(100 * share, limit),
        )
    return share
