"""Put all runs and baselines side by side."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from colorization import comparison, log
from colorization.figures import grid, tradeoff
from colorization.files import atomic


def main(
    folders: dict[str, Path], datasets: dict[str, str], outputs: dict[str, str]
) -> None:
    """`folders` maps each run to its evaluation, `datasets` to its dataset."""
    per_image = {
        run: pd.read_csv(folder / "per_image.csv") for run, folder in folders.items()
    }
    metrics = {
        run: json.loads((folder / "metrics.json").read_text())
        for run, folder in folders.items()
    }
    table = comparison.tabulate(metrics, datasets)
    paired = comparison.pair(per_image, datasets)
    for frame, path in [(table, "table"), (paired, "paired")]:
        with atomic(outputs[path]) as temporary:
            frame.to_csv(temporary, index=False, float_format="%.6g")
    tradeoff.draw(table, outputs["tradeoff"])

    # The same images down all runs of the first run's dataset.
    first = next(iter(datasets.values()))
    chosen = {
        run: np.load(folders[run] / "selection.npz", allow_pickle=False)
        for run, dataset in datasets.items()
        if dataset == first
    }
    any_run = next(iter(chosen.values()))
    columns = {"gray": any_run["gray"]}
    columns |= {run: pictures["model"] for run, pictures in chosen.items()}
    grid.draw(columns | {"ground truth": any_run["ground truth"]}, outputs["grid"])


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    folders = {
        Path(path).parent.name: Path(path).parent for path in snakemake.input.per_image
    }
    main(folders, snakemake.params.datasets, dict(snakemake.output))
