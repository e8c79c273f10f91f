"""Draw all runs side by side: their scores, and the same images of each."""

from pathlib import Path

from colorization.figures import grid, tradeoff
from colorization.method.constants import GRAY, MODEL, TRUTH
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.files import as_list
from colorization.runtime.tables import read_arrays, read_table


def main(table: str, selections: list[str], outputs: dict[str, str]) -> None:
    """`outputs` maps the rule's outputs to their paths.

    `selections` are files of the runs on one dataset, each in a folder of the run's name.
    """
    words, numbers = ["run", "kind", "dataset", "metric"], ["value", "low", "high"]
    scores = read_table(table, [], words, numbers)
    tradeoff.draw(scores, outputs["tradeoff"], outputs["vector"])
    pictures = {
        Path(path).parent.name: read_arrays(path, [GRAY, MODEL, TRUTH])
        for path in selections
    }
    first_run = next(iter(pictures.values()))  # gray and truth are the same for all
    columns = {GRAY: first_run[GRAY]}
    columns |= {run: by_method[MODEL] for run, by_method in pictures.items()}
    grid.draw(columns | {TRUTH: first_run[TRUTH]}, outputs["grid"])


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    inputs = snakemake.input
    selections = as_list(inputs.selection)
    with recorded(snakemake):
        main(inputs.table, selections, dict(snakemake.output))
