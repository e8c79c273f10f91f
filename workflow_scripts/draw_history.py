"""Draw the loss curves of all runs."""

from pathlib import Path

from colorization.figures import history as history_figure
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.files import as_list
from colorization.runtime.log import StageError
from colorization.runtime.tables import read_table


def main(
    histories: list[str], kinds: dict[str, str], picture: str, vector: str
) -> None:
    """Draw the files history.csv, each in a folder of its run's name, by kind of loss."""
    if not histories:
        raise StageError("no run of the config was trained here: there is no history")
    by_kind: dict[str, dict] = {}
    for path in histories:
        run = Path(path).parent.name
        table = read_table(path, ["step", "images", "train_loss", "validation_loss"])
        by_kind.setdefault(kinds[run], {})[run] = table
    history_figure.draw(by_kind, picture, vector)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    histories, output = as_list(snakemake.input.histories), snakemake.output
    with recorded(snakemake):
        main(histories, snakemake.params.kinds, output.picture, output.vector)
