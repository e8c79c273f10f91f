"""Write the report: one page that tells the story of all runs."""

from pathlib import Path

from colorization.pages.report.page import render
from colorization.pages.report.results import Run
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.files import atomic


def main(runs: dict[str, dict], path: Path) -> None:
    """Write `path`; the results lie beside it. `runs` maps names to what they are."""
    found = [Run(path.parent, name, about) for name, about in runs.items()]
    with atomic(path) as temporary:
        temporary.write_text(render(path.parent, found), encoding="utf-8")


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    with recorded(snakemake):
        main(dict(snakemake.params.runs), Path(snakemake.output.page))
