"""The bins over the ab plane."""

from pathlib import Path

import numpy as np
from skimage.color import lab2rgb

from colorization.color import gamut_margin
from colorization.figures.style import ab_plane, figure

AXIS = np.arange(-120, 121, 2.0)
LIGHTNESS = np.arange(1, 100, 2.0)


def plane(lightness: float) -> np.ndarray:
    """Lab (a, b, 3) of the ab plane at one lightness, on AXIS."""
    a, b = np.meshgrid(AXIS, AXIS, indexing="ij")
    return np.stack([np.full_like(a, lightness), a, b], axis=-1)


def draw(bins: np.ndarray, name: str, path: Path | str) -> None:
    """Bins (Q, 2) as squares of their own colour at L = 50, with sRGB's outline."""
    side = np.diff(np.unique(bins[:, 0])).min()
    lab = np.concatenate([np.full((len(bins), 1), 50), bins], axis=1)
    colours = lab2rgb(lab[None])[0]
    reachable = np.max([gamut_margin(plane(level)) for level in LIGHTNESS], axis=0)
    with figure(path, figsize=(6, 5.6)) as (_, axes):
        half = side / 2
        for (a, b), colour in zip(bins, colours, strict=True):
            corners = (
                [b - half, b + half, b + half, b - half],
                [a - half, a - half, a + half, a + half],
            )
            axes.fill(*corners, facecolor=colour, edgecolor="white", linewidth=0.6)
        lines = dict(levels=[0], linewidths=1.6)
        axes.contour(AXIS, AXIS, reachable, colors="black", **lines)
        axes.contour(
            AXIS,
            AXIS,
            gamut_margin(plane(50)),
            colors="black",
            linestyles="--",
            **lines,
        )
        axes.plot([], [], color="black", label="sRGB, all L")
        axes.plot([], [], color="black", linestyle="--", label="sRGB at L = 50")
        axes.legend(loc="upper left", fontsize=8)
        axes.set_title(f"{name}: {len(bins)} bins, coloured at L = 50")
        ab_plane(axes, 122)
