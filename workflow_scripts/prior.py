"""Count the training pixels over the bins."""

import numpy as np

from colorization import log, prior
from colorization.data.dataset import open_split
from colorization.encoding import SoftEncoder
from colorization.figures import prior as prior_figure
from colorization.files import atomic
from colorization.progress import Progress


def main(files: dict[str, str], encoding: dict, settings: dict, threads: int) -> None:
    """`files` maps bins, description, table, weights and picture to their paths."""
    bins = np.load(files["bins"], allow_pickle=False)
    images = open_split(files["description"], "train")
    with Progress(len(images), "count colours", "images") as progress:
        counts = prior.count_colours(images, threads, progress.advance)
    counted = prior.soft_counts(counts, SoftEncoder(bins, **encoding))
    table = prior.table(counted, bins, settings["sigma"], settings["lambda"])
    with atomic(files["table"]) as temporary:
        table.to_csv(temporary, index=False)
    with atomic(files["weights"]) as temporary:
        np.save(temporary, table["weight"].to_numpy(np.float32), allow_pickle=False)
    prior_figure.draw(table, files["picture"])


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    files = {**snakemake.input, **snakemake.output}
    params = snakemake.params
    main(files, params.encoding, params.prior, snakemake.threads)
