"""Tables of metrics: all runs and baselines, and paired differences."""

import re
from collections import Counter
from collections.abc import Iterable

import pandas as pd

from colorization.method.constants import GRAY, TRUTH
from colorization.pages.report.metrics import GROUPS, METRICS
from colorization.pages.report.numbers import (
    NOTHING,
    beside_zero,
    bounds,
    mean_and_spread,
    number,
    signed,
)
from colorization.pages.report.table import Cell, Table

# With more runs than this, not all pairs are listed.
ALL_PAIRS = 6
# The summary has this many runs, these metrics, and these baselines.
SUMMARIZED = 8
MAIN = ("auc", "auc_rebalanced")
ENDS = {GRAY: "no colours", TRUTH: "the true colours"}
# Means of equal numbers may differ by so much.
ROUNDING = 1e-9
# What stands beside a baseline's score that no run reaches.
AHEAD = "▲"

# The columns that identify a run, a baseline or a group of seeds.
KEY = ["run", "kind", "dataset"]


def _cell(score: pd.Series, metric: str) -> Cell:
    """A row of comparison.csv as a cell."""
    shown_as = METRICS[metric]
    value, low, high, spread = (
        shown_as.factor * score[name]
        for name in ("value", "low", "high", "sd_over_seeds")
    )
    text, note = number(value, shown_as.digits), ""
    if pd.notna(low) and low < high:
        note = f"({bounds(low, high, shown_as.digits)})"
    elif pd.notna(spread):
        text, note = mean_and_spread(value, spread, shown_as.digits)
    return Cell(text, value, note)


def score_tables(table: pd.DataFrame) -> list[Table]:
    """A table for each group of measured metrics; `table` is comparison.csv.

    The best of several runs on a dataset is emphasized, and baselines that are better
    than all of them are marked.
    """
    tables, several = [], table["dataset"].nunique() > 1
    measured = table[table["value"].notna()]
    for group, names in GROUPS.items():
        rows = measured[measured["metric"].isin(names)]
        names = [name for name in names if rows["metric"].eq(name).any()]
        if not names:
            continue
        titles = ["name", "kind", *(["dataset"] if several else [])]
        tables.append(Table(group, titles + [METRICS[name].title for name in names]))
        cells_of = {}
        for key, scores in _in_order(rows):
            scores = scores.set_index("metric")
            cells = [
                _cell(scores.loc[name], name) if name in scores.index else Cell(NOTHING)
                for name in names
            ]
            cells_of[key] = cells
            tables[-1].add(*key[: len(titles)], *cells)
        for dataset in rows["dataset"].unique():
            of_dataset = {k: v for k, v in cells_of.items() if k[2] == dataset}
            _mark_best(of_dataset, [METRICS[name].better for name in names])
    return tables


def _in_order(rows: pd.DataFrame) -> list[tuple[tuple[str, ...], pd.DataFrame]]:
    """The rows by KEY: runs, means over seeds, baselines, and the ground truth at the end."""
    groups = [*rows.groupby(KEY, sort=False)]
    return sorted(groups, key=lambda g: (g[0][1] == "baseline") + (g[0][0] == TRUTH))


def _mark_best(cells_of: dict[tuple[str, ...], list[Cell]], better: list[str]) -> None:
    """Emphasize the best of several runs, and mark baselines that are better still.

    `cells_of` are the rows of one dataset by KEY. The ground truth is no rival.
    """
    runs = [cells for key, cells in cells_of.items() if key[1] == "run"]
    rivals = [
        cells
        for key, cells in cells_of.items()
        if key[1] == "baseline" and key[0] != TRUTH
    ]
    for column, direction in enumerate(better):
        ours, theirs = (
            _with_values(row[column] for row in rows) for rows in (runs, rivals)
        )
        if not direction or not ours:
            continue
        sign = 1 if direction == "higher" else -1
        top, best = max(ours, key=lambda found: sign * found[0])
        # Readers see no difference between equal texts.
        for _, cell in ours:
            cell.strong = len(ours) > 1 and cell.text == best.text
        for value, cell in theirs:
            ahead = sign * value > sign * top and cell.text != best.text
            cell.mark = AHEAD if ahead else ""


def _with_values(cells: Iterable[Cell]) -> list[tuple[float, Cell]]:
    """The cells that hold numbers, with these."""
    return [(c.value, c) for c in cells if isinstance(c.value, int | float)]


