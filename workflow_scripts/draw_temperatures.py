"""Draw what the temperature does to a run's metrics."""

from colorization import log
from colorization.arrays import read_table
from colorization.figures import temperatures
from colorization.provenance import recorded


def main(table: str, picture: str, vector: str) -> None:
    """Draw temperatures.csv."""
    temperatures.draw(read_table(table, ["temperature"]), picture, vector)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    output = snakemake.output
    with recorded(snakemake):
        main(snakemake.input.table, output.picture, output.vector)
