"""Raw against rebalanced AuC of all runs and baselines (the paper's table 1, drawn)."""

from pathlib import Path

import pandas as pd

from colorization.figures.style import COLOURS, figure


def draw(table: pd.DataFrame, path: Path | str) -> None:
    """Rows of `comparison.tabulate`: markers as large as colourful, bars for intervals.

    The ground truth is left out: it is at 100 % on both axes.
    """
    rows = table[(table["name"] != "ground truth") & table["auc_low"].notna()]
    with figure(path, figsize=(7, 5)) as (_, axes):
        # Neighbours' names go to opposite sides, lest they overlap.
        for place, row in enumerate(rows.sort_values("auc").itertuples()):
            colour = COLOURS[0] if row.kind == "run" else COLOURS[1]
            x, y = 100 * row.auc, 100 * row.auc_rebalanced
            axes.errorbar(
                x,
                y,
                xerr=[[x - 100 * row.auc_low], [100 * row.auc_high - x]],
                yerr=[
                    [y - 100 * row.auc_rebalanced_low],
                    [100 * row.auc_rebalanced_high - y],
                ],
                color=colour,
                linewidth=0.8,
            )
            marker = "o" if row.kind == "run" else "s"
            size = 20 + 6 * row.colourfulness
            axes.scatter(
                x, y, s=size, color=colour, alpha=0.6, marker=marker, linewidth=0
            )
            offset, side = [((-9, -15), "right"), ((9, 7), "left")][place % 2]
            options = dict(xytext=offset, textcoords="offset points", ha=side)
            axes.annotate(row.name, (x, y), parse_math=False, **options)
        axes.scatter([], [], s=40, color=COLOURS[0], label="run")
        axes.scatter([], [], s=40, color=COLOURS[1], marker="s", label="baseline")
        axes.set(xlabel="AuC, raw, %", ylabel="AuC, rebalanced, %")
        axes.margins(0.15)
        axes.legend(title="size: colourfulness", loc="best")
