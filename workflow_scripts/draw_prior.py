"""Draw the prior and the class weights."""

from colorization.figures import prior as prior_figure
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.tables import read_table


def main(table: str, picture: str, vector: str) -> None:
    """Draw table.csv."""
    prior_figure.draw(read_table(table, ["a", "b"]), picture, vector)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    with recorded(snakemake):
        main(snakemake.input.table, snakemake.output.picture, snakemake.output.vector)
