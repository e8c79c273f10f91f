"""The prior and the class weights over the ab plane."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.colors import LogNorm
from matplotlib.patches import Rectangle
from matplotlib.ticker import LogLocator, NullFormatter

from colorization.figures.style import WIDE, ab_plane, figure, squares

# Bins that are less probable get the lowest colour.
LOWEST = 1e-7
# Bins that no training pixel fell on.
UNSEEN: dict[str, Any] = dict(
    facecolor="none", edgecolor="0.55", linewidth=0.5, hatch="/////"
)


def draw(
    table: pd.DataFrame, path: Path | str, vector: Path | str | None = None
) -> None:
    """Empirical prior, smoothed prior and class weights of table.csv, on log scales.

    In the first panel, bins that were never seen are hatched: they are not merely rare.
    """
    panels = [
        ("probability", "how often each bin was seen", LogNorm(LOWEST, 1)),
        ("smoothed", "smoothed prior", LogNorm(LOWEST, 1)),
        ("weight", "rebalancing weight w", LogNorm()),
    ]
    seen = table["count"] > 0
    with figure(path, 1, 3, vector, figsize=(WIDE, 3.2)) as (drawing, axes):
        side = np.diff(np.unique(table["a"].to_numpy(np.float64))).min()
        for axis, (column, title, norm) in zip(axes, panels, strict=True):
            ab_plane(axis, 122)
            values = table[column].clip(lower=LOWEST)
            if column == "probability":
                values = values.where(seen)
                unseen = table.loc[~seen, ["a", "b"]].to_numpy()
                axis.add_collection(squares(unseen, side, **UNSEEN))
            mesh = axis.pcolormesh(
                *_grid(table, values, side),
                norm=norm,
                cmap="viridis",
                edgecolors="face",
            )
            extend = "neither" if column == "weight" else "min"
            bar = drawing.colorbar(mesh, ax=axis, shrink=0.8, extend=extend)
            if column == "weight":  # about one decade
                bar.ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
                bar.ax.yaxis.set_major_formatter("{x:g}")
                bar.ax.yaxis.set_minor_formatter(NullFormatter())
            axis.set_title(title)
            axis.axhline(0, color="black", linewidth=0.4)
            axis.axvline(0, color="black", linewidth=0.4)
            axis.label_outer()
        if not seen.all():
            never = f"never: {(~seen).sum()} bins"
            patch = Rectangle((0, 0), 1, 1, label=never, **UNSEEN)
            small = dict(fontsize=8, borderpad=0, handlelength=1.2, handletextpad=0.5)
            axes[0].legend(handles=[patch], loc="upper left", **small)


def _grid(table: pd.DataFrame, values: pd.Series, side: float) -> tuple:
    """Edges in b, edges in a, and the values on the full grid, NaN where no bin is."""
    axis = np.arange(-110, 110 + side, side)
    grid = np.full((len(axis), len(axis)), np.nan)
    index = np.rint((table[["a", "b"]].to_numpy() - axis[0]) / side).astype(int)
    grid[index[:, 0], index[:, 1]] = values
    edges = np.append(axis - side / 2, axis[-1] + side / 2)
    return edges, edges, grid
