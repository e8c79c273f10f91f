"""Make the gallery."""

from pathlib import Path

from colorization.pages import gallery
from colorization.provenance.record import recorded
from colorization.runtime import log


def main(
    runs: dict[str, dict], datasets: dict[str, str], page: Path, pictures: Path
) -> None:
    """`runs` maps the runs to their settings, `datasets` to their datasets."""
    results = page.parents[1]
    shown = {}
    for name, settings in runs.items():
        photographs = results / "colorize" / name
        there = (photographs / "photographs.csv").is_file()
        shown[name] = gallery.Run(
            datasets[name],
            settings,
            results / "evaluate" / name,
            photographs if there else None,
        )
    gallery.write(shown, page, pictures)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    params, output = snakemake.params, snakemake.output
    with recorded(snakemake):
        main(params.runs, params.datasets, Path(output.page), Path(output.pictures))
