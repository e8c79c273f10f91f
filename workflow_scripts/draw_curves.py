"""Draw the cumulative error curves of a run."""

from colorization.figures import curves as curves_figure
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.tables import read_table


def main(curves: str, picture: str, vector: str) -> None:
    """Draw curves.csv."""
    curves_figure.draw(read_table(curves, ["threshold"]), picture, vector)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    with recorded(snakemake):
        main(snakemake.input.curves, snakemake.output.picture, snakemake.output.vector)
