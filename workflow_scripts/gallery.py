"""Write the gallery."""

from pathlib import Path

from colorization.pages import gallery
from colorization.provenance.record import recorded
from colorization.runtime import log


def main(
    runs: dict[str, dict], datasets: dict[str, str], page: Path, pictures: Path
) -> None:
    """`runs` maps each run to its settings, `datasets` to the name of its dataset."""
    results = page.parents[1]
    shown = {}
    for name, settings in runs.items():
        photographs = results / "colorize" / name
        has_photographs = (photographs / "photographs.csv").is_file()
        shown[name] = gallery.GalleryRun(
            datasets[name],
            settings,
            results / "evaluate" / name,
            photographs if has_photographs else None,
        )
    gallery.write(shown, page, pictures)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    params, output = snakemake.params, snakemake.output
    with recorded(snakemake):
        main(params.runs, params.datasets, Path(output.page), Path(output.pictures))
