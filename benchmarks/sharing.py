"""The default run's training alone, beside other work, and two of them side by side.

What differs is how OpenMP's threads wait (`colorization/__init__.py`).
"""

import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager

import numpy as np
import torch

from benchmarks.machine import Bench
from benchmarks.table import Row
from benchmarks.training import make_trainer
from colorization.method import gamut_bins
from colorization.planning.config import SHIPPED, read_file
from colorization.planning.train_schema import TrainSettings
from colorization.runtime.device import prepare_process
from colorization.runtime.system import cores
from colorization.training.batches import Batches

SECONDS, ROUNDS = 8.0, 2
# What libgomp itself has, with as many threads as cores.
SPINNING = "300000"


def train(seconds: float) -> float:
    """Images per second of the default run's steps on the CPU."""
    config = read_file(SHIPPED)
    settings = TrainSettings(**config["train"] | dict(start=None))
    side = config["data"]["size"]
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2 * settings.batch, side, side, 3), np.uint8)
    device = torch.device("cpu")
    prepare_process(device, cores())
    bins = gamut_bins.bins(config["gamut"]["bins"])
    trainer = make_trainer(bins, config["network"]["width"], settings, device)
    batch = Batches(images, settings)[0]
    trainer.step(batch)
    steps, started = 0, time.perf_counter()
    while not steps or time.perf_counter() - started < seconds:
        trainer.step(batch)
        steps += 1
    return steps * settings.batch / (time.perf_counter() - started)


def rates(seconds: float, processes: int = 1, spin: str | None = None) -> float:
    """Images per second of so many trainings at once; `spin` is their GOMP_SPINCOUNT."""
    environment = {} if spin is None else {"GOMP_SPINCOUNT": spin}
    command = [sys.executable, "-m", "benchmarks.sharing", str(seconds)]
    started = [
        subprocess.Popen(
            command,
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )
        for _ in range(processes)
    ]
    outputs = [process.communicate()[0] for process in started]
    if any(process.returncode for process in started):
        raise RuntimeError("a training failed: its error is above")
    return sum(map(float, outputs))


@contextmanager
def busy_cores() -> Generator[None, None, None]:
    """One process on each core that never waits."""
    command = [sys.executable, "-S", "-c", "while True: pass"]
    busy = [subprocess.Popen(command) for _ in range(cores())]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def sharing_rows(bench: Bench) -> list[Row]:
    """In turns, so that other work on the machine slows down all; the best rate counts."""
    seconds = SECONDS * bench.share
    found: dict[str, float] = {}

    def keep(name: str, rate: float) -> None:
        found[name] = max(rate, found.get(name, 0.0))

    for _ in range(bench.count(ROUNDS)):
        keep("alone", rates(seconds))
        keep("alone, spinning", rates(seconds, spin=SPINNING))
        keep("two", rates(seconds, processes=2))
        with busy_cores():
            keep("beside", rates(seconds))
            keep("beside, spinning", rates(seconds, spin=SPINNING))
    return rows_of(found)


def rows_of(found: dict[str, float]) -> list[Row]:
    """Rows from rates in images per second: today's, and with threads that spin."""
    spinning = found["alone, spinning"]
    rows = []
    for name, stage, least in [
        ("alone", "training, alone", 0.97),
        ("beside", "training beside one busy process a core", 0.48),
        ("two", "two trainings side by side", 0.9),
    ]:
        note = ""
        if other := found.get(f"{name}, spinning") if name != "alone" else None:
            note = f", {other:.0f} if threads spin"
        share = found[name] / spinning
        row = Row(
            stage,
            f"{found[name]:.0f} images/s{note}",
            f"{spinning:.0f} images/s, alone with threads that spin",
            share,
            f">= {least:.0%}",
            share >= least,
        )
        rows.append(row)
    return rows


if __name__ == "__main__":
    print(train(float(sys.argv[1])))
