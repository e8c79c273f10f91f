"""Draw the cumulative error curves of a run."""

import pandas as pd

from colorization import log
from colorization.figures import curves as curves_figure
from colorization.provenance import recorded


def main(curves: str, picture: str, vector: str) -> None:
    """Draw curves.csv."""
    curves_figure.draw(pd.read_csv(curves), picture, vector)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    with recorded(snakemake):
        main(snakemake.input.curves, snakemake.output.picture, snakemake.output.vector)
