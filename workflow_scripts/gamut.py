"""Compute the ab bins."""

from colorization import gamut, log
from colorization.arrays import write_array
from colorization.provenance import recorded


def main(path: str, settings: dict, threads: int) -> None:
    """Write the bins of `settings` (the config's gamut section)."""
    bins = gamut.bins(settings["bins"], settings["grid"], threads)
    write_array(path, bins)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    with recorded(snakemake):
        main(snakemake.output.bins, snakemake.params.settings, snakemake.threads)
