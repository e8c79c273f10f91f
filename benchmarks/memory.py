"""Peak memory: of gamut, and of count and train on few and on many images."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.peak import peak_memory
from benchmarks.table import Row
from benchmarks.training import settings
from colorization.data.colour_counts import count_colours
from colorization.data.dataset import ImageWriter, open_split, write_description
from colorization.method import prior
from colorization.training.run import Job, start
from colorization.training.settings import Running

FEW, MANY = 2_000, 50_000
GAMUT = """
from benchmarks.peak import peak_memory
from colorization.method import gamut_bins
gamut_bins.bins("seed326")
print(peak_memory())
"""


def memory_rows(bins: np.ndarray, images: np.ndarray) -> list[Row]:
    """Datasets of both sizes, by repeating images; every image is read once."""
    peaks = {}
    with tempfile.TemporaryDirectory(dir=".") as folder:
        for count in (FEW, MANY):
            description = _repeat(images, count, Path(folder) / str(count))
            _write_prior(bins, description.parent)
            for stage in ("count", "train"):
                peaks[stage, count] = _peak_of(
                    "-m", "benchmarks.memory", stage, str(description)
                )
    size = _peak_of("-c", GAMUT)
    rows = [
        Row("gamut, memory", f"{size:.0f} MB", "-", 1, "< 500 MB", size < 500),
    ]
    for stage in ("count", "train"):
        few, many = peaks[stage, FEW], peaks[stage, MANY]
        row = Row(
            f"{stage}, peak memory",
            f"{many:.0f} MB, {MANY:,} images",
            f"{few:.0f} MB, {FEW:,} images",
            many / few,
            "within 10 %",
            abs(many / few - 1) < 0.1,
        )
        rows.append(row)
    return rows


def _peak_of(*arguments: str) -> float:
    """Peak memory in MB of one stage in a new process."""
    command = [sys.executable, *arguments]
    done = subprocess.run(command, capture_output=True, check=True)
    return json.loads(done.stdout) / 1e6


def _repeat(images: np.ndarray, count: int, folder: Path) -> Path:
    folder.mkdir()
    splits = {}
    for split, wanted in (("train", count), ("validation", 32), ("test", 1)):
        with open(folder / f"{split}.npy", "w+b") as file:
            writer = ImageWriter(file, images.shape[1])
            for i in range(wanted):
                writer.append(images[i % len(images)])
            splits[split] = writer.finish(f"{split}.npy")
    write_description(folder, "sample", images.shape[1], splits)
    return folder / "dataset.json"


def _write_prior(bins: np.ndarray, folder: Path) -> None:
    table = prior.table(np.ones(len(bins)), bins, 5, 0.5)
    table.to_csv(folder / "table.csv", index=False)


def _train(description: Path) -> None:
    """One epoch of the narrowest network on small windows: reading is what it does."""
    folder = description.parent
    count = len(open_split(description, "train"))
    train = settings(steps=count // 32, batch=32, crop=16, validate_every=10**9)
    parts = dict(encoding=dict(neighbours=5, sigma=5), network=dict(width=0.05))
    job = Job(
        prior=str(folder / "table.csv"),
        description=str(description),
        model=str(folder / "model.safetensors"),
        history=str(folder / "history.csv"),
        settings=parts | dict(train=vars(train)),
        code="",
    )
    start(job, Running(), processes=1, threads=2, log="")


if __name__ == "__main__":
    stage, path = sys.argv[1:]
    if stage == "count":
        count_colours(open_split(path, "train"), threads=2)
    else:
        _train(Path(path))
    print(peak_memory())
