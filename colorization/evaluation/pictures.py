"""Colorized test images to look at: by several methods, by temperature, by rank."""

from typing import Any

import numpy as np
import pandas as pd
import torch

from colorization.inference.predict import Method, batches, colorize


def render(
    images: np.ndarray, methods: dict[Any, Method], device: torch.device
) -> dict[Any, np.ndarray]:
    """Each method's colorizations of the images, uint8 (N, H, W, 3)."""
    (batch,) = batches(images, len(images), device)
    with torch.no_grad():
        return {
            name: colorize(batch, method(batch)).cpu().numpy()
            for name, method in methods.items()
        }


def sweep(
    images: np.ndarray, methods: dict[float, Method], device: torch.device
) -> dict[str, np.ndarray]:
    """The images at each temperature: `temperatures` (T,), `annealed` (T, N, H, W, 3).

    `methods` are by temperature; there may be none.
    """
    annealed = np.empty((len(methods), *images.shape), np.uint8)
    for row, pictures in enumerate(render(images, methods, device).values()):
        annealed[row] = pictures
    return dict(temperatures=np.array([*methods], np.float64), annealed=annealed)


def ranked(scores: pd.Series, each: int = 3) -> tuple[list[str], list[int]]:
    """Ranks and numbers of the `each` best, median and worst images, by their scores."""
    order = scores.sort_values(ascending=False, kind="stable").index.tolist()
    each = min(each, len(order))
    middle = (len(order) - each) // 2
    groups = dict(
        best=order[:each],
        median=order[middle : middle + each],
        worst=order[len(order) - each :],
    )
    ranks = [rank for rank, images in groups.items() for _ in images]
    return ranks, [image for images in groups.values() for image in images]
