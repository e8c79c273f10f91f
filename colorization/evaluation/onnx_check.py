"""An exported model compared with PyTorch: how far they differ, and how good it is."""

from pathlib import Path

import numpy as np
import torch

from colorization.evaluation import metrics
from colorization.inference.onnx_export import CPU, RunModel
from colorization.inference.predict import batches
from colorization.method.decoding import Decoding, enlarge
from colorization.runtime.log import StageError

# Largest allowed difference from PyTorch, in logits and, at T = 1, in Lab units. The
# annealed mean divides logits by T, and their rounding errors with them.
TOLERANCE = 1e-3


def views(images: np.ndarray) -> list[np.ndarray]:
    """Photographs uint8 (N, S, S, 3) in three shapes: whole, cut narrower, side by side."""
    side = images.shape[1]
    narrow = max(8, side * 2 // 3 // 8 * 8)
    pairs = np.concatenate([images, images[::-1]], axis=2)
    return [images, images[:, :, :narrow], pairs]


def agreement(
    expected: RunModel,
    exported: RunModel,
    images: np.ndarray,
    decodings: list[Decoding],
) -> list[dict]:
    """Largest differences of a model in two runtimes, by shape and decoding.

    `images` is uint8 (N, S, S, 3). Rows: height, width, temperature, rebalance, ab (Lab
    units), logits (None for regression).
    """
    rows = []
    for view in views(images):
        for batch in batches(view, len(view), CPU):
            lightness = batch.lightness.contiguous().numpy()
            for decoding in decodings:
                ab, logits = (
                    None if a is None or b is None else (a - b).abs().max().item()
                    for a, b in zip(
                        expected(lightness, decoding),
                        exported(lightness, decoding),
                        strict=True,
                    )
                )
                rows.append(
                    dict(
                        height=view.shape[1],
                        width=view.shape[2],
                        **decoding._asdict(),
                        ab=ab,
                        logits=logits,
                    )
                )
    return rows


def worst(rows: list[dict]) -> dict[str, float | None]:
    """The largest difference in ab and in logits over the rows of `agreement`."""
    differences = {key: [row[key] for row in rows] for key in ("ab", "logits")}
    # Unlike max, np.max keeps a NaN.
    return {
        key: None if None in values else float(np.max(values))
        for key, values in differences.items()
    }


def check(rows: list[dict], path: Path | str) -> None:
    """Raise StageError if a row of `agreement` differs by more than TOLERANCE allows."""
    for row in rows:
        allowed = dict(ab=TOLERANCE / row["temperature"], logits=TOLERANCE)
        for key, most in allowed.items():
            # So written that a NaN fails.
            if row[key] is not None and not row[key] <= most:
                raise StageError(
                    f"{path}: {key} differs from PyTorch by {row[key]:.2g} at "
                    f"T = {row['temperature']:g}, more than {most:.2g}"
                )


def quality(
    run: RunModel, images: np.ndarray, decoding: Decoding, batch_size: int
) -> dict[str, float]:
    """Mean AuC (0…1) and RMSE in ab (Lab units) over images uint8 (N, S, S, 3)."""
    auc, rmse = [], []
    for batch in batches(images, batch_size, CPU):
        ab, _ = run(batch.lightness.contiguous().numpy(), decoding)
        distance = metrics.ab_distance(enlarge(ab, *batch.ab.shape[-2:]), batch.ab)
        auc.append(metrics.area_under_curve(metrics.cumulative_error(distance)))
        rmse.append(metrics.root_mean_square(distance))
    return dict(auc=torch.cat(auc).mean().item(), rmse_ab=torch.cat(rmse).mean().item())
