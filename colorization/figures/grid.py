"""Grids of images, with a heading for each column."""

from pathlib import Path

import numpy as np

from colorization.figures.style import figure


def draw(
    columns: dict[str, np.ndarray], path: Path | str, labels: list[str] | None = None
) -> None:
    """A column of images, uint8 (N, H, W, 3), for each heading.

    `labels` stand beside the rows. Headings are plain text: `$` starts no formula.
    """
    count, width = len(next(iter(columns.values()))), len(columns)
    size = (1.3 * width, 1.3 * count + 0.3)
    with figure(path, count, width, figsize=size, squeeze=False) as (drawing, axes):
        drawing.set_layout_engine(
            "constrained", w_pad=0.01, h_pad=0.01, wspace=0.01, hspace=0.01
        )
        for column, (heading, images) in enumerate(columns.items()):
            title = "colorized" if heading == "model" else heading
            axes[0, column].set_title(title, fontsize=9, parse_math=False)
            for row, image in enumerate(images):
                axes[row, column].imshow(image, interpolation="nearest")
                axes[row, column].set(xticks=[], yticks=[])
                axes[row, column].spines[:].set_visible(False)
        for row, label in enumerate(labels or []):
            axes[row, 0].set_ylabel(label, fontsize=8)
