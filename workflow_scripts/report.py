"""Write the report: one page on all runs."""

from pathlib import Path

from colorization.pages.report.page import render
from colorization.pages.report.results import FinishedRun
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.files import atomic


def main(runs: dict[str, dict], path: Path) -> None:
    """Write `path`, in the results folder; `runs` maps names to what `FinishedRun` takes."""
    results = path.parent
    finished = [FinishedRun(results, name, run) for name, run in runs.items()]
    with atomic(path) as temporary:
        temporary.write_text(render(results, finished), encoding="utf-8")


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    with recorded(snakemake):
        main(dict(snakemake.params.runs), Path(snakemake.output.page))
