"""Write the gallery."""

from pathlib import Path

from colorization.pages import gallery
from colorization.pages.own_photographs import Colorized
from colorization.provenance.record import recorded
from colorization.runtime import log


def main(
    runs: dict[str, dict],
    datasets: dict[str, str],
    photos: dict[str, str | None],
    page: Path,
    pictures: Path,
) -> None:
    """`runs` maps each run to its settings, `datasets` to the name of its dataset.

    `photos` are the photographs that the config has colorized, by the run that does it.
    """
    results = page.parents[1]
    shown = {}
    for name, settings in runs.items():
        folder = results / "colorize" / name
        originals = photos.get(name)
        colorized = Colorized(folder, Path(originals) if originals else None)
        shown[name] = gallery.GalleryRun(
            datasets[name],
            settings,
            results / "evaluate" / name,
            colorized if (folder / "photographs.csv").is_file() else None,
        )
    gallery.write(shown, page, pictures)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    params, output = snakemake.params, snakemake.output
    paths = Path(output.page), Path(output.pictures)
    with recorded(snakemake):
        main(params.runs, params.datasets, params.running["photos"], *paths)
