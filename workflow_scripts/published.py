"""Convert the authors' published model to this pipeline's format."""

from pathlib import Path

from colorization.inference import published_model
from colorization.inference.model_file import read_state_dict, save_model
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.files import file_digest
from colorization.runtime.tables import read_array


def main(weights_file: Path, zhang313: str, model: Path, settings: dict) -> None:
    """Convert the authors' `weights_file`; `settings` go into the model's metadata.

    `zhang313` is the file of their bins in ascending order.
    """
    state_dict = read_state_dict(weights_file)
    bins = read_array(zhang313, (None, 2))
    network, bins = published_model.convert(state_dict, bins)
    settings = settings | dict(network=dict(width=1.0))
    made = dict(source=weights_file.name, sha256=file_digest(weights_file))
    save_model(model, network.state_dict(), bins, settings, made)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    params = snakemake.params
    with recorded(snakemake):
        main(
            Path(params.weights),
            snakemake.input.bins,
            Path(snakemake.output.model),
            params.settings,
        )
