"""Colorized test images to look at: which, and by which methods."""

from typing import Any

import numpy as np
import pandas as pd
import torch

from colorization.inference.predict import Method, batches, colorize


def render(
    images: np.ndarray, methods: dict[Any, Method], device: torch.device
) -> dict[Any, np.ndarray]:
    """Columns for a grid: each method's colorizations, uint8 (N, H, W, 3)."""
    (batch,) = batches(images, len(images), device)
    with torch.no_grad():
        return {
            name: colorize(batch, method(batch)).cpu().numpy()
            for name, method in methods.items()
        }


def sweep(
    images: np.ndarray, annealed: dict[float, Method], device: torch.device
) -> dict[str, np.ndarray]:
    """The same images at each temperature: `temperatures` (T,), `annealed` (T, N, H, W, 3)."""
    made = np.empty((len(annealed), *images.shape), np.uint8)
    for row, pictures in enumerate(render(images, annealed, device).values()):
        made[row] = pictures
    return dict(temperatures=np.array([*annealed], np.float64), annealed=made)


def ranked(scores: pd.Series, each: int = 3) -> tuple[list[str], list[int]]:
    """The best, median and worst images by a score indexed by image: ranks and images."""
    order = scores.sort_values(ascending=False, kind="stable").index.tolist()
    each = min(each, len(order))
    middle = (len(order) - each) // 2
    parts = dict(
        best=order[:each],
        median=order[middle : middle + each],
        worst=order[len(order) - each :],
    )
    ranks = [name for name, images in parts.items() for _ in images]
    return ranks, [image for images in parts.values() for image in images]
