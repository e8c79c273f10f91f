"""Raw and rebalanced AuC of all runs and baselines: the paper's table 1 as a chart."""

import math
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from colorization.figures.style import METHOD_COLOURS, NARROW, figure
from colorization.method.constants import GRAY, MODEL, TRUTH

# Offsets of a name from the edge of its marker, in points; the best first. A name that is
# not beside its marker has a line to it.
BESIDE = [(x, y) for x in (4, -4) for y in (8, -8)]
APART = [(x, y) for y in (20, -20, 32, -32, 44, -44) for x in (8, -8)]
# The same for the ends of a curve.
NEAR: list[tuple[float, int]] = [(5, 0), (-5, 0), (0, 9), (0, -9)]
NEAR += [(5, 9), (-5, 9), (5, -9), (-5, -9)]


class Point(NamedTuple):
    """A run or a baseline: each AuC in %, with the ends of its interval (3,)."""

    name: str
    is_run: bool
    raw: np.ndarray
    rebalanced: np.ndarray
    colourfulness: float

    @property
    def area(self) -> float:
        """Of its marker, in square points."""
        return 20 + 6 * self.colourfulness

    def outside(self, offsets: list[tuple[int, int]]) -> list[tuple[float, int]]:
        """Offsets from the edge of the marker as offsets from its centre."""
        radius = math.sqrt(self.area) / 2
        return [(x + math.copysign(radius, x), y) for x, y in offsets]


class Sweep(NamedTuple):
    """How a run was decoded: its temperature T, and its table temperatures.csv."""

    temperature: float
    table: pd.DataFrame


def draw(
    table: pd.DataFrame,
    sweeps: Mapping[str, Sweep],
    path: Path | str,
    vector: Path | str | None = None,
) -> None:
    """Draw the rows of `comparison.tabulate`: a larger marker is more colourful.

    Bars are intervals. The ground truth is left out: it is at 100 % on both axes.
    `sweeps` are of runs that classify: each is a curve over the shares τ at the run's T.
    """
    points = _points(table)
    curves = [c for c in map(_curve, sweeps.values()) if c is not None]
    with figure(path, vector=vector, figsize=(NARROW, 4.8)) as (drawing, axes):
        for point in points:
            _mark(axes, point)
        for curve in curves:
            _trace(axes, curve)
        _explain(axes, with_curves=bool(curves))
        axes.set(xlabel="AuC, raw, %", ylabel="AuC, rebalanced, %")
        axes.margins(0.15)
        drawing.draw_without_rendering()  # the axes' limits are needed
        taken = _write_names(axes, points, curves)
        _write_ends(axes, curves, taken)


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


def _curve(sweep: Sweep) -> pd.DataFrame | None:
    """Columns rebalance, raw and rebalanced (AuC in %), in the order of τ.

    None if there are not two shares at the run's temperature.
    """
    rows = sweep.table[np.isclose(sweep.table["temperature"], sweep.temperature)]
    rows = rows.sort_values("rebalance")
    if rows["rebalance"].nunique() < 2:
        return None
    raw, rebalanced = 100 * rows["auc"], 100 * rows["auc_rebalanced"]
    return rows[["rebalance"]].assign(raw=raw, rebalanced=rebalanced)


def _mark(axes, point: Point) -> None:
    colour = METHOD_COLOURS[MODEL if point.is_run else point.name]
    (x, left, right), (y, below, above) = point.raw, point.rebalanced
    bars = dict(xerr=[[x - left], [right - x]], yerr=[[y - below], [above - y]])
    axes.errorbar(x, y, **bars, color=colour, linewidth=0.8)
    marker = "o" if point.is_run else "s"
    axes.scatter(
        x, y, s=point.area, color=colour, alpha=0.6, marker=marker, linewidth=0
    )


def _trace(axes, curve: pd.DataFrame) -> None:
    style = dict(color=METHOD_COLOURS[MODEL], linewidth=0.8, marker=".", markersize=4)
    axes.plot(curve["raw"], curve["rebalanced"], **style)


def _explain(axes, with_curves: bool) -> None:
    """The title and the legend, above the axes."""
    model, gray = METHOD_COLOURS[MODEL], METHOD_COLOURS[GRAY]
    axes.scatter([], [], s=40, color=model, label="run")
    axes.scatter([], [], s=40, color=gray, marker="s", label="baseline")
    axes.plot([], [], color=gray, linewidth=0.8, label="95 % interval")
    if with_curves:
        style = dict(color=model, linewidth=0.8, marker=".", markersize=4)
        axes.plot([], [], **style, label="a run at several τ")
    above = dict(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2)
    axes.legend(ncols=4, columnspacing=1.4, **above)
    axes.set_title("The larger a marker, the more colourful", loc="left", pad=24)


def _write_names(axes, points: list[Point], curves: list[pd.DataFrame]) -> list[Bbox]:
    """Write each name at the first free offset; without one, it is left out.

    Runs come first: where many crowd, names of baselines are missed least. A name may
    cross a curve if it must. Returns the boxes that are taken then.
    """
    centres = axes.transData.transform([(p.raw[0], p.rebalanced[0]) for p in points])
    taken = [_box(centre, 8) for centre in centres]
    lines = _along(axes, curves)
    for point in sorted(points, key=lambda point: not point.is_run):
        place = point.raw[0], point.rebalanced[0]
        beside = point.outside(BESIDE)
        line = dict(arrowprops=dict(arrowstyle="-", color="0.5", linewidth=0.6))
        box = (
            _write(axes, point.name, place, beside, taken + lines)
            or _write(axes, point.name, place, beside, taken)
            or _write(axes, point.name, place, point.outside(APART), taken, **line)
        )
        if box:
            taken.append(box)
    return taken


def _write_ends(axes, curves: list[pd.DataFrame], taken: list[Bbox]) -> None:
    """Write the first and the last τ of each curve, where there is room."""
    taken = taken + _along(axes, curves)
    for curve in curves:
        for end in (curve.iloc[0], curve.iloc[-1]):
            text = f"τ = {end['rebalance']:g}".replace("-", "−")
            place = end["raw"], end["rebalanced"]
            style = dict(fontsize=8, color=METHOD_COLOURS[MODEL])
            if box := _write(axes, text, place, NEAR, taken, **style):
                taken.append(box)


def _along(axes, curves: list[pd.DataFrame]) -> list[Bbox]:
    """Small boxes that cover the curves."""
    boxes = []
    for curve in curves:
        dots = axes.transData.transform(curve[["raw", "rebalanced"]].to_numpy())
        for start, end in pairwise(dots):
            steps = max(2, math.ceil(math.dist(start, end) / 3))
            boxes += [_box(place, 2) for place in np.linspace(start, end, steps)]
    return boxes


def _box(centre: np.ndarray, reach: float) -> Bbox:
    """A square around a place, in pixels."""
    return Bbox([centre - reach, centre + reach])


def _write(
    axes,
    text: str,
    place: tuple[float, float],
    offsets: list[tuple[float, int]],
    taken: list[Bbox],
    **style,
) -> Bbox | None:
    """Write a text at the first offset, in points, that is not taken. Returns its box."""
    for x, y in offsets:
        written = axes.annotate(
            text,
            place,
            xytext=(x, y),
            textcoords="offset points",
            ha="left" if x > 0 else "right" if x < 0 else "center",
            va="center",
            parse_math=False,
            **style,
        )
        written.get_window_extent()  # moves the text to its place
        # Of the text alone, without a line to the marker.
        box = Text.get_window_extent(written)
        if not any(box.overlaps(taken_box) for taken_box in taken):
            return box
        written.remove()
    return None
