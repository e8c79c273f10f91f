"""Loss curves of training runs."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from colorization.figures.style import NARROW, WIDE, beside, figure, style_of_run


def draw(
    histories: Mapping[str, Mapping[str, pd.DataFrame]],
    path: Path | str,
    vector: Path | str | None = None,
) -> None:
    """Loss over images seen: kind of loss → run → history.csv.

    A panel for each kind, as losses of different kinds do not compare. Validation is a
    line with dots, training a thin one; the best validation, which is kept, has a ring.
    """
    count = len(histories)
    rows, columns = (count + 1) // 2, min(count, 2)
    size = (NARROW if count == 1 else WIDE, 3.8 * rows)
    options = dict(figsize=size, squeeze=False)
    with figure(path, rows, columns, vector, **options) as (_, axes):
        number = 0
        for axis, (kind, of_runs) in zip(axes.flat, histories.items(), strict=False):
            for run, history in of_runs.items():
                _trace(axis, history, run, **style_of_run(number))
                number += 1
            quiet = dict(color="0.5", label="training")
            axis.plot([], [], linewidth=0.8, marker=".", markersize=3, **quiet)
            ylabel = f"loss, {kind}" if kind else "loss"
            axis.set(xlabel="images seen", ylabel=ylabel, xlim=(0, None))
            axis.xaxis.set_major_formatter("{x:,.0f}")
            beside(axis, "best")
        for axis in axes.flat[count:]:
            axis.remove()


def _trace(axis, history: pd.DataFrame, run: str, **style) -> None:
    images = history["images"]
    thin = style | dict(linewidth=0.8, marker=".", markersize=3, alpha=0.8)
    axis.plot(images, history["train_loss"], **thin)
    best = history.loc[history["validation_loss"].idxmin()]
    kept = f"{best['validation_loss']:.4g}, kept at step {best['step']:.0f}"
    label = f"{run}: {kept}" if run else kept
    thick = style | dict(marker="o", markersize=4, label=label)
    axis.plot(images, history["validation_loss"], **thick)
    ring = dict(color=style["color"], fillstyle="none", markersize=11, marker="o")
    axis.plot(best["images"], best["validation_loss"], linestyle="none", **ring)


if __name__ == "__main__":  # by hand, while a run trains
    draw({"": {"": pd.read_csv(sys.argv[1])}}, sys.argv[2])
