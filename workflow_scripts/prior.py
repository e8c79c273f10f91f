"""Turn the counted colours into the prior over the bins."""

import numpy as np

from colorization.data import colour_counts
from colorization.method import prior
from colorization.method.encoding import SoftEncoder
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.files import as_list, atomic
from colorization.runtime.tables import read_array, write_array


def main(
    bins_npy: str, colours: list[str], encoding: dict, settings: dict, outputs: dict
) -> None:
    """Write table.csv and weights.npy.

    `colours` are the parts of the counted colours, `encoding` and `settings` the config's
    encoding and prior; `outputs` maps table and weights to their paths.
    """
    bins = read_array(bins_npy, (None, 2))
    counts = colour_counts.add_up(read_array(path, (None, 2)) for path in colours)
    bin_counts = prior.soft_counts(counts, SoftEncoder(bins, **encoding))
    table = prior.table(bin_counts, bins, settings["sigma"], settings["lambda"])
    with atomic(outputs["table"]) as temporary:
        table.to_csv(temporary, index=False)
    write_array(outputs["weights"], table["weight"].to_numpy(np.float32))


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    inputs, params = snakemake.input, snakemake.params
    settings = params.encoding, params.prior
    with recorded(snakemake):
        main(
            inputs.bins,
            as_list(inputs.colour_counts),
            *settings,
            dict(snakemake.output),
        )
