"""The style of all figures."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler

from colorization.method.constants import GRAY, MODEL, PRIOR_MEAN, RANDOM, TRUTH
from colorization.runtime.files import atomic

# Okabe and Ito's colours: colour-blind readers can tell them apart, too.
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
# A method keeps its colour from figure to figure.
METHOD_COLOURS = {
    MODEL: "#0072B2",
    GRAY: "#7f7f7f",
    RANDOM: "#E69F00",
    PRIOR_MEAN: "#CC79A7",
    TRUTH: "#000000",
}
# A run keeps its colour, too: those that no baseline has, then other lines.
RUN_COLOURS = ["#0072B2", "#D55E00", "#009E73", "#8F63D6"]
RUN_LINES = ["-", "--", "-.", ":"]
# A legend with more entries stands beside the chart.
FEW = 8
# Inches. At these sizes letters are equally large in narrow and wide figures.
WIDE, NARROW = 10.0, 6.5
SETTINGS: dict[Any, Any] = {
    "font.size": 10,
    "axes.titlesize": 10,
    "legend.fontsize": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=COLOURS),
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
    # What lies behind an SVG shows: a page may be dark.
    "axes.facecolor": "none",
    # Letters drawn as outlines look the same everywhere. With fixed names of elements
    # equal drawings are equal files.
    "svg.fonttype": "path",
    "svg.hashsalt": "colorization",
}
DPI = 150
# On a dark page an SVG has light lines and letters. Glyphs have no colour of their own.
DARK = """<style>@media (prefers-color-scheme: dark) {
svg { fill: #ededed }
[style*="fill: #000000"] { fill: #ededed !important }
[style*="stroke: #000000"] { stroke: #ededed !important }
[style*="stroke: #ffffff"] { stroke: #161616 !important }
[style*="fill: #0072b2"] { fill: #4aa8e0 !important }
[style*="stroke: #0072b2"] { stroke: #4aa8e0 !important }
}</style>"""


@contextmanager
def figure(
    path: Path | str,
    rows: int = 1,
    columns: int = 1,
    vector: Path | str | None = None,
    **options,
) -> Generator:
    """Yield (figure, axes), and then save to `path` atomically, without a date.

    With `vector` it is saved there, too, as an SVG.
    """
    with plt.rc_context(SETTINGS):
        drawing: Figure
        drawing, axes = plt.subplots(rows, columns, **options)
        try:
            yield drawing, axes
            with atomic(path) as temporary:
                drawing.savefig(temporary, dpi=DPI, metadata={"Software": None})
            if vector:
                # All has its place by now, and finding it takes a third of the time.
                drawing.set_layout_engine("none")
                with atomic(vector) as temporary:
                    drawing.savefig(
                        temporary, facecolor="none", metadata={"Date": None}
                    )
                    _adapt(temporary)
        finally:
            plt.close(drawing)


def style_of_run(number: int) -> dict[str, str]:
    """Colour and line of a run, by its place among the runs."""
    line, colour = divmod(number, len(RUN_COLOURS))
    return dict(color=RUN_COLOURS[colour], linestyle=RUN_LINES[line % len(RUN_LINES)])


def beside(axis, place: str) -> None:
    """A legend at a place in the axes, or right of them if it is long."""
    if len(axis.get_legend_handles_labels()[0]) <= FEW:
        axis.legend(loc=place)
    else:
        axis.legend(loc="upper left", bbox_to_anchor=(1, 1), fontsize=8)


def _adapt(svg: Path) -> None:
    """Let the drawing follow the page's colour scheme."""
    text = svg.read_text(encoding="utf-8")
    head, definitions, rest = text.partition(" <defs>")
    assert definitions, "no SVG of matplotlib"
    svg.write_text(f"{head} {DARK}\n{definitions}{rest}", encoding="utf-8")


def squares(bins: np.ndarray, side: float, **options) -> PolyCollection:
    """Squares around bins (Q, 2) in the ab plane as `ab_plane` shows it."""
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * side / 2
    return PolyCollection(list(bins[:, None, ::-1] + corners), **options)


def ab_plane(axes, extent: int = 115) -> None:
    """Label axes as the ab plane with equal scales: b to the right, a downwards.

    This is how the paper's figure 3 draws it.
    """
    axes.set(xlim=(-extent, extent), ylim=(extent, -extent), xlabel="b", ylabel="a")
    axes.set_aspect("equal")
