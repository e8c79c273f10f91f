"""Loss curves of a training run."""

import sys
from pathlib import Path

import pandas as pd

from colorization.figures.style import figure


def draw(history: pd.DataFrame, path: Path | str) -> None:
    """Training and validation loss against images seen, the best one marked."""
    with figure(path, figsize=(7, 4)) as (_, axes):
        images = history["images"]
        axes.plot(images, history["train_loss"], label="training", marker=".")
        axes.plot(images, history["validation_loss"], label="validation", marker=".")
        best = history.loc[history["validation_loss"].idxmin()]
        axes.plot(
            best["images"],
            best["validation_loss"],
            "o",
            color="black",
            fillstyle="none",
        )
        axes.annotate(
            f"best: {best['validation_loss']:.3f}",
            (best["images"], best["validation_loss"]),
            xytext=(0, 10),
            textcoords="offset points",
            ha="center",
        )
        axes.set(xlabel="images seen", ylabel="loss, nats per pixel")
        axes.legend()


if __name__ == "__main__":  # while a run trains, beside it
    draw(pd.read_csv(sys.argv[1]), sys.argv[2])
