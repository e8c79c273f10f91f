"""The bins over the ab plane."""

from pathlib import Path
from typing import Any

import numpy as np
from skimage.color import lab2rgb

from colorization.figures.style import WIDE, ab_plane, figure, squares
from colorization.method.cielab import gamut_margin, into_gamut

AXIS = np.arange(-120, 121, 2.0)
LIGHTNESS = np.arange(1, 100, 1.0)


def plane(lightness: float) -> np.ndarray:
    """Lab colours (A, A, 3) of the ab plane at one lightness; axes a, b are AXIS."""
    a, b = np.meshgrid(AXIS, AXIS, indexing="ij")
    return np.stack([np.full_like(a, lightness), a, b], axis=-1)


def _squares(axes, bins: np.ndarray, side: float, lightness: float, **edge) -> None:
    """Draw each bin as a square of its colour at one lightness, or the nearest in sRGB."""
    lab = np.concatenate([np.full((len(bins), 1), lightness), bins], axis=1)
    colours = lab2rgb(into_gamut(lab)[None])[0] if len(bins) else []
    axes.add_collection(squares(bins, side, facecolors=colours, **edge))


def draw(
    bins: np.ndarray, name: str, path: Path | str, vector: Path | str | None = None
) -> None:
    """Bins (Q, 2) at L = 50 with sRGB's outline, and those in gamut at other L.

    It follows the paper's figure 3(a).
    """
    side = np.diff(np.unique(bins[:, 0])).min()
    reachable = np.max([gamut_margin(plane(level)) for level in LIGHTNESS], axis=0)
    with figure(path, vector=vector, figsize=(WIDE, 5.5)) as (drawing, axes):
        axes.remove()
        layout: list[Any] = [["all", "all", level, level + 20] for level in (20, 60)]
        panels = drawing.subplot_mosaic(layout)
        axes = panels.pop("all")
        _squares(axes, bins, side, 50, edgecolor="white", linewidth=0.6)
        lines = dict(levels=[0], linewidths=1.6, colors="black")
        axes.contour(AXIS, AXIS, reachable, **lines)
        axes.contour(AXIS, AXIS, gamut_margin(plane(50)), linestyles="--", **lines)
        axes.plot([], [], color="black", label="sRGB, all L")
        axes.plot([], [], color="black", linestyle="--", label="sRGB at L = 50")
        axes.legend(loc="lower right")
        axes.set_title(f"{name}: {len(bins)} bins, coloured at L = 50")
        ab_plane(axes, 122)
        for level, panel in panels.items():
            lab = np.concatenate([np.full((len(bins), 1), level), bins], axis=1)
            inside = gamut_margin(lab) >= 0
            # Edges of their own colour: else an SVG shows seams.
            _squares(panel, bins[inside], side, level, edgecolor="face", linewidth=0.3)
            panel.contour(
                AXIS, AXIS, reachable, levels=[0], linewidths=0.6, colors="0.5"
            )
            panel.set_title(f"L = {level}: {inside.sum()} in gamut")
            ab_plane(panel, 110)
            # The same plane as beside it, where the scale is.
            panel.set(xticks=[], yticks=[], xlabel="", ylabel="")
            panel.spines[:].set_visible(False)
            panel.plot(0, 0, "+", color="0.5", markersize=7)
