"""Cumulative error curves; the area under one is the paper's AuC."""

from pathlib import Path

import pandas as pd

from colorization.figures.style import METHOD_COLOURS, WIDE, figure


def draw(
    curves: pd.DataFrame, path: Path | str, vector: Path | str | None = None
) -> None:
    """Raw and rebalanced curves of each method, over the threshold."""
    methods = [name for name in curves.columns[1:] if not name.endswith(" rebalanced")]
    with figure(path, 1, 2, vector, figsize=(WIDE, 3.8), sharey=True) as (_, axes):
        for axis, suffix in zip(axes, ("", " rebalanced"), strict=True):
            for method in methods:
                share = curves[method + suffix]
                area = (share[:-1].to_numpy() + share[1:].to_numpy()).mean() / 2
                label = f"{method}: AuC {100 * area:.1f} %"
                style = dict(color=METHOD_COLOURS[method], label=label)
                axis.plot(curves["threshold"], 100 * share, **style)
            axis.set(
                xlabel="threshold, Lab units", title="rebalanced" if suffix else "raw"
            )
            axis.legend(loc="lower right")
        axes[0].set_ylabel("pixels within threshold, %")
