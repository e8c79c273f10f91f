"""Accuracy of linear probes, by layer."""

from pathlib import Path

import pandas as pd

from colorization.figures.style import COLOURS, NARROW, figure


def draw(
    table: pd.DataFrame, path: Path | str, vector: Path | str | None = None
) -> None:
    """Trained and untrained trunk by layer with intervals; raw L and chance as lines."""
    with figure(path, vector=vector, figsize=(NARROW, 3.8)) as (_, axes):
        for trunk, colour, marker in [("trained", 0, "o"), ("untrained", 1, "s")]:
            rows = table[table["trunk"] == trunk]
            value = 100 * rows["accuracy"]
            below, above = value - 100 * rows["low"], 100 * rows["high"] - value
            axes.errorbar(
                rows["layer"],
                value,
                yerr=[below, above],
                marker=marker,
                color=COLOURS[colour],
                capsize=2,
                label=f"{trunk} trunk",
            )
        raw = 100 * table.loc[table["trunk"] == "raw", "accuracy"].item()
        axes.axhline(raw, linestyle="--", color=COLOURS[2], label="raw L")
        chance = 100 * table["chance"].iloc[0]
        axes.axhline(chance, linestyle=":", color="black", label="chance")
        top = 100 * table["high"].max()
        axes.set(ylabel="accuracy, %", xlabel="layer", ylim=(0, min(102, 1.1 * top)))
        above = dict(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2)
        axes.legend(ncols=4, **above)
