"""Grids of images with headings."""

from pathlib import Path

import numpy as np

from colorization.figures.style import figure


def draw(columns: dict[str, np.ndarray], path: Path | str, scale: float = 1.0) -> None:
    """One column a heading, one row an image: each value uint8 (N, H, W, 3)."""
    count, width = len(next(iter(columns.values()))), len(columns)
    size = (1.3 * scale * width, 1.3 * scale * count + 0.3)
    with figure(path, count, width, figsize=size, squeeze=False) as (drawing, axes):
        drawing.get_layout_engine().set(
            w_pad=0.01, h_pad=0.01, wspace=0.01, hspace=0.01
        )
        for column, (heading, images) in enumerate(columns.items()):
            axes[0, column].set_title(heading, fontsize=9)
            for row, image in enumerate(images):
                axes[row, column].imshow(image, interpolation="nearest")
                axes[row, column].axis("off")
