"""Pictures and figures of the base model; make base writes them.

They show scikit-image's photographs, which the model has never seen, and all of them:
nothing is picked. docs/base.png has the whole photographs, docs/base-windows.jpg 48 windows
of them, drawn by a seed, docs/base.csv the figures.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image

from colorization.data.sample import PHOTOGRAPHS, SMALLEST_WINDOW
from colorization.data.windows import cut, random_window
from colorization.evaluation import metrics
from colorization.figures import grid
from colorization.inference.full_resolution import (
    Options,
    colorize_array,
    usual_rebalance,
)
from colorization.inference.model_file import Model, load_model
from colorization.method.constants import GRAY, TRUTH
from colorization.method.torch_cielab import srgb_to_lab
from colorization.runtime.base_model import BASE

DOCS = Path(__file__).parent
# Pixels of the shorter side of the pictures, and number and side of the windows.
SHOWN, WINDOWS, SIDE = 240, 48, 96
# Windows in a row of the sheet: colorized, and true beside it.
ROW = 6


def auc(rgb: np.ndarray, coloured: np.ndarray | None) -> float:
    """Raw AuC in % of a colorization of uint8 (H, W, 3); None leaves it gray."""
    ab = srgb_to_lab(torch.from_numpy(rgb))[None, ..., 1:].permute(0, 3, 1, 2)
    given = torch.zeros_like(ab)
    if coloured is not None:
        lab = srgb_to_lab(torch.from_numpy(coloured))
        given = lab[None, ..., 1:].permute(0, 3, 1, 2)
    curve = metrics.cumulative_error(metrics.ab_distance(given, ab))
    return 100 * metrics.area_under_curve(curve).item()


def figures(model: Model) -> pd.DataFrame:
    """A row for each photograph: AuC of gray, without and with rebalancing."""
    rows = []
    for name, load in PHOTOGRAPHS.items():
        rgb = np.asarray(load())
        ways = dict(plain=0.0, usual=usual_rebalance(model))
        values = {
            way: auc(rgb, colorize_array(model, rgb, Options(rebalance=share)))
            for way, share in ways.items()
        }
        rows.append(dict(photograph=name, gray=auc(rgb, None)) | values)
    return pd.DataFrame(rows)


def small(rgb: np.ndarray) -> np.ndarray:
    """The middle square of a photograph, SHOWN pixels on a side."""
    height, width, _ = rgb.shape
    side = min(height, width)
    left, top = (width - side) // 2, (height - side) // 2
    return cut(Image.fromarray(rgb), (left, top, left + side, top + side), SHOWN)


def pictures(model: Model, images: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Columns of a grid: the images in gray, colorized, and as they are."""
    gray = [np.asarray(Image.fromarray(i).convert("L").convert("RGB")) for i in images]
    coloured = [colorize_array(model, rgb, Options()) for rgb in images]
    columns = {GRAY: gray, "base": coloured, TRUTH: images}
    return {name: np.stack(pictures) for name, pictures in columns.items()}


def windows(seed: int = 0) -> list[np.ndarray]:
    """Windows of the photographs at random places and scales."""
    rng = np.random.default_rng(seed)
    photographs = [Image.fromarray(load()) for load in PHOTOGRAPHS.values()]
    images = []
    for i in range(WINDOWS):
        photograph = photographs[i % len(photographs)]
        box = random_window((0, 0, *photograph.size), SMALLEST_WINDOW, rng)
        images.append(cut(photograph, box, SIDE))
    return images


def main(folder: Path = DOCS) -> None:
    """Write the pictures and the figures."""
    model = load_model(BASE)
    figures(model).to_csv(folder / "base.csv", index=False, float_format="%.2f")
    whole = [np.asarray(load()) for load in PHOTOGRAPHS.values()]
    columns = pictures(model, [small(rgb) for rgb in whole])
    grid.draw(columns, folder / "base.png")
    sheet = pictures(model, windows())
    pairs = np.concatenate(
        [sheet["base"], sheet[TRUTH]], axis=2
    )  # (N, SIDE, 2·SIDE, 3)
    rows = pairs.reshape(-1, ROW, SIDE, 2 * SIDE, 3).transpose(0, 2, 1, 3, 4)
    picture = Image.fromarray(rows.reshape(-1, ROW * 2 * SIDE, 3))
    picture.save(folder / "base-windows.jpg", quality=85)


if __name__ == "__main__":
    main()
