"""make bench: the speed and memory of every stage against its floor."""

import argparse
import dataclasses
import tempfile
from pathlib import Path

import numpy as np
import torch

from benchmarks import (
    demo_page,
    machine,
    memory,
    peer,
    photographs,
    recipes,
    sharing,
    stages,
    table,
    training,
)
from benchmarks.machine import Bench
from colorization.data import sample
from colorization.data.dataset import open_split
from colorization.method import gamut_bins
from colorization.runtime.device import prepare_process
from colorization.runtime.files import write_json
from colorization.runtime.system import cores


def main(json_path: str, share: float) -> None:
    """Print each row when it is measured, then the table; write it as JSON."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    bench = Bench(device, share)
    prepare_process(device, cores())
    torch.backends.cudnn.allow_tf32 = False  # float32 is float32
    hardware = machine.describe(device)
    print(*(f"{key}: {value}" for key, value in hardware.items()), sep="\n", flush=True)
    bins = gamut_bins.bins("seed326")
    rows: list[table.Row] = []
    with tempfile.TemporaryDirectory(dir=".") as folder:
        full = dict(train=2400, validation=240, test=240)
        counts = {split: bench.count(count) for split, count in full.items()}
        sample.prepare(Path(folder), 96, counts, seed=0)
        dataset_json = Path(folder) / "dataset.json"
        images = open_split(dataset_json, "train")
        # More images than the processor's cache holds, in both orders.
        many = np.concatenate([images] * 8)
        wide = np.ascontiguousarray(many.transpose(0, 3, 2, 1)).transpose(0, 3, 2, 1)
        sections = (
            lambda: stages.gamut_rows(bench),
            lambda: stages.count_rows(bench, many, wide),
            lambda: stages.encoding_rows(bench, bins),
            lambda: training.step_rows(bench, bins, images),
            lambda: training.loading_rows(bench, bins, images),
            lambda: stages.decoding_rows(bench, bins, images),
            lambda: memory.memory_rows(bench, bins, images),
            lambda: photographs.photograph_rows(bench),
            lambda: recipes.race_rows(bench, bins, dataset_json),
            lambda: peer.peer_rows(bench, bins, images),
            lambda: sharing.sharing_rows(bench),
            lambda: demo_page.demo_rows(bench),
        )
        for section in sections:
            for row in section():
                rows.append(row)
                print(f"{row.stage}: {row.figure} ({row.floor})", flush=True)
    print("\n" + table.render(rows))
    write_json(
        json_path, dict(machine=hardware, rows=list(map(dataclasses.asdict, rows)))
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--json", default="results/bench.json", metavar="FILE")
    parser.add_argument(
        "--share",
        type=float,
        default=1.0,
        help="share of the work (1); a smaller one only tests that everything runs",
    )
    options = parser.parse_args()
    main(options.json, options.share)
