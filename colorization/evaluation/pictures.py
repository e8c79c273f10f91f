"""Colorized test images to look at: by several methods, by temperature, by rank."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch

from colorization.data.dataset import Description
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


def ranked(
    scores: pd.Series, origins: Sequence[int] | None = None, each: int = 3
) -> tuple[list[str], list[int]]:
    """Ranks and numbers of the `each` best, median and worst images, by their scores.

    `origins` says which photograph each image was cut from, by the images' numbers; None:
    each from its own. As long as there are others, no photograph is twice in a rank.
    """
    order = scores.sort_values(ascending=False, kind="stable").index.tolist()
    middle = (len(order) - 1) / 2
    from_middle = sorted(range(len(order)), key=lambda place: abs(place - middle))
    by_rank = dict(
        best=order,
        median=[order[place] for place in from_middle],
        worst=order[::-1],
    )
    ranks, images = [], []
    for rank, candidates in by_rank.items():
        chosen = _distinct(candidates, origins)[:each]
        ranks += [rank] * len(chosen)
        images += sorted(chosen, key=order.index)
    return ranks, images


def _distinct(images: list[int], origins: Sequence[int] | None) -> list[int]:
    """The images in their order, but the first of each photograph before all others."""
    if origins is None:
        return images
    firsts: dict[int, int] = {}
    for image in images:
        firsts.setdefault(origins[image], image)
    first = {*firsts.values()}
    return [*firsts.values(), *(image for image in images if image not in first)]


def origins(description: Description, count: int) -> list[int] | None:
    """The photograph that each of `count` images of a split was cut from; None: its own.

    The sample's windows are cut from its photographs in turn.
    """
    photographs = description.photographs
    return [i % len(photographs) for i in range(count)] if photographs else None
