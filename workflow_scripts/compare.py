"""Compare all runs and baselines."""

from pathlib import Path

from colorization.evaluation import comparison
from colorization.evaluation.metrics_file import read_metrics
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.files import as_list, atomic
from colorization.runtime.tables import read_table


def main(
    folders: dict[str, Path], datasets: dict[str, str], outputs: dict[str, str]
) -> None:
    """`folders` maps each run to the folder of its evaluation, `datasets` to its dataset."""
    per_image = {
        run: read_table(folder / "per_image.csv", ["image", "auc"], ["method"])
        for run, folder in folders.items()
    }
    metrics = {
        run: read_metrics(folder / "metrics.json") for run, folder in folders.items()
    }
    table = comparison.tabulate(metrics, datasets)
    paired = comparison.pair(per_image, datasets)
    for frame, output in [(table, "table"), (paired, "paired")]:
        with atomic(outputs[output]) as temporary:
            frame.to_csv(temporary, index=False, float_format="%.6g")


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    per_image = as_list(snakemake.input.per_image)
    folders = {Path(path).parent.name: Path(path).parent for path in per_image}
    with recorded(snakemake):
        main(folders, snakemake.params.datasets, dict(snakemake.output))
