"""Prepare the embedded dataset."""

from pathlib import Path

from colorization.data import sample
from colorization.provenance.record import recorded
from colorization.runtime import log


def main(dataset_json: Path, settings: dict) -> None:
    """Write the splits beside `dataset_json`; `settings` are those of the config's data."""
    counts = {
        split: settings["sample"][split] for split in ("train", "validation", "test")
    }
    sample.prepare(
        dataset_json.parent, settings["size"], counts, settings["sample"]["seed"]
    )


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    with recorded(snakemake):
        main(Path(snakemake.output.dataset_json), snakemake.params.settings)
