"""Write a model card, as Markdown and as a page."""

from pathlib import Path

from colorization.pages.report import card
from colorization.pages.report.results import FinishedRun
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.files import atomic


def main(name: str, run: dict, path: Path, page: Path) -> None:
    """Write both, in results/<name>/; `run` is what `FinishedRun` takes."""
    finished = FinishedRun(path.parents[1], name, run)
    text = card.write(finished)
    for target, content in [(path, text), (page, card.page(finished, text))]:
        with atomic(target) as temporary:
            temporary.write_text(content, encoding="utf-8")


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    run, output = dict(snakemake.params.run), snakemake.output
    with recorded(snakemake):
        main(snakemake.wildcards.run, run, Path(output.card), Path(output.page))
