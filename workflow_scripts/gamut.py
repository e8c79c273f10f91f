"""Compute the ab bins."""

from colorization.method import gamut_bins
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.tables import write_array


def main(path: str, settings: dict, threads: int) -> None:
    """Write the bins of `settings` (the config's gamut section)."""
    bins = gamut_bins.bins(settings["bins"], settings["grid"], threads)
    write_array(path, bins)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    with recorded(snakemake):
        main(snakemake.output.bins, snakemake.params.settings, snakemake.threads)
