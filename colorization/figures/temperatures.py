"""Metrics over the temperature of the annealed mean and the share of rebalancing."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib import colormaps

from colorization.figures.style import COLOURS, WIDE, figure
from colorization.method.constants import TEMPERATURE, TRUTH


def draw(
    table: pd.DataFrame, path: Path | str, vector: Path | str | None = None
) -> None:
    """AuC (raw, rebalanced) and colourfulness over T, a line for each share τ."""
    shares = sorted(table["rebalance"].unique())
    shades = colormaps["viridis"](np.linspace(0.3, 0.9, len(shares)))
    with figure(path, 1, 3, vector, figsize=(WIDE, 3.4)) as (_, axes):
        for share, shade in zip(shares, shades, strict=True):
            rows = table[table["rebalance"] == share]
            x, style = rows["temperature"], dict(marker="o", color=shade)
            axes[0].plot(x, 100 * rows["auc"], **style, label=f"τ = {share:g}")
            axes[1].plot(x, 100 * rows["auc_rebalanced"], **style)
            axes[2].plot(x, rows["colourfulness"], **style)
        axes[0].set(ylabel="AuC, raw, %")
        axes[1].set(ylabel="AuC, rebalanced, %")
        axes[2].set(ylabel="colourfulness")
        truth = table["colourfulness_truth"].iloc[0]
        axes[2].axhline(truth, linestyle=":", color="black", label=TRUTH)
        for axis in axes:
            axis.axvline(
                TEMPERATURE, color=COLOURS[4], linewidth=1, label="the paper's T"
            )
            axis.set(xlabel="temperature T")
        if len(shares) > 1:
            axes[0].legend(fontsize=8, ncols=3, loc="lower left", bbox_to_anchor=(0, 1))
        axes[2].legend()
