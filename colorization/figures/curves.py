"""Cumulative error curves; the area under one is the paper's AuC."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from colorization.figures.style import (
    METHOD_COLOURS,
    WIDE,
    beside,
    figure,
    style_of_run,
)
from colorization.method.constants import MODEL, TRUTH


def draw(
    curves: Mapping[str, Mapping[str, pd.DataFrame]],
    path: Path | str,
    vector: Path | str | None = None,
) -> None:
    """Raw and rebalanced curves over the threshold: dataset → run → curves.csv.

    A row of panels for each dataset, with all of its runs and, once, its baselines. The
    ground truth is left out: it is at 100 % everywhere.
    """
    size = (WIDE, 3.8 * len(curves))
    options = dict(figsize=size, sharey=True, squeeze=False)
    with figure(path, len(curves), 2, vector, **options) as (_, axes):
        for row, (dataset, of_runs) in zip(axes, curves.items(), strict=True):
            for axis, suffix in zip(row, ("", " rebalanced"), strict=True):
                _baselines(axis, next(iter(of_runs.values())), suffix)
                for number, (run, table) in enumerate(of_runs.items()):
                    _curve(axis, table, MODEL + suffix, run, **style_of_run(number))
                title = suffix.strip() or "raw"
                axis.set_title(title if len(curves) == 1 else f"{title}: {dataset}")
                axis.set_xlabel("threshold, Lab units")
                beside(axis, "lower right")
            row[0].set_ylabel("pixels within threshold, %")


def _baselines(axis, table: pd.DataFrame, suffix: str) -> None:
    for method in table.columns[1:]:
        if method in METHOD_COLOURS and method not in (MODEL, TRUTH):
            style = dict(color=METHOD_COLOURS[method], linewidth=1.2)
            _curve(axis, table, method + suffix, method, **style)


def _curve(axis, table: pd.DataFrame, column: str, name: str, **style) -> None:
    share = table[column]
    area = (share[:-1].to_numpy() + share[1:].to_numpy()).mean() / 2
    label = f"{name}: AuC {100 * area:.1f} %"
    axis.plot(table["threshold"], 100 * share, label=label, **style)
