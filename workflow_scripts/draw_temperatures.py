"""Draw what the temperature does to a run's metrics and pictures."""

import numpy as np
import pandas as pd

from colorization import log
from colorization.figures import grid, temperatures
from colorization.provenance import recorded


def main(files: dict[str, str]) -> None:
    """`files` maps the rule's inputs and outputs to their paths."""
    temperatures.draw(pd.read_csv(files["table"]), files["picture"], files["vector"])
    grid.draw(dict(np.load(files["strip"], allow_pickle=False)), files["strip_picture"])


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    with recorded(snakemake):
        main({**snakemake.input, **snakemake.output})
