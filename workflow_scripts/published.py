"""Bring the authors' published model into this pipeline's format."""

from pathlib import Path

from colorization.inference import published_model
from colorization.inference.model_file import read_state_dict, save_model
from colorization.method import gamut_bins
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.files import file_digest


def main(weights: Path, model: Path, settings: dict) -> None:
    """Convert the file at `weights`; `settings` go into the model's metadata."""
    network, bins = published_model.convert(
        read_state_dict(weights), gamut_bins.bins("zhang313")
    )
    settings = settings | dict(network=dict(width=1.0))
    made = dict(source=weights.name, sha256=file_digest(weights))
    save_model(model, network.state_dict(), bins, settings, made)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    params = snakemake.params
    with recorded(snakemake):
        main(Path(params.weights), Path(snakemake.output.model), params.settings)
