"""Compare all runs and baselines."""

from pathlib import Path

from colorization.evaluation import comparison, fooling
from colorization.evaluation.metrics_file import read_metrics
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.files import as_list, atomic
from colorization.runtime.json_file import read_json
from colorization.runtime.tables import read_table


def main(
    folders: dict[str, Path],
    datasets: dict[str, str],
    answered: list[dict],
    outputs: dict[str, str],
) -> None:
    """`folders` maps each run to the folder of its evaluation, `datasets` to its dataset.

    `answered` are rows of what people answered.
    """
    per_image = {
        run: read_table(folder / "per_image.csv", ["image", "auc"], ["method"])
        for run, folder in folders.items()
    }
    metrics = {
        run: read_metrics(folder / "metrics.json") for run, folder in folders.items()
    }
    table = comparison.tabulate(metrics, datasets, answered)
    paired = comparison.pair(per_image, datasets)
    for frame, output in [(table, "table"), (paired, "paired")]:
        with atomic(outputs[output]) as temporary:
            frame.to_csv(temporary, index=False, float_format="%.6g")


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    per_image = as_list(snakemake.input.per_image)
    folders = {Path(path).parent.name: Path(path).parent for path in per_image}
    datasets, judged = snakemake.params.datasets, snakemake.params.judged
    with recorded(snakemake):
        answered = [
            row
            for path in as_list(snakemake.input.fooling)
            for row in fooling.rows(read_json(path, fooling.Fooling), judged, datasets)
        ]
        main(folders, datasets, answered, dict(snakemake.output))
