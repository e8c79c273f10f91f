"""Compute the ab bins."""

import numpy as np

from colorization import gamut, log
from colorization.figures import gamut as gamut_figure
from colorization.files import atomic


def main(bins_path: str, picture: str, settings: dict, threads: int) -> None:
    """Write the bins of `settings` (the config's gamut section) and their picture."""
    bins = gamut.bins(settings["bins"], settings["grid"], threads)
    with atomic(bins_path) as temporary:
        np.save(temporary, bins, allow_pickle=False)
    gamut_figure.draw(bins, settings["bins"], picture)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    output = snakemake.output
    main(output.bins, output.picture, snakemake.params.settings, snakemake.threads)
