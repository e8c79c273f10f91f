"""Measure methods on a test split."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from colorization.evaluation import metrics
from colorization.evaluation.perceptual import Perceptual
from colorization.inference.predict import (
    Batch,
    Method,
    Prediction,
    batches,
    colorize,
    sampled,
)
from colorization.method.encoding import SoftEncoder
from colorization.method.loss import soft_cross_entropy
from colorization.runtime.progress import Progress

# The PSNR of equal images would be infinite.
BEST_PSNR = 99.0


class Scoring(NamedTuple):
    """What predictions are measured with, beside the true colours."""

    encoder: SoftEncoder
    metric_weights: np.ndarray  # (Q,), those of the rebalanced AuC
    perceptual: Perceptual | None = None
    # With PSNR, SSIM and CIEDE2000, which take most of the time.
    thorough: bool = True


class Truth(NamedTuple):
    """What is measured of the true colours of a batch: the same for all methods."""

    pixel_weights: Tensor  # (B, H, W), by the weight of each colour's nearest bin
    colourfulness: Tensor  # (B,)
    # The soft encoding at the network's stride, (B, h, w, k).
    indices: Tensor
    soft: Tensor


class Measurement(NamedTuple):
    """Per-image results of one method on one batch, as CPU arrays (B, …)."""

    values: dict[str, np.ndarray]
    curve: np.ndarray  # share of pixels within 0…150, (B, 151)
    curve_rebalanced: np.ndarray


def true_values(batch: Batch, encoder: SoftEncoder, metric_weights: Tensor) -> Truth:
    """The truth of a batch; `metric_weights` (Q,) are those of the rebalanced AuC."""
    nearest_bins = encoder(batch.ab.permute(0, 2, 3, 1))[0][..., 0]
    return Truth(
        metric_weights[nearest_bins],
        metrics.colourfulness(batch.rgb),
        *encoder(sampled(batch)),
    )


def measure_fidelity(
    batch: Batch, prediction: Prediction, coloured: Tensor
) -> dict[str, Tensor]:
    """The metrics that take most of the time; arguments as of `measure_colours`."""
    from torchmetrics.functional.image import (  # slow to import
        peak_signal_noise_ratio,
        structural_similarity_index_measure,
    )

    images, truth = (rgb.permute(0, 3, 1, 2).float() for rgb in (coloured, batch.rgb))
    psnr = peak_signal_noise_ratio(
        images, truth, data_range=255.0, reduction="none", dim=(1, 2, 3)
    )
    ssim = structural_similarity_index_measure(
        images, truth, data_range=255.0, reduction="none"
    )
    assert isinstance(ssim, Tensor)  # a tuple if contrasts were asked for
    lab = [torch.cat([batch.lightness, ab], 1) for ab in (prediction.ab, batch.ab)]
    return dict(
        psnr=psnr.clamp(max=BEST_PSNR),
        ssim=ssim,
        ciede2000=torch.from_numpy(metrics.ciede2000(*lab)),
    )


def measure_colours(
    batch: Batch,
    prediction: Prediction,
    coloured: Tensor,
    truth: Truth,
    thorough: bool = True,
) -> tuple[dict[str, Tensor], Tensor, Tensor]:
    """Metrics of the predicted ab and of the image `coloured`, uint8 (B, H, W, 3).

    Returns the raw and the rebalanced curve, too.
    Unless `thorough`, PSNR, SSIM and CIEDE2000 are left out.
    """
    distance = metrics.ab_distance(prediction.ab, batch.ab)
    curve = metrics.cumulative_error(distance)
    rebalanced = metrics.cumulative_error(distance, truth.pixel_weights)
    values = dict(
        auc=metrics.area_under_curve(curve),
        auc_rebalanced=metrics.area_under_curve(rebalanced),
        rmse_ab=metrics.root_mean_square(distance),
    )
    if thorough:
        values |= measure_fidelity(batch, prediction, coloured)
    values |= dict(
        chroma=metrics.chroma(prediction.ab),
        colourfulness=metrics.colourfulness(coloured),
        colourfulness_truth=truth.colourfulness,
    )
    return values, curve, rebalanced


def measure_scores(scores: Tensor, truth: Truth) -> dict[str, Tensor]:
    """Metrics of predicted distributions (B, Q, h, w), in nats and shares of pixels."""
    indices, soft = truth.indices, truth.soft
    cross_entropy = soft_cross_entropy(scores, indices, soft).mean((1, 2))
    entropy = torch.special.entr(soft).sum(-1).mean((1, 2))
    return dict(
        cross_entropy=cross_entropy,
        kl=cross_entropy - entropy,
        top1=metrics.top_accuracy(scores, indices[..., 0], 1),
        top5=metrics.top_accuracy(scores, indices[..., 0], 5),
    )


@torch.no_grad()
def measure(
    batch: Batch,
    prediction: Prediction,
    coloured: Tensor,
    truth: Truth,
    thorough: bool = True,
) -> Measurement:
    """All metrics of a batch."""
    values, curve, rebalanced = measure_colours(
        batch, prediction, coloured, truth, thorough
    )
    if prediction.scores is not None:
        values |= measure_scores(prediction.scores, truth)
    values["weight"] = truth.pixel_weights.double().sum((1, 2))
    arrays = {key: value.double().cpu().numpy() for key, value in values.items()}
    return Measurement(arrays, curve.cpu().numpy(), rebalanced.cpu().numpy())


class Result(NamedTuple):
    """The results of several methods on one split."""

    per_image: pd.DataFrame  # image, method, the metrics, weight
    curves: pd.DataFrame  # threshold; raw and rebalanced share of pixels by method


def evaluate(
    images: np.ndarray,
    methods: dict[Any, Method],
    scoring: Scoring,
    batch_size: int,
    device: torch.device,
) -> Result:
    """Measure each method on each image (uint8 (N, H, W, 3)), with progress.

    The keys of `methods`, names or temperatures, are the rows' `method`.
    """
    encoder = scoring.encoder.to(device)
    metric_weights = torch.from_numpy(scoring.metric_weights).to(device)
    perceptual = scoring.perceptual
    frames, measured = [], {name: [] for name in methods}
    with Progress(len(images), "evaluate", "images") as progress, torch.no_grad():
        for batch in batches(images, batch_size, device):
            truth = true_values(batch, encoder, metric_weights)
            for name, method in methods.items():
                prediction = method(batch)
                coloured = colorize(batch, prediction)
                result = measure(batch, prediction, coloured, truth, scoring.thorough)
                if perceptual:
                    more = perceptual.measure(name, batch.position, coloured, batch.rgb)
                    result.values.update({k: v.cpu().numpy() for k, v in more.items()})
                rows = dict(image=batch.position, method=name) | result.values
                frames.append(pd.DataFrame(rows))
                measured[name].append(result)
            progress.advance(len(batch.rgb))
    per_image = pd.concat(frames).sort_values(["image", "method"], ignore_index=True)
    return Result(per_image, _mean_curves(measured))


def _mean_curves(measured: dict[str, list[Measurement]]) -> pd.DataFrame:
    columns: dict[str, Any] = dict(threshold=np.arange(metrics.THRESHOLDS + 1))
    for name, results in measured.items():
        weight = np.concatenate([result.values["weight"] for result in results])
        rebalanced = np.concatenate([result.curve_rebalanced for result in results])
        columns[name] = np.concatenate([result.curve for result in results]).mean(0)
        columns[f"{name} rebalanced"] = weight @ rebalanced / weight.sum()
    return pd.DataFrame(columns)
