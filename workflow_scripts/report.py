"""Write the report: one page on all runs."""

from pathlib import Path

from colorization.pages.report.page import render
from colorization.pages.report.results import FinishedRun
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.files import as_list, atomic


def main(runs: dict[str, dict], path: Path, fooling: Path | None) -> None:
    """Write `path`, in the results folder; `runs` maps names to what `FinishedRun` takes.

    `fooling` holds what people answered, if they were asked.
    """
    results = path.parent
    finished = [FinishedRun(results, name, run) for name, run in runs.items()]
    with atomic(path) as temporary:
        temporary.write_text(render(results, finished, fooling), encoding="utf-8")


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    answers = as_list(snakemake.input.fooling)
    with recorded(snakemake):
        main(
            dict(snakemake.params.runs),
            Path(snakemake.output.page),
            Path(answers[0]) if answers else None,
        )
