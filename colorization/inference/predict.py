"""Colours from a trained network.

A method maps a Batch to a Prediction; baselines are methods, too.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from colorization.inference.model_file import Model
from colorization.method.decoding import annealed_mean, enlarge
from colorization.method.loss import AB_SCALE
from colorization.method.network import OUTPUT_STRIDE
from colorization.method.torch_cielab import lab_to_srgb, srgb_to_lab
from colorization.runtime.device import autocast_dtype


class Batch(NamedTuple):
    """Test images on the device."""

    index: np.ndarray  # int (B,), their places in the split
    rgb: Tensor  # uint8 (B, H, W, 3)
    lightness: Tensor  # (B, 1, H, W), 0…100
    ab: Tensor  # (B, 2, H, W), Lab units


class Prediction(NamedTuple):
    """ab (B, 2, H, W), and scores over bins (B, Q, h, w) where there are any."""

    ab: Tensor
    scores: Tensor | None


Method = Callable[[Batch], Prediction]


def batches(images: np.ndarray, size: int, device: torch.device) -> Iterator[Batch]:
    """Batches of uint8 (N, H, W, 3) on the device, in order."""
    for start in range(0, len(images), size):
        rgb = torch.from_numpy(images[start : start + size].copy())
        rgb = rgb.to(device, non_blocking=True)
        lab = srgb_to_lab(rgb).permute(0, 3, 1, 2)
        yield Batch(np.arange(start, start + len(rgb)), rgb, lab[:, :1], lab[:, 1:])


def colorize(batch: Batch, prediction: Prediction) -> Tensor:
    """The predicted ab joined with the original L: uint8 (B, H, W, 3)."""
    lab = torch.cat([batch.lightness, prediction.ab], dim=1)
    return lab_to_srgb(lab.permute(0, 2, 3, 1))


def sampled(batch: Batch) -> Tensor:
    """The true ab where the network predicts: (B, H/4, W/4, 2)."""
    return batch.ab[:, :, ::OUTPUT_STRIDE, ::OUTPUT_STRIDE].permute(0, 2, 3, 1)


def predictor(
    model: Model, temperature: float, precision: str, device: torch.device
) -> Callable[[Tensor], tuple[Tensor, Tensor | None]]:
    """L (B, 1, H, W) to ab (B, 2, H/4, W/4), and the scores over bins if there are any.

    Classification is decoded with the annealed mean.
    """
    bins = torch.from_numpy(model.bins).to(device)
    dtype = autocast_dtype(precision, device)

    def predict(lightness: Tensor) -> tuple[Tensor, Tensor | None]:
        lightness = lightness.contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, dtype, enabled=dtype is not None):
            output = model.network(lightness)
        if model.regression:
            return output.float() * AB_SCALE, None
        return annealed_mean(output, bins, temperature), output

    return predict


def model(
    model: Model, temperature: float, precision: str, device: torch.device
) -> Method:
    """A trained network."""
    predict = predictor(model, temperature, precision, device)

    def colours(batch: Batch) -> Prediction:
        ab, scores = predict(batch.lightness)
        return Prediction(enlarge(ab, *batch.ab.shape[-2:]), scores)

    return colours
