"""make scale: time and memory for STL-10 at full size, 200,000 files, and forty runs."""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import torch
from PIL import Image

from benchmarks.machine import describe
from colorization.data import sample
from colorization.data.dataset import open_split
from colorization.data.listing import STL10_FILES

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Sizes:
    """STL-10's own images, files in a folder, runs in a config, steps of training."""

    unlabeled: int = 100_000
    labelled: int = 5_000
    test: int = 8_000
    files: int = 200_000
    runs: int = 40
    # At full width a step takes seconds on a CPU.
    steps: int = 200

    def share(self, share: float) -> "Sizes":
        """This share of each number, at least 2."""
        return Sizes(*(max(2, round(share * size)) for size in astuple(self)))


JOB = re.compile(r"/\.snakemake/scripts/\w+\.(\w+)\.py")


def real_images(folder: Path) -> np.ndarray:
    """uint8 (1000, 96, 96, 3): windows of photographs."""
    sample.prepare(folder, 96, dict(train=1000, validation=1, test=1), seed=0)
    return np.array(open_split(folder / "dataset.json", "train"))


def write_stl10(folder: Path, images: np.ndarray, sizes: Sizes) -> None:
    """Write STL-10's files, repeating the images."""
    folder.mkdir()
    planes = np.ascontiguousarray(images.transpose(0, 3, 2, 1))  # column-major
    counts = sizes.unlabeled, sizes.labelled, sizes.test
    for name, count in zip(("unlabeled", "train", "test"), counts, strict=True):
        with open(folder / f"{name}_X.bin", "wb") as file:
            for start in range(0, count, len(planes)):
                file.write(planes[: count - start].tobytes())
    for name, count in (("train", sizes.labelled), ("test", sizes.test)):
        labels = np.arange(count, dtype=np.uint8) % 10 + 1
        (folder / f"{name}_y.bin").write_bytes(labels.tobytes())
    names = "\n".join(f"class{i}" for i in range(10)) + "\n"
    (folder / "class_names.txt").write_text(names, encoding="utf-8")
    assert all((folder / name).exists() for name in STL10_FILES)


def write_files(folder: Path, images: np.ndarray, count: int) -> None:
    """Write small JPEG files, a thousand in each folder."""
    small = [Image.fromarray(image).resize((64, 64)) for image in images]
    path = folder.parent / "small.jpg"
    data = []
    for image in small:
        image.save(path)
        data.append(path.read_bytes())
    for i in range(count):
        file = folder / f"{i // 1000:03}" / f"{i:06}.jpg"
        file.parent.mkdir(parents=True, exist_ok=True)
        # No two files are equal: readers ignore bytes after the end of an image.
        file.write_bytes(data[i % len(data)] + i.to_bytes(4, "big"))


class Workflow:
    """Snakemake in a folder of its own; measures the peak memory of its jobs, by rule."""

    def __init__(self, folder: Path):
        self.folder, self.peaks = folder, {}

    def start(self, *arguments) -> subprocess.Popen:
        command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
        command += ["--cores", "4", "--resources", "gpu=1", *arguments]
        return subprocess.Popen(
            list(map(str, command)), cwd=self.folder, start_new_session=True
        )

    def run(self, *arguments, kill_when=lambda: False) -> float:
        """Run Snakemake, or kill it with all its jobs when `kill_when` says so. Seconds."""
        start, process = time.monotonic(), self.start(*arguments)
        while process.poll() is None:
            self._look(process.pid)
            if kill_when():
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.1)
        killed = process.returncode == -signal.SIGKILL
        assert killed or process.returncode == 0, f"ended with {process.returncode}"
        return time.monotonic() - start

    def _look(self, pid: int) -> None:
        try:
            for child in psutil.Process(pid).children(recursive=True):
                job = JOB.search(" ".join(child.cmdline()))
                if job:
                    memory = child.memory_full_info().uss / 1e6
                    self.peaks[job[1]] = max(memory, self.peaks.get(job[1], 0))
        except psutil.Error:
            pass

    def seconds(self) -> dict[str, float]:
        """Seconds of each job, by rule."""
        paths = self.folder.glob("results/**/provenance/*.json")
        records = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
        return {record["rule"]: record["seconds"] for record in records}


