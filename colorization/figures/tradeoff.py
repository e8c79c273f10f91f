"""Raw and rebalanced AuC of all runs and baselines: the paper's table 1 as a chart."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.transforms import Bbox

from colorization.figures.style import METHOD_COLOURS, NARROW, figure
from colorization.method.constants import GRAY, MODEL, TRUTH

# Offsets of a name from its marker, in points; the best first.
OFFSETS = [(x, y) for x in (9, -9) for y in (8, -8, 18, -18, 28, -28)]


class Point(NamedTuple):
    """A run or a baseline: each AuC in %, with the ends of its interval (3,)."""

    name: str
    is_run: bool
    raw: np.ndarray
    rebalanced: np.ndarray
    colourfulness: float


def draw(
    table: pd.DataFrame, path: Path | str, vector: Path | str | None = None
) -> None:
    """Draw the rows of `comparison.tabulate`: a larger marker is more colourful.

    Bars are intervals. The ground truth is left out: it is at 100 % on both axes.
    """
    points = _points(table)
    with figure(path, vector=vector, figsize=(NARROW, 4.6)) as (drawing, axes):
        for point in points:
            _mark(axes, point)
        model, gray = METHOD_COLOURS[MODEL], METHOD_COLOURS[GRAY]
        axes.scatter([], [], s=40, color=model, label="run")
        axes.scatter([], [], s=40, color=gray, marker="s", label="baseline")
        axes.plot([], [], color=gray, linewidth=0.8, label="95 % interval")
        axes.set(xlabel="AuC, raw, %", ylabel="AuC, rebalanced, %")
        axes.margins(0.15)
        title = "The larger a marker, the more colourful"
        axes.set_title(title, loc="left", pad=24)
        above = dict(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2)
        axes.legend(ncols=3, **above)
        drawing.draw_without_rendering()  # the axes' limits are needed
        _write_names(axes, points)


def _points(table: pd.DataFrame) -> list[Point]:
    """The rows with intervals: runs and baselines, but no means over seeds."""
    points = []
    for (name, kind, _), rows in table.groupby(["run", "kind", "dataset"], sort=False):
        if name == TRUTH or kind not in ("run", "baseline"):
            continue
        scores = rows.set_index("metric")[["value", "low", "high"]]
        raw, rebalanced = (
            100 * scores.loc[metric].to_numpy(float)
            for metric in ("auc", "auc_rebalanced")
        )
        colourfulness = scores.loc["colourfulness", "value"]
        points.append(Point(name, kind == "run", raw, rebalanced, colourfulness))
    return points


def _mark(axes, point: Point) -> None:
    colour = METHOD_COLOURS[MODEL if point.is_run else point.name]
    (x, left, right), (y, below, above) = point.raw, point.rebalanced
    bars = dict(xerr=[[x - left], [right - x]], yerr=[[y - below], [above - y]])
    axes.errorbar(x, y, **bars, color=colour, linewidth=0.8)
    marker, size = "o" if point.is_run else "s", 20 + 6 * point.colourfulness
    axes.scatter(x, y, s=size, color=colour, alpha=0.6, marker=marker, linewidth=0)


def _write_names(axes, points: list[Point]) -> None:
    """Write each name at the first free offset; without one, it is left out.

    Runs come first: where many crowd, names of baselines are missed least.
    """
    centres = axes.transData.transform([(p.raw[0], p.rebalanced[0]) for p in points])
    taken = [Bbox.from_bounds(x - 8, y - 8, 16, 16) for x, y in centres]
    for point in sorted(points, key=lambda point: not point.is_run):
        for x, y in OFFSETS:
            text = axes.annotate(
                point.name,
                (point.raw[0], point.rebalanced[0]),
                xytext=(x, y),
                textcoords="offset points",
                ha="left" if x > 0 else "right",
                va="center",
                parse_math=False,
            )
            box = text.get_window_extent()
            if not any(box.overlaps(taken_box) for taken_box in taken):
                taken.append(box)
                break
            text.remove()
