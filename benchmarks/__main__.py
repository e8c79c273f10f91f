"""python -m benchmarks [--json FILE]: every stage against its floor, in one run."""

import argparse
import dataclasses
import tempfile
from pathlib import Path

import numpy as np
import torch

from benchmarks import machine, memory, recipes, stages, table, training
from colorization.data import sample
from colorization.data.dataset import open_split
from colorization.method import gamut_bins
from colorization.runtime.device import prepare_process
from colorization.runtime.files import write_json


def main(json_path: str) -> None:
    """Print a row as soon as it is measured, then the table; write it as JSON."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    prepare_process(device, machine.cores())
    torch.backends.cudnn.allow_tf32 = False  # float32 is float32
    about = machine.describe(device)
    print(*(f"{key}: {value}" for key, value in about.items()), sep="\n", flush=True)
    bins = gamut_bins.bins("seed326")
    rows: list[table.Row] = []
    with tempfile.TemporaryDirectory(dir=".") as folder:
        counts = dict(train=2400, validation=240, test=240)
        sample.prepare(Path(folder), 96, counts, seed=0)
        description = Path(folder) / "dataset.json"
        images = open_split(description, "train")
        # More than the processor's cache holds, in both orders.
        many = np.concatenate([images] * 8)
        wide = np.ascontiguousarray(many.transpose(0, 3, 2, 1)).transpose(0, 3, 2, 1)
        sections = (
            stages.gamut_rows,
            lambda: stages.count_rows(many, wide),
            lambda: stages.encoding_rows(bins, device),
            lambda: training.step_rows(bins, images, device),
            lambda: training.loading_rows(bins, images, device),
            lambda: stages.decoding_rows(bins, images, device),
            lambda: memory.memory_rows(bins, images),
            lambda: recipes.race_rows(bins, description, device),
        )
        for section in sections:
            for row in section():
                rows.append(row)
                print(f"{row.stage}: {row.figure} ({row.floor})", flush=True)
    print("\n" + table.render(rows))
    write_json(json_path, dict(machine=about, rows=list(map(dataclasses.asdict, rows))))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--json", default="results/bench.json", metavar="FILE")
    main(parser.parse_args().json)
