"""A user's photographs in the gallery: small copies of results and of what they were."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from colorization.images.image_file import UNREADABLE, load_rgb
from colorization.runtime.tables import read_table

# The most for one run, and their longer side in pixels.
PHOTOGRAPHS, SIDE = 24, 1024
# A photograph has colours of its own if its channels differ by more than this anywhere;
# a JPEG's gray is not exact.
NEARLY_GRAY = 24

# Writes pixels under a name, and returns the picture's address.
Save = Callable[[np.ndarray, str], str]

# The results are the pipeline's own: large ones are not attacks.
Image.MAX_IMAGE_PIXELS = None


class Colorized(NamedTuple):
    """A run's results, and the photographs or folder that they were made from, if known."""

    results: Path  # results/colorize/<run>
    photographs: Path | None


def describe(run: str, colorized: Colorized, save: Save) -> list[dict[str, str]]:
    """Names and addresses: colorized, gray and, of those that had colours, the truth."""
    path = colorized.results / "photographs.csv"
    table = read_table(path, [], ["photograph", "result"])
    shown = []
    for row in table[table["result"] != ""].itertuples():
        path = colorized.results / row.result
        if len(shown) == PHOTOGRAPHS or not path.is_file():
            continue
        with Image.open(path) as file:
            # Before the conversion, which needs more memory.
            file.thumbnail((SIDE, SIDE))
            small = file.convert("RGBA")
        name = f"{run}/photograph-{len(shown)}"
        pictures = dict(model=small, gray=small.convert("LA"))
        if truth := _truth(colorized.photographs, row.photograph, small.size):
            pictures["ground-truth"] = truth
        shown.append(
            dict(name=row.photograph)
            | {
                key: save(np.asarray(picture), f"{name}-{key}")
                for key, picture in pictures.items()
            }
        )
    return shown


def _truth(
    photographs: Path | None, name: str, size: tuple[int, int]
) -> Image.Image | None:
    """The photograph itself, if it is still there and has colours."""
    if photographs is None:
        return None
    path = photographs / name if photographs.is_dir() else photographs
    try:
        small = load_rgb(path).resize(size, Image.Resampling.LANCZOS)
    except UNREADABLE:
        return None
    pixels = np.asarray(small, np.int16)
    return small if np.ptp(pixels, axis=-1).max() > NEARLY_GRAY else None