def legend(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Each metric's name and meaning, and why it was not measured, if it was not."""
    lines = []
    for name, metric in METRICS.items():
        rows = table[table["metric"] == name]
        if reasons := sorted({*rows["reason"]} - {""}):
            why = "; ".join(reasons)
            lines.append((metric.label, f"{metric.meaning}. Not measured: {why}"))
        elif len(rows):
            lines.append((metric.label, metric.meaning))
    return lines


def listed(paired: pd.DataFrame, runs: list[str]) -> pd.DataFrame:
    """The differences to show: in all metrics of which more or less is better.

    Of many runs, only those to gray and to the first run.
    """
    rows = paired[[bool(METRICS[name].better) for name in paired["metric"]]]
    if len(runs) > ALL_PAIRS:
        rows = rows[rows["right"].eq(GRAY) | rows["left"].eq(runs[0])]
    return rows


def is_clear(row: pd.Series) -> bool:
    """Whether the interval excludes 0, by more than rounding of sums."""
    return row["low"] > ROUNDING or row["high"] < -ROUNDING


def winner(row: pd.Series) -> str | None:
    """The side that is clearly better: its name, or None."""
    if not is_clear(row):
        return None
    higher = METRICS[row["metric"]].better == "higher"
    return row["left"] if (row["difference"] > 0) == higher else row["right"]


def verdict(row: pd.Series) -> str:
    """Which side is better, or that there is no clear difference."""
    better = winner(row)
    return f"{better} is better" if better else "no clear difference"


def pair_table(rows: pd.DataFrame) -> Table:
    """One row for each difference left − right, with its interval and verdict."""
    columns = ["left", "right", "metric", "left − right", "95 % interval", "verdict"]
    table = Table("Paired differences on the same images", columns)
    for _, row in rows.iterrows():
        metric = METRICS[row["metric"]]
        value, low, high = (
            row[key] * metric.factor for key in ("difference", "low", "high")
        )
        unit = "points" if metric.unit == "%" else metric.unit
        table.add(
            row["left"],
            row["right"],
            metric.label,
            Cell(f"{signed(value, metric.digits)} {unit}".strip(), value),
            Cell(beside_zero(low, high, metric.digits), low),
            Cell(verdict(row), strong=is_clear(row)),
        )
    return table


def verdicts(rows: pd.DataFrame) -> list[dict[str, str]]:
    """For each two sides in words in which metrics the left is better, worse, or neither."""
    lines = []
    for (left, right), of_pair in rows.groupby(["left", "right"], sort=False):
        found = {left: "better", right: "worse", None: "no clear difference"}
        metrics: dict[str, list[str]] = {words: [] for words in found.values()}
        for _, row in of_pair.iterrows():
            metrics[found[winner(row)]].append(METRICS[row["metric"]].label)
        words = [f"{key} in {', '.join(some)}" for key, some in metrics.items() if some]
        lines.append(dict(left=left, right=right, words="; ".join(words)))
    return lines


def summary(table: pd.DataFrame, paired: pd.DataFrame) -> tuple[Table, int]:
    """The main scores of each run, of gray and of the truth; and how many runs are left out.

    `table` is comparison.csv. Seeds of one run are one row: the mean and the spread.
    """
    raw, rebalanced, colourfulness = (
        METRICS[name].title for name in (*MAIN, "colourfulness")
    )
    against = "against gray, points"
    titles = ["name", raw, against, rebalanced, against, colourfulness]
    shown = Table("Summary", titles)
    members = _members(table)
    seeds = {run for group in members.values() for run in group}
    groups = _in_order(table)
    runs = [g for g in groups if g[0][1] != "baseline" and g[0][0] not in seeds]
    order = table["run"].unique().tolist()
    # Seeds stand where the first of them is.
    runs.sort(key=lambda g: order.index((members.get(g[0][0]) or [g[0][0]])[0]))
    ends = [g for g in groups if g[0][1] == "baseline" and g[0][0] in ENDS]
    differences = paired[paired["right"] == GRAY]
    for (name, kind, dataset), rows in runs[:SUMMARIZED] + ends:
        scores = rows.set_index("metric")
        of_runs = differences[differences["left"].isin(members.get(name, [name]))]
        note = kind if name in members else ""
        if kind == "baseline":
            several = table["dataset"].nunique() > 1
            note = ENDS[name] + (f", {dataset}" if several else "")
        cells = [Cell(name, note=note)]
        for metric in MAIN:
            pairs = of_runs[of_runs["metric"] == metric]
            difference = _difference(pairs) if len(pairs) else Cell(NOTHING)
            cells += [_cell(scores.loc[metric], metric), difference]
        shown.add(*cells, _cell(scores.loc["colourfulness"], "colourfulness"))
    return shown, max(0, len(runs) - SUMMARIZED)


def _members(table: pd.DataFrame) -> dict[str, list[str]]:
    """The runs of each group of seeds in comparison.csv."""
    groups = table.loc[table["kind"].str.endswith("seeds"), "run"].unique()
    runs = table.loc[table["kind"] == "run", "run"].unique()
    return {
        group: [r for r in runs if re.fullmatch(re.escape(group) + r"-seed\d+", r)]
        for group in groups
    }


def _difference(pairs: pd.DataFrame) -> Cell:
    """The difference from gray in one AuC, in points: of a run, or the mean of seeds."""
    value = 100 * pairs["difference"].mean()
    words = {GRAY: "worse", None: "no clear difference"}
    found = Counter(words.get(winner(row), "better") for _, row in pairs.iterrows())
    if len(pairs) == 1:
        return Cell(signed(value), value, note=next(iter(found)))
    note = ", ".join(f"{count} {word}" for word, count in found.items())
    return Cell(signed(value), value, note=note)
