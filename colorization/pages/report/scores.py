"""Tables of metrics: all runs and baselines, and paired differences."""

import pandas as pd

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

# With more runs, not all pairs are listed.
ALL_PAIRS = 6


def numeric(table: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    """comparison.csv with numbers only, and the reasons that stood in their places."""
    reasons, table = {}, table.copy()
    for metric in METRICS:
        if metric in table:
            values = pd.to_numeric(table[metric], errors="coerce")
            said = table[metric][values.isna() & table[metric].notna()]
            if len(said):
                reasons[metric] = sorted(set(said))
            table[metric] = values
    return table, reasons


def _cell(row: pd.Series, metric: str) -> Cell:
    about, value = METRICS[metric], row[metric]
    if pd.isna(value):
        return Cell(NOTHING)
    value *= about.factor
    low, high = (row.get(f"{metric}_{end}", float("nan")) for end in ("low", "high"))
    spread = row.get(f"{metric}_sd_over_seeds", float("nan"))
    text, note = number(value, about.digits), ""
    if pd.notna(low):
        note = f"({bounds(low * about.factor, high * about.factor, about.digits)})"
    elif pd.notna(spread):
        text, note = mean_and_spread(value, spread * about.factor, about.digits)
    return Cell(text, value, note)


def score_tables(table: pd.DataFrame) -> list[Table]:
    """A table a group of metrics that were measured; `table` is numeric.

    The best run is emphasized where there are several.
    """
    found, several = [], table["dataset"].nunique() > 1
    for group, names in GROUPS.items():
        known = [n for n in names if n in table and table[n].notna().any()]
        if not known:
            continue
        titles = ["name", "kind", *(["dataset"] if several else [])]
        shown = Table(group, titles + [METRICS[name].title for name in known])
        for _, row in _in_order(table).iterrows():
            if row[known].notna().any():
                place = [row["name"], row["kind"]]
                place += [row["dataset"]] if several else []
                shown.add(*place, *(_cell(row, name) for name in known))
        _emphasize_best(shown, [METRICS[name].better for name in known])
        found.append(shown)
    return found


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Runs, their means over seeds, baselines, and the ground truth at the end."""
    rank = table["kind"].eq("baseline") + 2 * table["name"].eq("ground truth")
    return table.loc[rank.sort_values(kind="stable").index]


def _emphasize_best(table: Table, better: list[str]) -> None:
    runs = [row[-len(better) :] for row in table.rows if row[1].text == "run"]
    for way, cells in zip(better, zip(*runs, strict=True), strict=True):
        cells = [cell for cell in cells if cell.value is not None]
        if way and len(cells) > 1:
            pick = max if way == "higher" else min
            pick(cells, key=lambda cell: cell.value).strong = True


def legend(table: pd.DataFrame, reasons: dict[str, list[str]]) -> list[tuple[str, str]]:
    """Each metric's name and meaning, and why it was not measured, if so."""
    lines = []
    for name, metric in METRICS.items():
        if name in reasons:
            why = "; ".join(reasons[name])
            lines.append((metric.label, f"{metric.meaning}. Not measured: {why}"))
        elif name in table and table[name].notna().any():
            lines.append((metric.label, metric.meaning))
    return lines


def listed(paired: pd.DataFrame, runs: list[str]) -> pd.DataFrame:
    """The differences worth a row: main metrics; of many runs, those to gray and first."""
    rows = paired[paired["metric"].isin(COMPARED)]
    if len(runs) > ALL_PAIRS:
        rows = rows[rows["right"].eq("gray") | rows["left"].eq(runs[0])]
    return rows


def is_clear(row: pd.Series) -> bool:
    """Whether the interval excludes 0."""
    return row["low"] > 0 or row["high"] < 0


def verdict(row: pd.Series) -> str:
    """Which side is better, if other images would show it too."""
    if not is_clear(row):
        return "no clear difference"
    higher = METRICS[row["metric"]].better == "higher"
    winner = row["left"] if (row["difference"] > 0) == higher else row["right"]
    return f"{winner} is better"


def pair_table(rows: pd.DataFrame) -> Table:
    """One row a difference left − right with its interval and verdict."""
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
    """The main numbers of each run beside gray, in words; `table` is numeric."""
    rows = table[table["kind"] == "run"].set_index("name")
    lines = []
    for run in runs:
        row = rows.loc[run]
        gray = table.query(
            "name == 'gray' and kind == 'baseline' and dataset == @row.dataset"
        ).iloc[0]
        against = paired.query("left == @run and right == 'gray'").set_index("metric")
        lines.append(
            dict(
                run=run,
                **{m: _in_words(row, m) for m in ("auc", "auc_rebalanced")},
                **{
                    f"{m}_verdict": _against_gray(against.loc[m])
                    for m in ("auc", "auc_rebalanced")
                },
                gray=number(100 * gray["auc"]),
                gray_rebalanced=number(100 * gray["auc_rebalanced"]),
                colourfulness=number(row["colourfulness"]),
            )
        )
    return lines


def over_seeds(table: pd.DataFrame) -> list[dict]:
    """The main numbers of each run with several seeds: their mean and its spread."""
    rows = table[table["kind"].str.endswith("seeds")]
    return [
        dict(run=row["name"], kind=row["kind"])
        | {
            metric: " ".join(
                mean_and_spread(100 * row[metric], 100 * row[f"{metric}_sd_over_seeds"])
            )
            for metric in ("auc", "auc_rebalanced")
        }
        for _, row in rows.iterrows()
    ]


def _in_words(row: pd.Series, metric: str) -> str:
    ends = (row.get(f"{metric}_{end}", float("nan")) for end in ("low", "high"))
    values = [100 * value for value in (row[metric], *ends)]
    value, _, rest = interval(*values).partition(" ")
    return f"{value} % {rest}".strip()


def _against_gray(row: pd.Series) -> str:
    if not is_clear(row):
        return "not clearly different from gray"
    side = "above" if row["difference"] > 0 else "below"
    return f"{number(abs(100 * row['difference']))} points {side} gray"
