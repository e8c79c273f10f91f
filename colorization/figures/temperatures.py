"""Metrics over the temperature of the annealed mean."""

from pathlib import Path

import pandas as pd

from colorization.figures.style import COLOURS, WIDE, figure
from colorization.method.constants import TEMPERATURE, TRUTH


def draw(
    table: pd.DataFrame, path: Path | str, vector: Path | str | None = None
) -> None:
    """AuC (raw and rebalanced), ab error and colourfulness; one row of `table` for each T."""
    with figure(path, 1, 3, vector, figsize=(WIDE, 3.2)) as (_, axes):
        x = table["temperature"]
        axes[0].plot(x, 100 * table["auc"], marker="o", label="raw")
        axes[0].plot(x, 100 * table["auc_rebalanced"], marker="s", label="rebalanced")
        axes[0].set(ylabel="AuC, %")
        axes[1].plot(x, table["rmse_ab"], marker="o")
        axes[1].set(ylabel="RMSE in ab, Lab units")
        axes[2].plot(x, table["colourfulness"], marker="o", label="model")
        truth = table["colourfulness_truth"].iloc[0]
        axes[2].axhline(truth, linestyle=":", color="black", label=TRUTH)
        axes[2].set(ylabel="colourfulness")
        for axis in axes:
            axis.axvline(
                TEMPERATURE, color=COLOURS[4], linewidth=1, label="the paper's T"
            )
            axis.set(xlabel="temperature T")
        axes[0].legend()
        axes[2].legend()
