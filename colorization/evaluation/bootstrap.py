"""Means over images with bootstrap intervals, alone and paired."""

import numpy as np
import pandas as pd

RESAMPLES = 1000
# Two-sided 95 %.
QUANTILES = (0.025, 0.975)
NOT_METRICS = {"image", "method", "weight", "colourfulness_truth"}


def resampling(images: int, seed: int = 0) -> np.ndarray:
    """How often each image is drawn in each resample: float64 (RESAMPLES + 1, images).

    The first row draws each once: the estimate itself. Methods that share the matrix
    are compared in pairs.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(images, np.full(images, 1 / images), size=RESAMPLES)
    return np.vstack([np.ones(images), drawn])


def aggregates(rows: pd.DataFrame, counts: np.ndarray) -> dict[str, np.ndarray]:
    """Every metric of one method's rows, in each resample (RESAMPLES + 1,).

    The rebalanced AuC is over all pixels of all images, and ΔCF the distance of the
    mean colourfulness from the truth's; the others are means over images.
    """
    rows, total = rows.sort_values("image"), counts.sum(1)
    found = {
        name: counts @ rows[name].to_numpy() / total
        for name in rows.columns
        if name not in NOT_METRICS and rows[name].notna().all()
    }
    weight = rows["weight"].to_numpy()
    weighted = counts @ (rows["auc_rebalanced"].to_numpy() * weight)
    found["auc_rebalanced"] = weighted / (counts @ weight)
    difference = (rows["colourfulness"] - rows["colourfulness_truth"]).to_numpy()
    found["delta_colourfulness"] = np.abs(counts @ difference / total)
    return found


def interval(values: np.ndarray) -> dict[str, float]:
    """The estimate and its bootstrap interval: value, low, high."""
    low, high = np.quantile(values[1:], QUANTILES)
    return dict(value=float(values[0]), low=float(low), high=float(high))


def summarise(per_image: pd.DataFrame) -> dict[str, dict[str, dict[str, float]]]:
    """method → metric → {value, low, high} of a table of image, method and metrics."""
    counts = resampling(per_image["image"].nunique())
    return {
        method: {
            name: interval(values) for name, values in aggregates(rows, counts).items()
        }
        for method, rows in per_image.groupby("method", sort=False)
    }


def compare(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """Paired differences left − right of every shared metric, with intervals.

    Both are one method's rows on the same images.
    """
    if sorted(left["image"]) != sorted(right["image"]):
        raise ValueError("a paired comparison needs the same images on both sides")
    counts = resampling(len(left))
    first, second = aggregates(left, counts), aggregates(right, counts)
    rows = [
        dict(metric=name) | interval(first[name] - second[name])
        for name in first
        if name in second
    ]
    return pd.DataFrame(rows).rename(columns=dict(value="difference"))
