"""The training step against the matrix-product rate, plain float32, and cached data."""

import subprocess
import sys

import numpy as np
import torch
import torch.nn.functional as F

from benchmarks.machine import Bench
from benchmarks.stages import brute_force, multiply_adds
from benchmarks.table import Row
from colorization.method import gamut_bins
from colorization.method.encoding import SoftEncoder
from colorization.method.network import ColorizationNet, initialise
from colorization.method.torch_cielab import srgb_to_lab
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
        if width == 1:
            command = [sys.executable, "-m", "benchmarks.training", str(batch)]
            command.append(str(bench.share))
            done = subprocess.run(command, capture_output=True, check=True)
            dense = float(done.stdout)
            rows.append(
                Row(
                    "the same against float32, dense",
                    f"{batch / taken:.1f} images/s",
                    f"{batch / dense:.1f} images/s",
                    dense / taken,
                    ">= 2",
                    dense / taken >= 2,
                )
            )
    return rows


def _dense_step(bins: np.ndarray, rgb: torch.Tensor, device: torch.device):
    """A plain step in float32, with targets over all bins by the distance to each.

    It is timed in its own process, without the settings of `prepare_process`.
    """
    network = ColorizationNet(len(bins), 1.0).to(device)
    initialise(network, None)
    optimizer = torch.optim.Adam(network.parameters(), 3e-5)
    centres = torch.tensor(bins, device=device)

    def step() -> None:
        lab = srgb_to_lab(rgb.to(device))
        ab = lab[:, ::4, ::4, 1:]
        indices, soft = brute_force(ab.reshape(-1, 2), centres, 5, 5)
        target = torch.zeros(len(soft), len(bins), device=device)
        target = target.scatter_(1, indices, soft).reshape(*ab.shape[:3], -1)
        output = network(lab[..., 0][:, None])
        loss = -(target.permute(0, 3, 1, 2) * F.log_softmax(output, 1)).sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


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


if __name__ == "__main__":
    batch, share = int(sys.argv[1]), float(sys.argv[2])
    bench = Bench(torch.device("cuda" if torch.cuda.is_available() else "cpu"), share)
    colours = torch.randint(0, 256, (batch, 96, 96, 3), dtype=torch.uint8)
    step = _dense_step(gamut_bins.bins("seed326"), colours, bench.device)
    print(bench.best_time(step, 8))
