"""Put all runs and baselines side by side."""

import json
from pathlib import Path

import pandas as pd

from colorization import log
from colorization.files import atomic


def main(metrics: list[str], table: str) -> None:
    """One row a run and method, from each run's metrics.json."""
    rows = []
    for path in map(Path, metrics):
        for method, values in json.loads(path.read_text())["methods"].items():
            rows.append(dict(run=path.parent.name, method=method) | values)
    with atomic(table) as temporary:
        pd.DataFrame(rows).to_csv(temporary, index=False, float_format="%.6g")


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    main(snakemake.input.metrics, snakemake.output.table)
