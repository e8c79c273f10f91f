"""Colorizing photographs against reading and writing their files alone."""

import os
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import imagecodecs
import numpy as np
import skimage.data
import torch
from PIL import Image

from benchmarks.machine import Bench, cores
from benchmarks.memory import peak_of
from benchmarks.table import Row
from colorization.data.listing import Source
from colorization.inference.full_resolution import Options
from colorization.inference.model_file import load_model
from colorization.inference.photographs import MOST_IN_FLIGHT, colorize_files
from colorization.runtime.base_model import BASE
from colorization.runtime.system import peak_memory

# 24 million pixels, as many cameras have.
SIZE = (6000, 4000)
# What the documents state: torch and the model, and bytes for each pixel in flight.
PROGRAM, PER_PIXEL = 800e6, 16


def photograph_rows(bench: Bench) -> list[Row]:
    """Rows for one photograph of 24 megapixels, a folder of a hundred, and its memory."""
    rows = []
    with tempfile.TemporaryDirectory(dir=".") as folder:
        many = _photographs(Path(folder) / "in", bench)
        model = load_model(BASE, torch.device("cpu"))
        out = Path(folder) / "out"
        colorize_files(model, many[:1], out, Options())  # compiles
        for name, some in (("one", many[:1]), ("a folder of", many)):
            rounds = bench.count(3) if len(some) == 1 else 1
            floor = _least_seconds(rounds, lambda some=some: _copy_all(some, out))
            taken = _least_seconds(
                rounds, lambda some=some: colorize_files(model, some, out, Options())
            )
            count = f"{name} {len(some)}" if len(some) > 1 else name
            rows.append(
                Row(
                    f"colorize {count}, {SIZE[0] * SIZE[1] / 1e6:.0f} megapixels",
                    f"{taken / len(some):.2f} s each",
                    f"{floor / len(some):.2f} s, reading and writing",
                    floor / taken,
                    "< 2 times",
                    taken < 2 * floor,
                )
            )
        peak = peak_of("-m", "benchmarks.photographs", str(Path(folder) / "in"))
    most = (PROGRAM + PER_PIXEL * MOST_IN_FLIGHT) / 1e6
    rows.append(
        Row(
            "colorize, peak memory",
            f"{peak:.0f} MB",
            f"{most:.0f} MB, as stated",
            most / peak,
            "less than stated",
            peak < most,
        )
    )
    return rows


def _photographs(folder: Path, bench: Bench) -> list[Source]:
    """A photograph with the noise of a camera, under a hundred names."""
    folder.mkdir()
    width, height = (max(16, int(side * bench.share**0.5)) for side in SIZE)
    image = Image.fromarray(skimage.data.chelsea()).resize((width, height))
    noise = np.random.default_rng(0).normal(0, 4, (height, width, 1))
    noisy = (np.asarray(image) + noise).clip(0, 255).astype(np.uint8)
    Image.fromarray(noisy).save(folder / "0.jpg", quality=92)
    # Copies of one file would be read once by the system, and links are one file.
    for i in range(1, bench.count(100)):
        os.link(folder / "0.jpg", folder / f"{i}.jpg")
    return [Source(str(folder), f"{i}.jpg") for i in range(bench.count(100))]


def _copy_all(sources: list[Source], out: Path) -> None:
    """Read and write photographs as they are, on all cores."""

    def copy(source: Source) -> None:
        rgb = imagecodecs.jpeg8_decode(Path(*source).read_bytes())
        data = imagecodecs.jpeg8_encode(rgb, level=97, subsampling="444")
        (out / source.name).write_bytes(data)

    with ThreadPoolExecutor(cores()) as pool:
        list(pool.map(copy, sources))


def _least_seconds(rounds: int, work: Callable[[], object]) -> float:
    least = float("inf")
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        least = min(least, time.perf_counter() - start)
    return least


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=".") as folder:
        names = sorted(path.name for path in Path(sys.argv[1]).iterdir())[:16]
        some = [Source(sys.argv[1], name) for name in names]
        network = load_model(BASE, torch.device("cpu"))
        colorize_files(network, some, Path(folder), Options())
    print(peak_memory())
