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
    bins_path: str, colours: list[str], encoding: dict, settings: dict, output: dict
) -> None:
    """`colours` are the parts of the count; `output` maps table and weights."""
    bins = read_array(bins_path, (None, 2))
    counts = colour_counts.add_up(read_array(path, (None, 2)) for path in colours)
    counted = prior.soft_counts(counts, SoftEncoder(bins, **encoding))
    table = prior.table(counted, bins, settings["sigma"], settings["lambda"])
    with atomic(output["table"]) as temporary:
        table.to_csv(temporary, index=False)
    write_array(output["weights"], table["weight"].to_numpy(np.float32))


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    inputs, params = snakemake.input, snakemake.params
    settings = params.encoding, params.prior
    with recorded(snakemake):
        main(inputs.bins, as_list(inputs.colours), *settings, dict(snakemake.output))
