"""Peak memory of gamut, and of count and train on few and on many images."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.machine import Bench
from benchmarks.table import Row
from benchmarks.training import settings
from colorization.data.colour_counts import count_colours
from colorization.data.dataset import ImageWriter, open_split, write_description
from colorization.method import prior
from colorization.planning.config import SHIPPED, read_file
from colorization.planning.train_schema import Encoding, ModelSettings, Network, Running
from colorization.runtime.system import peak_memory
from colorization.training.run import Job
from colorization.training.start import Resources, start

FEW, MANY = 2_000, 50_000
GAMUT = """
from colorization.runtime.system import peak_memory
from colorization.method import gamut_bins
gamut_bins.bins("seed326")
print(peak_memory())
"""


def memory_rows(bench: Bench, bins: np.ndarray, images: np.ndarray) -> list[Row]:
    """Rows for datasets of both sizes, made by repeating images; each image is read once."""
    # At least one batch of training each.
    few, many = (max(32, bench.count(full)) for full in (FEW, MANY))
    peaks = {}
    with tempfile.TemporaryDirectory(dir=".") as folder:
        for count in {few, many}:
            dataset_json = _repeat(images, count, Path(folder) / str(count))
            _write_prior(bins, dataset_json.parent)
            for stage in ("count", "train"):
                peaks[stage, count] = peak_of(
                    "-m", "benchmarks.memory", stage, str(dataset_json)
                )
    size = peak_of("-c", GAMUT)
    rows = [
        Row("gamut, memory", f"{size:.0f} MB", "-", 1, "< 500 MB", size < 500),
    ]
    for stage in ("count", "train"):
        least, most = peaks[stage, few], peaks[stage, many]
        row = Row(
            f"{stage}, peak memory",
            f"{most:.0f} MB, {many:,} images",
            f"{least:.0f} MB, {few:,} images",
            most / least,
            "within 10 %",
            abs(most / least - 1) < 0.1,
        )
        rows.append(row)
    return rows


def peak_of(*arguments: str) -> float:
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


def _train(dataset_json: Path) -> None:
    """Train a narrow network on small windows for one epoch, which is mostly reading."""
    folder = dataset_json.parent
    count = len(open_split(dataset_json, "train"))
    train = settings(steps=count // 32, batch=32, crop=16, validate_every=10**9)
    model_settings = ModelSettings(
        encoding=Encoding(neighbours=5, sigma=5),
        network=Network(width=0.05),
        train=train,
    )
    names = dict(prior="table.csv", dataset_json="dataset.json")
    names |= dict(model="model.safetensors")
    names |= dict(history="history.csv")
    files = {key: str(folder / name) for key, name in names.items()}
    job = Job(**files, settings=model_settings, code="")
    running = Running(**read_file(SHIPPED)["running"])
    start(job, running, Resources(processes=1, threads=2, log=""))


if __name__ == "__main__":
    stage, path = sys.argv[1:]
    if stage == "count":
        count_colours(open_split(path, "train"), threads=2)
    else:
        _train(Path(path))
    print(peak_memory())
