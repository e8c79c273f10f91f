"""Grids of images, with a heading for each column."""

from pathlib import Path

import numpy as np

from colorization.figures.style import figure

# In inches: the height of an image, of the headings, and the width of the labels.
HEIGHT, HEADING, LABEL = 1.3, 0.32, 0.4
# White pixels between two images, as a share of their height.
GAP = 0.03


def draw(
    columns: dict[str, np.ndarray], path: Path | str, labels: list[str] | None = None
) -> None:
    """A column of images, uint8 (N, H, W, 3), for each heading.

    `labels` stand beside the rows. Headings are plain text: `$` starts no formula.
    """
    count, height, width, _ = next(iter(columns.values())).shape
    gap = max(1, round(GAP * height))
    inch = HEIGHT / height
    across = inch * (width + gap) * len(columns) + (LABEL if labels else 0)
    size = across, inch * (height + gap) * count + HEADING
    with figure(path, 1, len(columns), figsize=size, squeeze=False) as (drawing, axes):
        drawing.set_layout_engine("compressed", w_pad=0.02, h_pad=0.04, wspace=0)
        for axis, (heading, images) in zip(axes[0], columns.items(), strict=True):
            title = "colorized" if heading == "model" else heading
            axis.set_title(title, fontsize=9, parse_math=False)
            axis.imshow(_stacked(images, gap), interpolation="nearest")
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
        if labels:
            middles = np.arange(count) * (height + gap) + height / 2
            axes[0, 0].set_yticks(middles, labels, rotation=90, va="center", fontsize=8)
            axes[0, 0].tick_params(length=0)


def _stacked(images: np.ndarray, gap: int) -> np.ndarray:
    """Images one below the other, with a gap between two."""
    padded = np.pad(images, [(0, 0), (0, gap), (0, 0), (0, 0)], constant_values=255)
    return padded.reshape(-1, *images.shape[2:])[:-gap]
