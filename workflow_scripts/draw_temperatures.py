"""Draw what the temperature does to a run's metrics."""

import pandas as pd

from colorization import log
from colorization.figures import temperatures
from colorization.provenance import recorded


def main(table: str, picture: str, vector: str) -> None:
    """Draw temperatures.csv."""
    temperatures.draw(pd.read_csv(table), picture, vector)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    output = snakemake.output
    with recorded(snakemake):
        main(snakemake.input.table, output.picture, output.vector)
