"""Raw against rebalanced AuC of all runs and baselines (the paper's table 1, drawn)."""

from pathlib import Path

import pandas as pd
from matplotlib.transforms import Bbox

from colorization.figures.style import METHOD_COLOURS, NARROW, figure

# Where a name may stand beside its marker, in points, the best places first.
PLACES = [(x, y) for x in (9, -9) for y in (8, -8, 18, -18, 28, -28)]


def draw(
    table: pd.DataFrame, path: Path | str, vector: Path | str | None = None
) -> None:
    """Rows of `comparison.tabulate`: markers as large as colourful, bars for intervals.

    The ground truth is left out: it is at 100 % on both axes.
    """
    rows = table[(table["name"] != "ground truth") & table["auc_low"].notna()]
    with figure(path, vector=vector, figsize=(NARROW, 4.6)) as (drawing, axes):
        for row in rows.itertuples():
            _mark(axes, row)
        model, gray = METHOD_COLOURS["model"], METHOD_COLOURS["gray"]
        axes.scatter([], [], s=40, color=model, label="run")
        axes.scatter([], [], s=40, color=gray, marker="s", label="baseline")
        axes.plot([], [], color=gray, linewidth=0.8, label="95 % interval")
        axes.set(xlabel="AuC, raw, %", ylabel="AuC, rebalanced, %")
        axes.margins(0.15)
        title = "The larger a marker, the more colourful"
        axes.set_title(title, loc="left", pad=24)
        above = dict(loc="lower left", bbox_to_anchor=(0, 1), borderaxespad=0.2)
        axes.legend(ncols=3, **above)
        drawing.draw_without_rendering()  # the axes' limits are needed
        _name(axes, rows)


def _mark(axes, row) -> None:
    run = row.kind == "run"
    colour = METHOD_COLOURS["model" if run else row.name]
    x, y = 100 * row.auc, 100 * row.auc_rebalanced
    axes.errorbar(
        x,
        y,
        xerr=[[x - 100 * row.auc_low], [100 * row.auc_high - x]],
        yerr=[[y - 100 * row.auc_rebalanced_low], [100 * row.auc_rebalanced_high - y]],
        color=colour,
        linewidth=0.8,
    )
    marker, size = "o" if run else "s", 20 + 6 * row.colourfulness
    axes.scatter(x, y, s=size, color=colour, alpha=0.6, marker=marker, linewidth=0)


def _name(axes, rows: pd.DataFrame) -> None:
    """Names at the first place that is free; without one, a name is left out.

    Runs come first: where forty crowd, the baselines' names are the ones to miss.
    """
    points = axes.transData.transform(100 * rows[["auc", "auc_rebalanced"]].to_numpy())
    taken = [Bbox.from_bounds(x - 8, y - 8, 16, 16) for x, y in points]
    for row in rows.sort_values("kind", ascending=False).itertuples():
        for x, y in PLACES:
            text = axes.annotate(
                row.name,
                (100 * row.auc, 100 * row.auc_rebalanced),
                xytext=(x, y),
                textcoords="offset points",
                ha="left" if x > 0 else "right",
                va="center",
                parse_math=False,
            )
            box = text.get_window_extent()
            if not any(box.overlaps(other) for other in taken):
                taken.append(box)
                break
            text.remove()
