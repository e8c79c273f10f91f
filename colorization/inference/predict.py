"""Colours from a trained network.

A method maps a Batch to a Prediction; baselines are methods, too.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor

from colorization.inference.model_file import Model
from colorization.method.decoding import annealed_mean, enlarge
from colorization.method.loss import AB_SCALE
from colorization.method.network import OUTPUT_STRIDE
from colorization.method.torch_cielab import lab_to_srgb, srgb_to_lab
from colorization.runtime.device import autocast_dtype


class Batch(NamedTuple):
    """Test images on the device."""

    position: Int64[np.ndarray, " B"]  # in the split
    rgb: UInt8[Tensor, "B H W 3"]
    lightness: Float[Tensor, "B 1 H W"]  # 0…100
    ab: Float[Tensor, "B 2 H W"]  # Lab units


class Prediction(NamedTuple):
    """Predicted colours, and scores of the bins where the method has them."""

    ab: Float[Tensor, "B 2 H W"]  # Lab units
    scores: Float[Tensor, "B Q h w"] | None


Method = Callable[[Batch], Prediction]
# L to ab, and scores of the bins where the network has them.
Predictor = Callable[
    [Float[Tensor, "B 1 H W"]],
    tuple[Float[Tensor, "B 2 h w"], Float[Tensor, "B Q h w"] | None],
]


def batches(
    images: UInt8[np.ndarray, "N H W 3"], size: int, device: torch.device
) -> Iterator[Batch]:
    """Batches of the images on the device, in order."""
    for start in range(0, len(images), size):
        rgb = torch.from_numpy(images[start : start + size].copy())
        rgb = rgb.to(device, non_blocking=True)
        lab = srgb_to_lab(rgb).permute(0, 3, 1, 2)
        yield Batch(np.arange(start, start + len(rgb)), rgb, lab[:, :1], lab[:, 1:])


def colorize(batch: Batch, prediction: Prediction) -> UInt8[Tensor, "B H W 3"]:
    """The predicted ab joined with the original L, as sRGB."""
    lab = torch.cat([batch.lightness, prediction.ab], dim=1)
    return lab_to_srgb(lab.permute(0, 2, 3, 1))


def sampled(batch: Batch) -> Float[Tensor, "B h w 2"]:
    """The true ab at every fourth pixel, where the network predicts."""
    return batch.ab[:, :, ::OUTPUT_STRIDE, ::OUTPUT_STRIDE].permute(0, 2, 3, 1)


def predictor(
    model: Model, temperature: float, precision: str, device: torch.device
) -> Predictor:
    """A function from L to ab at stride 4, and the scores of the bins if there are any.

    Scores are decoded with the annealed mean.
    """
    bins = torch.from_numpy(model.bins).to(device)
    dtype = autocast_dtype(precision, device)

    def predict(
        lightness: Float[Tensor, "B 1 H W"],
    ) -> tuple[Float[Tensor, "B 2 h w"], Float[Tensor, "B Q h w"] | None]:
        lightness = lightness.contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, dtype, enabled=dtype is not None):
            output = model.network(lightness)
        if model.regression:
            return output.float() * AB_SCALE, None
        return annealed_mean(output, bins, temperature), output

    return predict


def model_method(
    model: Model, temperature: float, precision: str, device: torch.device
) -> Method:
    """The method of a trained model."""
    predict = predictor(model, temperature, precision, device)

    def colours(batch: Batch) -> Prediction:
        ab, scores = predict(batch.lightness)
        return Prediction(enlarge(ab, *batch.ab.shape[-2:]), scores)

    return colours
