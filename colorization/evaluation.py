"""Colorizing and measuring a test split."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torchmetrics.functional.image import peak_signal_noise_ratio

from colorization import metrics
from colorization.decoding import annealed_mean, enlarge
from colorization.device import autocast_dtype
from colorization.encoding import SoftEncoder
from colorization.loss import soft_cross_entropy
from colorization.model_file import Model
from colorization.network import OUTPUT_STRIDE
from colorization.progress import Progress
from colorization.torch_color import lab_to_srgb, srgb_to_lab


class Batch(NamedTuple):
    """Test images on the device."""

    rgb: Tensor  # uint8 (B, H, W, 3)
    lightness: Tensor  # (B, 1, H, W), 0…100
    ab: Tensor  # (B, 2, H, W), Lab units


class Prediction(NamedTuple):
    """ab (B, 2, H, W), and scores over bins (B, Q, h, w) where there are any."""

    ab: Tensor
    scores: Tensor | None


Method = Callable[[Batch], Prediction]


def model_method(
    model: Model, temperature: float, precision: str, device: torch.device
) -> Method:
    """Colorize with a trained network and the annealed mean."""
    bins = torch.from_numpy(model.bins).to(device)
    dtype = autocast_dtype(precision, device)

    def predict(batch: Batch) -> Prediction:
        lightness = batch.lightness.contiguous(memory_format=torch.channels_last)
        with torch.autocast(device.type, dtype, enabled=dtype is not None):
            scores = model.network(lightness)
        ab = annealed_mean(scores, bins, temperature)
        return Prediction(enlarge(ab, *batch.ab.shape[-2:]), scores)

    return predict


def gray_method(batch: Batch) -> Prediction:
    """The baseline that predicts a = b = 0 everywhere."""
    return Prediction(torch.zeros_like(batch.ab), None)


def batches(images: np.ndarray, size: int, device: torch.device) -> Iterator[Batch]:
    """Batches of uint8 (N, H, W, 3) on the device, in order."""
    for start in range(0, len(images), size):
        rgb = torch.from_numpy(images[start : start + size].copy())
        rgb = rgb.to(device, non_blocking=True)
        lab = srgb_to_lab(rgb).permute(0, 3, 1, 2)
        yield Batch(rgb, lab[:, :1], lab[:, 1:])


def colorize(batch: Batch, prediction: Prediction) -> Tensor:
    """The predicted ab joined with the original L: uint8 (B, H, W, 3)."""
    lab = torch.cat([batch.lightness, prediction.ab], dim=1)
    return lab_to_srgb(lab.permute(0, 2, 3, 1))


@torch.no_grad()
def pictures(
    images: np.ndarray, method: Method, device: torch.device
) -> dict[str, np.ndarray]:
    """Columns for a grid: gray, colorized and ground truth, each uint8 (N, H, W, 3)."""
    (batch,) = batches(images, len(images), device)
    shown = {"gray": gray_method(batch), "colorized": method(batch)}
    columns = {
        name: colorize(batch, made).cpu().numpy() for name, made in shown.items()
    }
    return columns | {"ground truth": images}


class Measurement(NamedTuple):
    """Per-image results of one method on one batch, as CPU arrays (B, …)."""

    values: dict[str, np.ndarray]
    curve: np.ndarray  # share of pixels within 0…150, (B, 151)
    curve_rebalanced: np.ndarray
    weight: np.ndarray  # sum of the pixels' rebalancing weights, (B,)


@torch.no_grad()
def measure(
    batch: Batch, prediction: Prediction, encoder: SoftEncoder, weights: Tensor
) -> Measurement:
    """All metrics of a batch; `weights` (Q,) are those of the rebalanced curve."""
    nearest = encoder(batch.ab.permute(0, 2, 3, 1))[0][..., 0]
    weight = weights[nearest]
    distance = metrics.ab_distance(prediction.ab, batch.ab)
    curve = metrics.cumulative_error(distance)
    rebalanced = metrics.cumulative_error(distance, weight)
    coloured = colorize(batch, prediction).float()
    psnr = peak_signal_noise_ratio(
        coloured, batch.rgb.float(), data_range=255.0, reduction="none", dim=(1, 2, 3)
    )
    values = dict(
        auc=metrics.area_under_curve(curve),
        auc_rebalanced=metrics.area_under_curve(rebalanced),
        rmse_ab=metrics.root_mean_square(distance),
        psnr=psnr.clamp(max=99),  # equal images would be infinite
        chroma=metrics.chroma(prediction.ab),
    )
    if prediction.scores is not None:
        sampled = batch.ab[:, :, ::OUTPUT_STRIDE, ::OUTPUT_STRIDE].permute(0, 2, 3, 1)
        entropy = soft_cross_entropy(prediction.scores, *encoder(sampled))
        values["cross_entropy"] = entropy.mean((1, 2))
    arrays = {key: value.double().cpu().numpy() for key, value in values.items()}
    return Measurement(
        arrays,
        curve.cpu().numpy(),
        rebalanced.cpu().numpy(),
        weight.double().sum((1, 2)).cpu().numpy(),
    )


def balancing_weights(table: pd.DataFrame) -> np.ndarray:
    """Weights (Q,) of the rebalanced AuC: 1 / probability (equation 4 with λ = 0).

    `table` is the prior's; a bin seen less than once in training counts as seen once,
    lest a single test pixel outweigh all others.
    """
    return (1 / table["smoothed"].clip(lower=1 / table["count"].sum())).to_numpy(
        np.float32
    )


def aggregate(per_image: pd.DataFrame) -> dict[str, float]:
    """Mean over images of each metric; the rebalanced AuC is over all pixels."""
    weight = per_image["weight"]
    means = per_image.drop(columns=["image", "method", "weight"]).mean().dropna()
    means["auc_rebalanced"] = (
        per_image["auc_rebalanced"] * weight
    ).sum() / weight.sum()
    return {key: float(value) for key, value in means.items()}


class Result(NamedTuple):
    """What evaluating several methods on one split gives."""

    per_image: pd.DataFrame  # image, method, the metrics, weight
    summary: dict[str, dict[str, float]]  # method to its means
    curves: pd.DataFrame  # threshold, then raw and rebalanced share by method


def evaluate(
    images: np.ndarray,
    methods: dict[str, Method],
    encoder: SoftEncoder,
    weights: np.ndarray,
    batch_size: int,
    device: torch.device,
) -> Result:
    """Measure every method on every image (uint8 (N, H, W, 3)), with progress."""
    encoder, balance = encoder.to(device), torch.from_numpy(weights).to(device)
    frames, curves = [], {name: [] for name in methods}
    with Progress(len(images), "evaluate", "images") as progress:
        for batch in batches(images, batch_size, device):
            for name, method in methods.items():
                result = measure(batch, method(batch), encoder, balance)
                first = progress.done
                row = dict(image=np.arange(first, first + len(batch.rgb)), method=name)
                frames.append(
                    pd.DataFrame(row | result.values | dict(weight=result.weight))
                )
                curves[name].append(result)
            progress.advance(len(batch.rgb))
    per_image = pd.concat(frames).sort_values(["image", "method"], ignore_index=True)
    summary = {name: aggregate(per_image[per_image.method == name]) for name in methods}
    return Result(per_image, summary, _mean_curves(curves))


def _mean_curves(curves: dict[str, list[Measurement]]) -> pd.DataFrame:
    columns = dict(threshold=np.arange(metrics.THRESHOLDS + 1))
    for name, parts in curves.items():
        weight = np.concatenate([part.weight for part in parts])
        rebalanced = np.concatenate([part.curve_rebalanced for part in parts])
        columns[name] = np.concatenate([part.curve for part in parts]).mean(0)
        columns[f"{name} rebalanced"] = weight @ rebalanced / weight.sum()
    return pd.DataFrame(columns)
