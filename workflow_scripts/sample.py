"""Cut the embedded dataset out of its photographs."""

from pathlib import Path

from colorization.data import sample
from colorization.data.dataset import SPLITS
from colorization.provenance.record import recorded
from colorization.runtime import log


def main(dataset_json: Path, settings: dict) -> None:
    """Write the splits beside `dataset_json`; `settings` is the config's section `data`."""
    source = settings["sample"]
    windows = {split: source[split] for split in SPLITS}
    sample.prepare(dataset_json.parent, settings["size"], windows, source["seed"])


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    with recorded(snakemake):
        main(Path(snakemake.output.dataset_json), snakemake.params.settings)
