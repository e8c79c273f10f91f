"""Ways to colorize: a trained network, and the baselines it is held against.

A method maps a Batch to a Prediction; all are evaluated by the same code.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from colorization.decoding import annealed_mean, enlarge
from colorization.device import autocast_dtype
from colorization.encoding import SoftEncoder
from colorization.loss import AB_SCALE
from colorization.model_file import Model
from colorization.network import OUTPUT_STRIDE
from colorization.torch_color import lab_to_srgb, srgb_to_lab


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
    regression = model.network.out.out_channels == 2

    def predict(lightness: Tensor) -> tuple[Tensor, Tensor | None]:
        lightness = lightness.contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, dtype, enabled=dtype is not None):
            output = model.network(lightness)
        if regression:
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


def without_scores(method: Method) -> Method:
    """The same colours, without the distributions behind them."""
    return lambda batch: Prediction(method(batch).ab, None)


def gray(batch: Batch) -> Prediction:
    """a = b = 0 everywhere."""
    return Prediction(torch.zeros_like(batch.ab), None)


def truth_colours(batch: Batch) -> Prediction:
    """The true ab."""
    return Prediction(batch.ab, None)


def truth(encoder: SoftEncoder) -> Method:
    """The truth itself, and its own soft encoding: the best that is possible."""

    def predict(batch: Batch) -> Prediction:
        indices, soft = encoder(sampled(batch))
        dense = torch.zeros(*soft.shape[:-1], len(encoder.bins) - 1, device=soft.device)
        scores = dense.scatter_(-1, indices, soft).log().permute(0, 3, 1, 2)
        return Prediction(batch.ab, scores)

    return predict


def random(images: np.ndarray, seed: int, device: torch.device) -> Method:
    """The ab of a random training image; the same one for the same test image."""

    def predict(batch: Batch) -> Prediction:
        chosen = [
            np.random.default_rng([seed, i]).integers(len(images)) for i in batch.index
        ]
        rgb = torch.from_numpy(np.stack([images[i] for i in chosen])).to(device)
        return Prediction(srgb_to_lab(rgb)[..., 1:].permute(0, 3, 1, 2), None)

    return predict


def prior_mean(
    bins: np.ndarray, probability: np.ndarray, device: torch.device
) -> Method:
    """The training pixels' mean colour, and their distribution (Q,), everywhere."""
    mean = torch.from_numpy((probability @ bins).astype(np.float32)).to(device)
    log = torch.from_numpy(np.log(np.maximum(probability, 1e-12))).float().to(device)

    def predict(batch: Batch) -> Prediction:
        ab = mean[None, :, None, None].expand_as(batch.ab)
        size = [n // OUTPUT_STRIDE for n in batch.ab.shape[-2:]]
        return Prediction(ab, log[None, :, None, None].expand(len(ab), -1, *size))

    return predict
