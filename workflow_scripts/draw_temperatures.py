"""Draw a run's metrics over the temperature."""

from colorization.figures import temperatures
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.tables import read_table


def main(table: str, picture: str, vector: str) -> None:
    """Draw temperatures.csv."""
    temperatures.draw(read_table(table, ["temperature"]), picture, vector)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    output = snakemake.output
    with recorded(snakemake):
        main(snakemake.input.table, output.picture, output.vector)
