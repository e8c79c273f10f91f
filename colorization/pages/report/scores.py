"""Tables of metrics: all runs and baselines, and paired differences."""

import pandas as pd

from colorization.method.constants import GRAY, TRUTH
from colorization.pages.report.metrics import COMPARED, GROUPS, METRICS
from colorization.pages.report.numbers import (
    NOTHING,
    bounds,
    interval,
    mean_and_spread,
    number,
    signed,
)
from colorization.pages.report.table import Cell, Table

# With more runs than this, not all pairs are listed.
ALL_PAIRS = 6

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
    if pd.notna(low):
        note = f"({bounds(low, high, shown_as.digits)})"
    elif pd.notna(spread):
        text, note = mean_and_spread(value, spread, shown_as.digits)
    return Cell(text, value, note)


def score_tables(table: pd.DataFrame) -> list[Table]:
    """A table for each group of measured metrics; `table` is comparison.csv.

    Of several runs, the best is emphasized.
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
        for key, scores in _in_order(rows):
            scores = scores.set_index("metric")
            cells = [
                _cell(scores.loc[name], name) if name in scores.index else Cell(NOTHING)
                for name in names
            ]
            tables[-1].add(*key[: len(titles)], *cells)
        _emphasize_best(tables[-1], [METRICS[name].better for name in names])
    return tables


def _in_order(rows: pd.DataFrame) -> list[tuple[tuple[str, ...], pd.DataFrame]]:
    """The rows by KEY: runs, means over seeds, baselines, and the ground truth at the end."""
    groups = [*rows.groupby(KEY, sort=False)]
    return sorted(groups, key=lambda g: (g[0][1] == "baseline") + (g[0][0] == TRUTH))


def _emphasize_best(table: Table, better: list[str]) -> None:
    runs = [row[-len(better) :] for row in table.rows if row[1].text == "run"]
    for direction, cells in zip(better, zip(*runs, strict=True), strict=True):
        cells = [cell for cell in cells if cell.value is not None]
        if direction and len(cells) > 1:
            pick = max if direction == "higher" else min
            pick(cells, key=lambda cell: cell.value).strong = True


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
    """The differences to show: in main metrics; of many runs, only to gray and the first."""
    rows = paired[paired["metric"].isin(COMPARED)]
    if len(runs) > ALL_PAIRS:
        rows = rows[rows["right"].eq(GRAY) | rows["left"].eq(runs[0])]
    return rows


def is_clear(row: pd.Series) -> bool:
    """Whether the interval excludes 0."""
    return row["low"] > 0 or row["high"] < 0


def verdict(row: pd.Series) -> str:
    """Which side is better, or that there is no clear difference."""
    if not is_clear(row):
        return "no clear difference"
    higher = METRICS[row["metric"]].better == "higher"
    winner = row["left"] if (row["difference"] > 0) == higher else row["right"]
    return f"{winner} is better"


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
            Cell(bounds(low, high, metric.digits), low),
            Cell(verdict(row), strong=is_clear(row)),
        )
    return table


def summary(table: pd.DataFrame, paired: pd.DataFrame, runs: list[str]) -> list[dict]:
    """The main scores of each run and of gray, as text; `table` is comparison.csv."""
    main, lines = ("auc", "auc_rebalanced"), []
    groups = dict([*table.groupby(KEY, sort=False)])
    scores = {key: rows.set_index("metric") for key, rows in groups.items()}
    datasets = {name: dataset for name, kind, dataset in scores if kind == "run"}
    for run in runs:
        of_run = scores[run, "run", datasets[run]]
        gray = scores[GRAY, "baseline", datasets[run]]["value"]
        against = paired.query("left == @run and right == @GRAY").set_index("metric")
        lines.append(
            dict(
                run=run,
                **{m: _in_words(of_run.loc[m]) for m in main},
                **{f"{m}_verdict": _against_gray(against.loc[m]) for m in main},
                gray=number(100 * gray["auc"]),
                gray_rebalanced=number(100 * gray["auc_rebalanced"]),
                colourfulness=number(of_run.loc["colourfulness", "value"]),
            )
        )
    return lines


def over_seeds(table: pd.DataFrame) -> list[dict]:
    """Mean and spread of the main scores of each run with several seeds, as text."""
    lines = []
    groups = table[table["kind"].str.endswith("seeds")].groupby(KEY, sort=False)
    for (name, kind, _), rows in groups:
        scores = 100 * rows.set_index("metric")[["value", "sd_over_seeds"]]
        main = {m: scores.loc[m] for m in ("auc", "auc_rebalanced")}
        words = {m: " ".join(mean_and_spread(*score)) for m, score in main.items()}
        lines.append(dict(run=name, kind=kind) | words)
    return lines


def _in_words(score: pd.Series) -> str:
    ends = (100 * score[name] for name in ("value", "low", "high"))
    value, _, rest = interval(*ends).partition(" ")
    return f"{value} % {rest}".strip()


def _against_gray(row: pd.Series) -> str:
    if not is_clear(row):
        return "not clearly different from gray"
    side = "above" if row["difference"] > 0 else "below"
    return f"{number(abs(100 * row['difference']))} points {side} gray"
