"""An exported model measured beside PyTorch: do they agree, and is it as good?"""

from pathlib import Path

import numpy as np
import torch

from colorization.evaluation import metrics
from colorization.inference.onnx_export import CPU, RunModel
from colorization.inference.predict import batches
from colorization.method.decoding import enlarge
from colorization.runtime.log import StageError

# Largest difference to PyTorch, in logits and, at T = 1, in Lab units. Logits count
# 1 / T times for ab, and so does their rounding.
TOLERANCE = 1e-3


def views(images: np.ndarray) -> list[np.ndarray]:
    """Photographs uint8 (N, S, S, 3) in a few shapes: whole, a part, and pairs abreast."""
    side = images.shape[1]
    part = max(8, side * 2 // 3 // 8 * 8)
    pairs = np.concatenate([images, images[::-1]], axis=2)
    return [images, images[:, :, :part], pairs]


def agreement(
    expected: RunModel, found: RunModel, images: np.ndarray, temperatures: list[float]
) -> list[dict]:
    """Largest differences of two ways to run a model, by shape and temperature.

    `images` is uint8 (N, S, S, 3). Rows: height, width, temperature, ab (Lab units),
    logits (None for regression).
    """
    rows = []
    for view in views(images):
        for batch in batches(view, len(view), CPU):
            lightness = batch.lightness.contiguous().numpy()
            for temperature in temperatures:
                one = expected(lightness, temperature)
                two = found(lightness, temperature)
                ab, logits = (
                    None if a is None or b is None else (a - b).abs().max().item()
                    for a, b in zip(one, two, strict=True)
                )
                height, width = view.shape[1:3]
                place = dict(height=height, width=width, temperature=temperature)
                rows.append(place | dict(ab=ab, logits=logits))
    return rows


def worst(rows: list[dict]) -> dict[str, float | None]:
    """The largest difference in ab and in logits over the rows of `agreement`."""
    found = {key: [row[key] for row in rows] for key in ("ab", "logits")}
    # A maximum must not lose a NaN.
    return {
        key: None if None in values else float(np.max(values))
        for key, values in found.items()
    }


def check(rows: list[dict], path: Path | str) -> None:
    """Raise StageError if a row of `agreement` differs by more than TOLERANCE allows."""
    for row in rows:
        allowed = dict(ab=TOLERANCE / row["temperature"], logits=TOLERANCE)
        for key, most in allowed.items():
            # A NaN is not less than anything.
            if row[key] is not None and not row[key] <= most:
                raise StageError(
                    f"{path}: {key} differs from PyTorch by {row[key]:.2g} at "
                    f"T = {row['temperature']:g}, more than {most:.2g}"
                )


def quality(
    run: RunModel, images: np.ndarray, temperature: float, batch_size: int
) -> dict[str, float]:
    """AuC (0…1) and RMSE in ab (Lab units), the means over uint8 (N, S, S, 3)."""
    auc, rmse = [], []
    for batch in batches(images, batch_size, CPU):
        ab, _ = run(batch.lightness.contiguous().numpy(), temperature)
        distance = metrics.ab_distance(enlarge(ab, *batch.ab.shape[-2:]), batch.ab)
        auc.append(metrics.area_under_curve(metrics.cumulative_error(distance)))
        rmse.append(metrics.root_mean_square(distance))
    return dict(auc=torch.cat(auc).mean().item(), rmse_ab=torch.cat(rmse).mean().item())
