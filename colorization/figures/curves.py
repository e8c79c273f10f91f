"""Cumulative error curves (the paper's AuC is the area under them)."""

from pathlib import Path

import pandas as pd

from colorization.figures.style import COLOURS, figure


def draw(curves: pd.DataFrame, path: Path | str) -> None:
    """Raw and rebalanced curves of every method against the threshold."""
    methods = [c for c in curves.columns[1:] if not c.endswith(" rebalanced")]
    with figure(path, 1, 2, figsize=(10, 4), sharey=True) as (_, axes):
        for axis, suffix in zip(axes, ("", " rebalanced"), strict=True):
            for method, colour in zip(methods, COLOURS, strict=False):
                share = curves[method + suffix]
                area = (share[:-1].to_numpy() + share[1:].to_numpy()).mean() / 2
                label = f"{method}: AuC {100 * area:.1f} %"
                axis.plot(curves["threshold"], 100 * share, color=colour, label=label)
            axis.set(
                xlabel="threshold, Lab units", title="rebalanced" if suffix else "raw"
            )
            axis.legend(loc="lower right")
        axes[0].set_ylabel("pixels within threshold, %")
