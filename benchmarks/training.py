"""The training step against the matrix-product rate, and against cached data."""

import numpy as np
import torch

from benchmarks.machine import Bench
from benchmarks.stages import multiply_adds
from benchmarks.table import Row
from colorization.method.encoding import SoftEncoder
from colorization.method.network import ColorizationNet, initialise
from colorization.planning.config import SHIPPED, merge, read_file
from colorization.planning.train_schema import TrainSettings
from colorization.runtime.device import autocast_dtype
from colorization.training.batches import Batches, load_batches
from colorization.training.trainer import Trainer

ABLATION = SHIPPED.with_name("config") / "ablation.yaml"


def settings(**changes) -> TrainSettings:
    """The settings of a training from nothing, with changes."""
    config = merge(read_file(SHIPPED), read_file(ABLATION))
    return TrainSettings(**config["train"] | changes)


def make_trainer(
    bins: np.ndarray, width: float, chosen: TrainSettings, device: torch.device
) -> Trainer:
    network = ColorizationNet(len(bins), width)
    initialise(network, None)
    class_weights = np.ones(len(bins), np.float32)
    return Trainer(chosen, network, SoftEncoder(bins, 5, 5), class_weights, device)


def step_rows(bench: Bench, bins: np.ndarray, images: np.ndarray) -> list[Row]:
    """Steps at 96 pixels; the floor is their multiply-adds at the matrix-product rate."""
    rows, device = [], bench.device
    for width, batch, target in [(1.0, 32, 0.85), (0.25, 32, 0.60)]:
        batch = bench.count(batch if device.type == "cpu" else 8 * batch)
        chosen = settings(batch=batch, crop=96, precision="auto")
        trainer = make_trainer(bins, width, chosen, device)
        raw = Batches(images, chosen)[0]
        dtype = autocast_dtype("auto", device) or torch.float32
        before = bench.matrix_rate(dtype)
        taken = bench.best_time(lambda t=trainer, r=raw: t.step(r), 10)
        rate = max(before, bench.matrix_rate(dtype))
        example = torch.zeros(1, 1, 96, 96, device=device)
        # The backward pass costs twice the forward pass, but for the gradient of the input.
        macs = 3 * batch * multiply_adds(trainer.network, example)
        share = 2 * macs / rate / taken
        name = str(dtype).removeprefix("torch.")
        rows.append(
            Row(
                f"step, width {width:g}, {name}",
                f"{batch / taken:.1f} images/s",
                f"{batch * rate / 2 / macs:.1f} images/s at {rate / 1e12:.2f} TFLOP/s",
                share,
                f">= {target:.0%} of the products",
                share >= target,
            )
        )
    return rows


def loading_rows(bench: Bench, bins: np.ndarray, images: np.ndarray) -> list[Row]:
    """Steps on batches read from the memory map, and on one batch in memory."""
    device, steps = bench.device, bench.count(24)
    chosen = settings(batch=bench.count(32), crop=96, steps=10**6)
    trainer = make_trainer(bins, 0.25, chosen, device)
    loader = iter(load_batches(Batches(images, chosen), 0, device))
    cached = next(loader)

    def many(next_batch) -> None:
        for _ in range(steps):
            trainer.step(next_batch())

    times = {}
    # In turns, so that other work on the machine slows down both.
    for _ in range(2):
        for name, get in (("real", lambda: next(loader)), ("cached", lambda: cached)):
            taken = bench.best_time(lambda get=get: many(get), 1, least=1) / steps
            times[name] = min(taken, times.get(name, taken))
    share = times["cached"] / times["real"]
    return [
        Row(
            "step on real data",
            f"{1e3 * times['real']:.0f} ms",
            f"{1e3 * times['cached']:.0f} ms, cached batch",
            share,
            ">= 95 % of cached",
            share >= 0.95,
        )
    ]
