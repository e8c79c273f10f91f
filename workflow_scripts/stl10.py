"""Describe STL-10's binary files as a dataset."""

from pathlib import Path

from colorization.data import stl10
from colorization.provenance.record import recorded
from colorization.runtime import log


def main(dataset_json: Path, binary: Path, settings: dict) -> None:
    """Check the files in `binary` and write `dataset_json`."""
    stl10.prepare(dataset_json.parent, binary, **settings)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    binary = Path(snakemake.input.binary[0]).parent
    with recorded(snakemake):
        main(Path(snakemake.output.dataset_json), binary, snakemake.params.settings)
