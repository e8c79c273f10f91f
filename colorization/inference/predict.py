"""Colours from a trained network.

A method maps a Batch to a Prediction; baselines are methods, too.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Int64, UInt8
from torch import Tensor

from colorization.data.memory_map import take
from colorization.inference.model_file import Model
from colorization.method.decoding import (
    Decoding,
    annealed_mean,
    enlarge,
    log_weights,
    rebalanced,
)
from colorization.method.loss import AB_SCALE
from colorization.method.network import OUTPUT_STRIDE
from colorization.method.torch_cielab import lab_to_srgb, srgb_to_lab
from colorization.runtime.device import autocast_dtype, memory_format
from colorization.runtime.log import StageError


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
        chosen = range(start, min(start + size, len(images)))
        rgb = torch.from_numpy(take(images, chosen))
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


def _forward(
    model: Model, precision: str
) -> Callable[[Float[Tensor, "B 1 H W"]], Float[Tensor, "B outputs h w"]]:
    """A function from L to the network's outputs, on the device that L is on."""
    device = next(model.network.parameters()).device
    dtype, layout = autocast_dtype(precision, device), memory_format(device)

    def run(lightness: Float[Tensor, "B 1 H W"]) -> Float[Tensor, "B outputs h w"]:
        there = lightness.to(device).contiguous(memory_format=layout)
        with torch.autocast(device.type, dtype, enabled=dtype is not None):
            return model.network(there).to(lightness.device)

    return run


def _decoder(
    model: Model, decoding: Decoding, device: torch.device
) -> Callable[[Float[Tensor, "B outputs h w"]], Float[Tensor, "B 2 h w"]]:
    """A function from the network's outputs to ab. Raises StageError."""
    if model.regression:
        return lambda output: output.float() * AB_SCALE
    bins, log_w = torch.from_numpy(model.bins).to(device), None
    if decoding.rebalance:
        if model.weights is None:
            raise StageError(
                "the model's file has no class weights: it can only be decoded without "
                "them (evaluate.rebalance: 0, --vividness 0)"
            )
        log_w = log_weights(model.weights).to(device)

    def decode(output: Float[Tensor, "B outputs h w"]) -> Float[Tensor, "B 2 h w"]:
        if log_w is not None:
            output = rebalanced(output, log_w, decoding.rebalance)
        return annealed_mean(output, bins, decoding.temperature)

    return decode


def predictor(
    model: Model, decoding: Decoding, precision: str, device: torch.device
) -> Predictor:
    """A function from L to ab at stride 4, and the scores of the bins if there are any.

    The scores are the network's own, whatever the decoding. Raises StageError if the
    model's file has no class weights and the decoding needs them.
    """
    forward, decode = (
        _forward(model, precision),
        _decoder(model, decoding, device),
    )

    def predict(
        lightness: Float[Tensor, "B 1 H W"],
    ) -> tuple[Float[Tensor, "B 2 h w"], Float[Tensor, "B Q h w"] | None]:
        output = forward(lightness)
        return decode(output), None if model.regression else output

    return predict


def model_method(
    model: Model, decoding: Decoding, precision: str, device: torch.device
) -> Method:
    """The method of a trained model. Raises StageError as `predictor` does."""
    return model_methods(model, [decoding], precision, device)[0]


def model_methods(
    model: Model, decodings: list[Decoding], precision: str, device: torch.device
) -> list[Method]:
    """A trained model decoded in several ways; the network runs once for each batch.

    Batches are on `device`, which may be another one than the network's.
    """
    forward = _forward(model, precision)
    last: list[tuple[Batch, Tensor]] = []

    def output(batch: Batch) -> Tensor:
        if not last or last[0][0] is not batch:
            last[:] = [(batch, forward(batch.lightness))]
        return last[0][1]

    def method(decoding: Decoding) -> Method:
        decode = _decoder(model, decoding, device)

        def colours(batch: Batch) -> Prediction:
            scores = output(batch)
            ab = enlarge(decode(scores), *batch.ab.shape[-2:])
            return Prediction(ab, None if model.regression else scores)

        return colours

    return [method(decoding) for decoding in decodings]
