"""Write a model card."""

from pathlib import Path

from colorization.pages.report.card import write
from colorization.pages.report.results import FinishedRun
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.files import atomic


def main(name: str, run: dict, path: Path) -> None:
    """Write `path`, results/<name>/…; `run` is what `FinishedRun` takes."""
    finished = FinishedRun(path.parents[1], name, run)
    with atomic(path) as temporary:
        temporary.write_text(write(finished), encoding="utf-8")


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    run = dict(snakemake.params.run)
    with recorded(snakemake):
        main(snakemake.wildcards.run, run, Path(snakemake.output.card))
