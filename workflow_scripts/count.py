"""Count the training pixels by colour, in one part of the images."""

from colorization.data import colour_counts
from colorization.data.dataset import open_split
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.progress import Progress
from colorization.runtime.tables import write_array


def main(dataset_json: str, part: int, parts: int, path: str, threads: int) -> None:
    """Count the colours of a part, 1…`parts`, of the training images."""
    images = open_split(dataset_json, "train")
    first, last = (len(images) * n // parts for n in (part - 1, part))
    images = images[first:last]
    with Progress(len(images), "count colours", "images") as progress:
        counts = colour_counts.count_colours(images, threads, progress.advance)
    write_array(path, colour_counts.pack(counts))


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    part, parts = map(int, snakemake.params.part.split("-of-"))
    with recorded(snakemake):
        main(
            snakemake.input.dataset_json,
            part,
            parts,
            snakemake.output.colours,
            snakemake.threads,
        )
