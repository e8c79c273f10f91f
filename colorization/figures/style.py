"""The style of all figures."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
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
    # Letters drawn as outlines look the same everywhere. With fixed names of elements
    # equal drawings are equal files.
    "svg.fonttype": "path",
    "svg.hashsalt": "colorization",
}
DPI = 150


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
                with atomic(vector) as temporary:
                    drawing.savefig(temporary, metadata={"Date": None})
        finally:
            plt.close(drawing)


def ab_plane(axes, extent: int = 115) -> None:
    """Label axes as the ab plane with equal scales: b to the right, a downwards.

    This is how the paper's figure 3 draws it.
    """
    axes.set(xlim=(-extent, extent), ylim=(extent, -extent), xlabel="b", ylabel="a")
    axes.set_aspect("equal")
