"""Making a sitting: pairs of a photograph and a colorized one, for people to tell apart.

After section 3.1 of the paper.
"""

import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch

from colorization.evaluation import baselines
from colorization.evaluation.answer_key import Key, Kind, Pair, Place
from colorization.inference.predict import (
    Batch,
    Method,
    Prediction,
    batches,
    colorize,
)
from colorization.runtime.log import StageError

# Pairs with feedback, before those that count; fewer where there are few images.
PRACTICE = 10
# Of the pairs that a person sees, one in so many has an obviously wrong colouring.
CONTROLS = 10
# Training images whose colours are tried for a control. The one farthest from the truth
# is taken: with the first one, as in the paper, 13 % of the answers were wrong.
TRIES = 5


class Chosen(NamedTuple):
    """Test images by their use; no image has two."""

    practice: list[int]
    control: list[int]
    test: list[int]
    tests: int  # how many of `test` a person sees

    @property
    def all(self) -> list[int]:
        return [*self.practice, *self.control, *self.test]


def choose(images: int, settings: dict[str, Any]) -> Chosen:
    """Which of so many test images are shown: `pairs` to a person, of `images`.

    Fewer where there are not as many. Raises StageError if there are hardly any.
    """
    practice = min(PRACTICE, images // 5)
    pairs = min(settings["pairs"], images - practice)
    controls = max(1, round(pairs / CONTROLS))
    if pairs - controls < 1:
        raise StageError(f"{images} test images are too few to ask people about")
    order = np.random.default_rng(settings["seed"]).permutation(images).tolist()
    control = order[practice : practice + controls]
    test = order[practice + controls :][: max(settings["images"], pairs - controls)]
    return Chosen(order[:practice], control, test, pairs - controls)


def colourings(
    images: np.ndarray, method: Method, batch: int, device: torch.device
) -> np.ndarray:
    """The images, uint8 (N, H, W, 3), with a method's colours."""
    with torch.no_grad():
        parts = [
            colorize(part, method(part)).cpu().numpy()
            for part in batches(images, batch, device)
        ]
    return np.concatenate(parts)


def wrong_colours(train: np.ndarray, device: torch.device) -> Method:
    """The ab of a random training image, the farthest from the truth of a few."""
    methods = [baselines.random(train, seed, device) for seed in range(TRIES)]

    def predict(batch: Batch) -> Prediction:
        found = torch.stack([method(batch).ab for method in methods])
        distance = (found - batch.ab).norm(dim=2).mean((2, 3))
        best = distance.argmax(0)
        ab = found[best, torch.arange(len(best), device=best.device)]
        return Prediction(ab, None)

    return predict


Colour = Callable[[list[int], Method], np.ndarray]


def make(
    chosen: Chosen, colour: Colour, methods: dict[str, Method], wrong: Method, seed: int
) -> tuple[Key, np.ndarray]:
    """The key, and its pairs in the same order: uint8 (N, 2, H, W, 3).

    `methods` are those of the runs; `colour` gives images the colours of one. The truth
    goes through it, too, so that nothing but colours tells the two pictures apart.
    """
    truth = dict(
        zip(chosen.all, colour(chosen.all, baselines.truth_colours), strict=True)
    )
    runs, rng = list(methods), np.random.default_rng([seed, 1])
    parts: list[tuple[Kind, str, list[int], Method]]
    parts = [("control", "", chosen.control, wrong)]
    for i, run in enumerate(runs):
        parts.append(("practice", run, chosen.practice[i :: len(runs)], methods[run]))
        parts.append(("test", run, chosen.test, methods[run]))
    pairs: list[Pair] = []
    pictures: list[list[np.ndarray]] = []
    for kind, run, images, method in parts:
        fakes = colour(images, method) if images else []
        for image, fake in zip(images, fakes, strict=True):
            real: Place = 1 if rng.random() < 0.5 else 0
            pairs.append(Pair(kind=kind, run=run, image=image, real=real))
            pictures.append([fake, truth[image]] if real else [truth[image], fake])
    stacked = np.array(pictures)
    # Answers are to exactly these pictures.
    digest = hashlib.sha256(repr((chosen.tests, pairs)).encode())
    digest.update(stacked.tobytes())
    sitting = digest.hexdigest()[:16]
    names = [_name(f"{sitting} {i}") for i in range(len(pairs))]
    key = Key(
        sitting=sitting, tests=chosen.tests, pairs=dict(zip(names, pairs, strict=True))
    )
    return key, stacked


def _name(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