def stl10(base: Path, sizes: Sizes) -> dict:
    """Gamut, prior and 200 training steps at full width on 100,000 images."""
    write_stl10(base / "binary", real_images(base / "sample"), sizes)
    (base / "stl10").mkdir()
    workflow = Workflow(base / "stl10")
    images = f"path: '{base / 'binary'}', unlabeled: {sizes.unlabeled}"
    data = f"data={{stl10: {{{images}, validation: {sizes.unlabeled // 50 or 1}}}}}"
    train = f"train={{steps: {sizes.steps}, batch: 16, validate_every: {sizes.steps}}}"
    overlay = "--configfile", ROOT / "config/stl10.yaml", "--config", data, train
    total = workflow.run("--until", "train", *overlay)
    return dict(total=total, seconds=workflow.seconds(), megabytes=workflow.peaks)


def folder(base: Path, sizes: Sizes) -> dict:
    """Import 200,000 files; the import is killed halfway and resumed."""
    write_files(base / "photos", real_images(base / "sample"), sizes.files)
    (base / "folder").mkdir()
    workflow = Workflow(base / "folder")
    data = (
        f"data={{source: folder, size: 64, folder: {{paths: ['{base / 'photos'}']}}}}"
    )
    arguments = "--until", "folder", "--config", data, "train={crop: 64}"

    def half_done() -> bool:
        states = list(workflow.folder.glob("results/data/*/.import/state.json"))
        return any(
            json.loads(path.read_text(encoding="utf-8"))["done"] > sizes.files / 2
            for path in states
        )

    first = workflow.run(*arguments, kill_when=half_done)
    states = list(workflow.folder.glob("results/data/*/.import/state.json"))
    kept = 0
    for state in states:  # none if so few files were imported before the kill
        kept = json.loads(state.read_text(encoding="utf-8"))["done"]
        workflow.run(*arguments, "--unlock")
    second = workflow.run(*arguments)
    (table,) = workflow.folder.glob("results/data/*/images.csv")
    files = pd.read_csv(table)["file"]
    counts = dict(files=len(files), different=files.nunique(), kept=kept)
    killed = kept > sizes.files / 2 or sizes.files < Sizes.files
    assert counts["different"] == sizes.files and killed, counts
    return dict(first=first, second=second, megabytes=workflow.peaks) | counts


def runs(base: Path, sizes: Sizes) -> dict:
    """Seconds to plan forty runs."""
    (base / "runs").mkdir()
    workflow = Workflow(base / "runs")
    more = ", ".join(f"r{i}: {{train: {{seed: {i}}}}}" for i in range(1, sizes.runs))
    options = "-n", "--quiet", "all", "--config", f"runs={{{more}}}"
    return dict(seconds=workflow.run(*options))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    measures = dict(stl10=stl10, folder=folder, runs=runs)
    parser.add_argument("parts", nargs="*", help=f"{', '.join(measures)}; without, all")
    parser.add_argument(
        "--share",
        type=float,
        default=1.0,
        help="share of all sizes (1); a small one tests that everything runs",
    )
    options = parser.parse_args()
    parts = options.parts or [*measures]
    if unknown := {*parts} - {*measures}:
        parser.error(f"{', '.join(unknown)}: the parts are {', '.join(measures)}")
    results = dict(machine=describe(torch.device("cpu")))
    sizes = Sizes().share(options.share)
    for part in parts:
        with tempfile.TemporaryDirectory(prefix="scale-") as base:
            results[part] = measures[part](Path(base), sizes)
        print(json.dumps(results[part], indent=2), flush=True)
    path = Path("results/scale.json")
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
