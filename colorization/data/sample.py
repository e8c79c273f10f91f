"""The embedded dataset: windows of photographs in scikit-image's wheel."""

from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

from colorization.data.dataset import SPLITS, ImageWriter, write_description
from colorization.data.windows import cut, random_window
from colorization.runtime.files import atomic
from colorization.runtime.progress import track

# All colour photographs of everyday things in the wheel; of the stereo pair only the left
# one, as the right one is much the same.
PHOTOGRAPHS = {
    "astronaut": skimage.data.astronaut,
    "chelsea": skimage.data.chelsea,
    "coffee": skimage.data.coffee,
    "motorcycle": lambda: skimage.data.stereo_motorcycle()[0],
    "rocket": skimage.data.rocket,
}
# The box (left, top, right, bottom) of each photograph that a split is cut from, as
# fractions of its sides: boxes share no pixel, and each holds more than background.
SPLIT_BOXES = {
    "train": (0.0, 0.0, 0.6, 1.0),
    "validation": (0.6, 0.5, 1.0, 1.0),
    "test": (0.6, 0.0, 1.0, 0.5),
}
# Smaller windows would be enlarged too much to look like photographs.
SMALLEST_WINDOW = 72


def split_box(width: int, height: int, split: str) -> tuple[int, int, int, int]:
    """The box (left, top, right, bottom), in pixels, that a split's windows lie in."""
    left, top, right, bottom = SPLIT_BOXES[split]
    return (
        round(left * width),
        round(top * height),
        round(right * width),
        round(bottom * height),
    )


def prepare(folder: Path, size: int, windows: dict[str, int], seed: int) -> None:
    """Write train.npy, validation.npy, test.npy and dataset.json into `folder`.

    `windows` gives the number of windows of each split. The same arguments give the
    same bytes.
    """
    photographs = [Image.fromarray(load()) for load in PHOTOGRAPHS.values()]
    splits = {}
    for number, split in enumerate(SPLITS):
        rng = np.random.default_rng([seed, number])
        path = folder / f"{split}.npy"
        with atomic(path) as temporary, open(temporary, "w+b") as file:
            writer = ImageWriter(file, size)
            for i in track(
                range(windows[split]), windows[split], f"sample {split}", "images"
            ):
                photograph = photographs[i % len(photographs)]
                box = split_box(photograph.width, photograph.height, split)
                window = random_window(box, SMALLEST_WINDOW, rng)
                writer.append(cut(photograph, window, size))
            splits[split] = writer.finish(path.name)
    write_description(folder, "sample", size, splits, photographs=list(PHOTOGRAPHS))
