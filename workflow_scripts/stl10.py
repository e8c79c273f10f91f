"""Describe STL-10's binary files as a dataset."""

from pathlib import Path

from colorization import log
from colorization.data import stl10


def main(description: Path, binary: Path, settings: dict) -> None:
    """Check the files in `binary` and write `description`."""
    own = settings["stl10"]
    stl10.prepare(description.parent, binary, own["unlabeled"], own["validation"])


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    binary = Path(snakemake.input.unlabeled).parent
    main(Path(snakemake.output.description), binary, snakemake.params.settings)
