"""Draw the grids of a run: a fixed selection, and its best and worst."""

from colorization.figures import grid
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.tables import read_arrays, read_table

COLUMNS = "gray", "model", "ground truth"
# Rows of the strip of temperatures.
STRIP = 6


def main(files: dict[str, str]) -> None:
    """`files` maps the rule's inputs and outputs to their paths."""
    fixed, ranked = (
        read_arrays(files[key], ["index", *COLUMNS]) for key in ("selection", "ranks")
    )
    grid.draw({key: fixed[key] for key in COLUMNS}, files["grid"])
    scores = read_table(files["per_image"], ["image", "auc"]).query("method == 'model'")
    scores = scores.set_index("image")["auc"]
    labels = [
        f"{name}: {100 * scores[image]:.1f} %"
        for name, image in zip(ranked["rank"], ranked["index"], strict=True)
    ]
    grid.draw({key: ranked[key] for key in COLUMNS}, files["ranked"], labels)
    temperatures = [key for key in fixed if key.startswith("T = ")]
    columns = ["gray", *(temperatures or ["model"]), "ground truth"]
    step = max(1, len(fixed["index"]) // STRIP)
    grid.draw({key: fixed[key][::step][:STRIP] for key in columns}, files["strip"])


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    with recorded(snakemake):
        main({**snakemake.input, **snakemake.output})
