"""Draw the grids of a run: a fixed selection, and its best and worst."""

import numpy as np
import pandas as pd

from colorization import log
from colorization.figures import grid
from colorization.provenance import recorded


def main(files: dict[str, str]) -> None:
    """`files` maps the rule's inputs and outputs to their paths."""
    fixed, ranked = (
        dict(np.load(files[key], allow_pickle=False)) for key in ("selection", "ranks")
    )
    del fixed["index"]
    grid.draw(fixed, files["grid"])
    scores = pd.read_csv(files["per_image"]).query("method == 'model'")
    scores = scores.set_index("image")["auc"]
    labels = [
        f"{name}: {100 * scores[image]:.1f} %"
        for name, image in zip(ranked.pop("rank"), ranked.pop("index"), strict=True)
    ]
    grid.draw(ranked, files["ranked"], labels)


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    with recorded(snakemake):
        main({**snakemake.input, **snakemake.output})
