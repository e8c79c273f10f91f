"""Draw the cumulative error curves of all runs."""

from pathlib import Path

from colorization.figures import curves as curves_figure
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.files import as_list
from colorization.runtime.tables import read_table


def main(
    curves: list[str], datasets: dict[str, str], picture: str, vector: str
) -> None:
    """Draw the files curves.csv, each in a folder of its run's name, by dataset."""
    by_dataset: dict[str, dict] = {}
    for path in curves:
        run = Path(path).parent.name
        of_runs = by_dataset.setdefault(datasets[run], {})
        of_runs[run] = read_table(path, ["threshold"])
    curves_figure.draw(by_dataset, picture, vector)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    curves, output = as_list(snakemake.input.curves), snakemake.output
    with recorded(snakemake):
        main(curves, snakemake.params.datasets, output.picture, output.vector)
