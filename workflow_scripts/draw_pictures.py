"""Draw the grids of a run: a fixed selection, images by rank, and temperatures."""

from colorization.figures import grid
from colorization.method.constants import GRAY, MODEL, TRUTH
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.tables import read_arrays, read_table

COLUMNS = GRAY, MODEL, TRUTH
# Rows of the strip of temperatures.
STRIP = 6


def main(files: dict[str, str]) -> None:
    """`files` maps the rule's inputs and outputs to their paths."""
    of_sweep = "temperatures", "annealed"
    fixed = read_arrays(files["selection"], ["index", *COLUMNS, *of_sweep])
    ranked = read_arrays(files["ranks"], ["index", "rank", *COLUMNS])
    grid.draw({key: fixed[key] for key in COLUMNS}, files["grid"])
    table = read_table(files["per_image"], ["image", "auc"], ["method"])
    scores = 100 * table.pivot(index="image", columns="method", values="auc")
    labels = [
        f"{rank}: {scores[MODEL][image]:.1f} %\n(gray {scores[GRAY][image]:.1f} %)"
        for rank, image in zip(ranked["rank"], ranked["index"], strict=True)
    ]
    grid.draw({key: ranked[key] for key in COLUMNS}, files["ranked"], labels)
    annealed = zip(fixed["temperatures"], fixed["annealed"], strict=True)
    columns = {f"T = {t:g}": pictures for t, pictures in annealed}
    columns = {GRAY: fixed[GRAY], **(columns or {MODEL: fixed[MODEL]})}
    columns[TRUTH] = fixed[TRUTH]
    step = max(1, len(fixed["index"]) // STRIP)
    strip = {heading: images[::step][:STRIP] for heading, images in columns.items()}
    grid.draw(strip, files["strip"])


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    with recorded(snakemake):
        main({**snakemake.input, **snakemake.output})
