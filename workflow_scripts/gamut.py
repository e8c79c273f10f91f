"""Compute the ab bins."""

import numpy as np

from colorization import gamut, log
from colorization.files import atomic
from colorization.provenance import recorded


def main(path: str, settings: dict, threads: int) -> None:
    """Write the bins of `settings` (the config's gamut section)."""
    bins = gamut.bins(settings["bins"], settings["grid"], threads)
    with atomic(path) as temporary:
        np.save(temporary, bins, allow_pickle=False)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    with recorded(snakemake):
        main(snakemake.output.bins, snakemake.params.settings, snakemake.threads)
