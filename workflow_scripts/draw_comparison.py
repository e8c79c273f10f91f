"""Draw all runs side by side: their scores, and the same images of each."""

from pathlib import Path

from colorization.figures import grid, tradeoff
from colorization.method.constants import GRAY, MODEL, TRUTH
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.files import as_list
from colorization.runtime.tables import read_arrays, read_table


def main(
    table: str,
    selections: list[str],
    sweeps: list[str],
    temperatures: dict[str, float],
    outputs: dict[str, str],
) -> None:
    """`outputs` maps the rule's outputs to their paths.

    `selections` are files of the runs on one dataset, `sweeps` tables of the runs that
    classify, each in a folder of the run's name. `temperatures` are T of the latter.
    """
    words, numbers = ["run", "kind", "dataset", "metric"], ["value", "low", "high"]
    scores = read_table(table, [], words, numbers)
    columns = ["temperature", "rebalance", "auc", "auc_rebalanced"]
    swept = {
        (run := Path(path).parent.name): tradeoff.Sweep(
            temperatures[run], read_table(path, columns)
        )
        for path in sweeps
    }
    tradeoff.draw(scores, swept, outputs["tradeoff"], outputs["vector"])
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
    with recorded(snakemake):
        main(
            inputs.table,
            as_list(inputs.selection),
            as_list(inputs.sweeps),
            snakemake.params.temperatures,
            dict(snakemake.output),
        )
