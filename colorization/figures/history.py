"""Loss curves of a training run."""

import sys
from pathlib import Path

import pandas as pd

from colorization.figures.style import COLOURS, NARROW, figure


def draw(
    history: pd.DataFrame, path: Path | str, vector: Path | str | None = None
) -> None:
    """Training and validation loss over images seen; the best validation is marked."""
    with figure(path, vector=vector, figsize=(NARROW, 3.8)) as (_, axes):
        images = history["images"]
        for column, name, colour, marker in [
            ("train_loss", "training", 5, "s"),
            ("validation_loss", "validation", 0, "o"),
        ]:
            style = dict(color=COLOURS[colour], marker=marker, markersize=4)
            axes.plot(images, history[column], label=name, **style)
        best = history.loc[history["validation_loss"].idxmin()]
        label = f"kept: {best['validation_loss']:.4g} at step {best['step']:.0f}"
        ring = dict(color="black", fillstyle="none", markersize=10, linestyle="none")
        axes.plot(best["images"], best["validation_loss"], "o", label=label, **ring)
        axes.set(xlabel="images seen", ylabel="loss", xlim=(0, None))
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.legend()


if __name__ == "__main__":  # by hand, while a run trains
    draw(pd.read_csv(sys.argv[1]), sys.argv[2])
