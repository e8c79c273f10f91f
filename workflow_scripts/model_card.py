"""Write the card of a model."""

from pathlib import Path

from colorization.pages.report.card import write
from colorization.pages.report.results import Run
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.files import atomic


def main(name: str, about: dict, path: Path) -> None:
    """Write `path`, which lies in a folder of the run's name below the results."""
    run = Run(path.parents[1], name, about)
    with atomic(path) as temporary:
        temporary.write_text(write(run), encoding="utf-8")


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    about = dict(snakemake.params.about)
    with recorded(snakemake):
        main(snakemake.wildcards.run, about, Path(snakemake.output.card))
