"""Means over images with bootstrap intervals, alone and paired."""

import numpy as np
import pandas as pd

RESAMPLES = 1000
# Two-sided 95 %.
QUANTILES = (0.025, 0.975)
# Columns of per_image.csv that are no metrics.
NOT_METRICS = {"image", "method", "weight", "colourfulness_truth"}


def resampling(images: int, seed: int = 0) -> np.ndarray:
    """How often each image is drawn in each resample: float64 (RESAMPLES + 1, images).

    The first row counts each image once and gives the estimate itself. Methods must share
    the matrix for a paired comparison.
    """
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(images, np.full(images, 1 / images), size=RESAMPLES)
    return np.vstack([np.ones(images), drawn])


def aggregates(rows: pd.DataFrame, counts: np.ndarray) -> dict[str, np.ndarray]:
    """The value of each metric in each resample, (RESAMPLES + 1,), of one method's rows.

    The rebalanced AuC is over all pixels of all images. ΔCF is the distance between the
    mean colourfulness and the truth's. The other metrics are means over images.
    """
    rows, total = rows.sort_values("image"), counts.sum(1)
    values = {
        name: counts @ rows[name].to_numpy() / total
        for name in rows.columns
        if name not in NOT_METRICS and rows[name].notna().all()
    }
    weight = rows["weight"].to_numpy()
    weighted = counts @ (rows["auc_rebalanced"].to_numpy() * weight)
    values["auc_rebalanced"] = weighted / (counts @ weight)
    difference = (rows["colourfulness"] - rows["colourfulness_truth"]).to_numpy()
    values["delta_colourfulness"] = np.abs(counts @ difference / total)
    return values


def interval(values: np.ndarray) -> dict[str, float]:
    """value, low and high: the estimate and the ends of its bootstrap interval."""
    low, high = np.quantile(values[1:], QUANTILES)
    return dict(value=float(values[0]), low=float(low), high=float(high))


def summarise(per_image: pd.DataFrame) -> dict[str, dict[str, dict[str, float]]]:
    """method → metric → {value, low, high}, from a table of image, method and metrics."""
    counts = resampling(per_image["image"].nunique())
    return {
        method: {
            name: interval(values) for name, values in aggregates(rows, counts).items()
        }
        for method, rows in per_image.groupby("method", sort=False)
    }


def compare(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """Paired differences left − right of each shared metric, with intervals.

    Each side holds one method's rows, on the same images. Raises ValueError for others.
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
