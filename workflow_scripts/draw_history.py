"""Draw the loss curves of a run."""

from colorization.figures import history as history_figure
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.tables import read_table


def main(history: str, picture: str, vector: str) -> None:
    """Draw history.csv."""
    history_figure.draw(
        read_table(history, ["images", "validation_loss"]), picture, vector
    )


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    with recorded(snakemake):
        main(snakemake.input.history, snakemake.output.picture, snakemake.output.vector)
