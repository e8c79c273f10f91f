"""How long the default recipe takes to be as good as the `seed` recipe at its end.

`make bench` trains `seed` on the sample for a minute. `python -m benchmarks.recipes` reads
the histories of finished runs of config/recipes.yaml, on any data.
"""

import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from benchmarks.machine import Bench
from benchmarks.table import Row, render
from colorization.data.colour_counts import count_colours
from colorization.data.dataset import open_split
from colorization.method import prior
from colorization.method.encoding import SoftEncoder
from colorization.method.network import ColorizationNet, initialise
from colorization.planning.config import SHIPPED, merge, read_file
from colorization.planning.train_schema import TrainSettings
from colorization.training.batches import Batches, load_batches
from colorization.training.trainer import Trainer

RECIPES = SHIPPED.with_name("config") / "recipes.yaml"
SECONDS = 60


def _trainer(
    name: str, steps: int, bins: np.ndarray, images: np.ndarray, device: torch.device
) -> Trainer:
    recipes = read_file(RECIPES)
    config = merge(merge(read_file(SHIPPED), recipes), recipes["runs"][name])
    settings = TrainSettings(**config["train"] | dict(steps=steps))
    encoder = SoftEncoder(bins, **config["encoding"])
    counts = prior.soft_counts(count_colours(images), encoder)
    table = prior.table(
        counts, bins, config["prior"]["sigma"], config["prior"]["lambda"]
    )
    class_weights = table["weight"].to_numpy(np.float32)
    torch.manual_seed(0)
    network = ColorizationNet(len(bins), config["network"]["width"])
    if settings.initialisation == "marginal":
        share = table["smoothed"].to_numpy() * class_weights
        initialise(network, prior.log_marginal(share))
    return Trainer(settings, network, encoder, class_weights, device)


def _train(trainer: Trainer, dataset_json: Path, seconds: float) -> list[tuple]:
    """Train for `seconds`; (seconds, validation loss) at ten points of that time."""
    images, held_out = (open_split(dataset_json, s) for s in ("train", "validation"))
    loader = load_batches(Batches(images, trainer.settings), 0, trainer.device)
    spent, points = 0.0, []
    for batch in loader:
        before = time.perf_counter()
        trainer.step(batch)
        last = trainer.at.step == trainer.settings.steps
        if last or trainer.at.step % 10 == 0:
            trainer.look()  # waits for the device
        spent += time.perf_counter() - before
        if last or spent >= seconds * (len(points) + 1) / 10:
            points.append((spent, trainer.validate(held_out)[0]))
        if spent >= seconds:
            break
    return points


def race_rows(bench: Bench, bins: np.ndarray, dataset_json: Path) -> list[Row]:
    """Train `seed` for a minute, then the default with a schedule for a tenth of it.

    The best validation loss counts, because that checkpoint is kept.
    """
    images, seconds = open_split(dataset_json, "train"), SECONDS * bench.share

    def train(recipe: str, seconds: float, steps: int = 10**6) -> tuple[int, list]:
        trainer = _trainer(recipe, steps, bins, images, bench.device)
        points = _train(trainer, dataset_json, seconds)
        return trainer.at.step, points

    _, seed = train("seed", seconds)
    probed, _ = train("full", seconds / 12)
    _, default = train("full", seconds / 10, steps=max(1, round(probed * 1.2)))
    first, second = (
        pd.DataFrame(points, columns=["seconds", "validation_loss"])
        for points in (seed, default)
    )
    return [compare(first, second, "default against seed, sample")]


def compare(seed: pd.DataFrame, default: pd.DataFrame, stage: str) -> Row:
    """The best validation loss of `seed`, and the time when the default is as good."""
    best = seed["validation_loss"].min()
    spent = seed["seconds"].iloc[-1]
    good = default[default["validation_loss"] <= best]
    reached = good["seconds"].iloc[0] if len(good) else np.inf
    after = f"after {reached:.1f} s" if len(good) else "never"
    return Row(
        stage,
        f"{best:.3f} {after}",
        f"{best:.3f}, the best of {spent:.0f} s",
        spent / reached,
        ">= 10",
        bool(spent / reached >= 10),
    )


if __name__ == "__main__":
    runs = Path(sys.argv[1] if len(sys.argv) > 1 else "results") / "train"
    try:
        seed, full = (pd.read_csv(runs / n / "history.csv") for n in ("seed", "full"))
    except FileNotFoundError as error:
        sys.exit(
            f"{error.filename} is missing: run `make run WITH='--configfile "
            "config/recipes.yaml'` first"
        )
    print(render([compare(seed, full, "default against seed")]))
