"""The report's tables of scores and comparisons, against small tables made by hand."""

import re

import pandas as pd
import pytest

from colorization.pages.report import (
    numbers,
    scores,
)
from tests.support.report_inputs import against_gray, pair, rows_of, table_of


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (numbers.number(12345.67), "12,345.7"),
        (numbers.number(-0.04), "0.0"),
        (numbers.number(-2), "−2.0"),
        (numbers.number(float("nan")), "—"),
        (numbers.number(None), "—"),
        (numbers.signed(1.25), "+1.2"),
        (numbers.signed(0.01), "0.0"),
        (numbers.signed(-1.25), "−1.2"),
        (numbers.interval(89.2, 88.1, 90.3), "89.2 (88.1–90.3)"),
        (numbers.interval(-1, -2, 1), "−1.0 (−2.0 to 1.0)"),
        (numbers.interval(1, float("nan"), 2), "1.0"),
        # A bound that is not 0 does not look like 0.
        (numbers.beside_zero(-0.2, -0.04), "−0.20 to −0.04"),
        (numbers.beside_zero(0.003, 1.2), "0.003–1.200"),
        (numbers.beside_zero(-0.2, 0), "−0.2 to 0.0"),
        (numbers.beside_zero(0.1, 2), "0.1–2.0"),
        (numbers.bounds(-1e-9, 0.2), "0.0–0.2"),
        (numbers.duration(0.44), "0.4 s"),
        (numbers.duration(59.6), "1 min 0 s"),
        (numbers.duration(7500), "2 h 5 min"),
    ],
)
def test_numbers_read_well(text, expected):
    assert text == expected


def test_reasons_stand_below_the_table_and_not_in_it(comparison):
    shown = scores.score_tables(comparison)
    assert [t.title for t in shown] == ["Colours", "Distributions over the bins"]
    text = str(shown)
    assert "no weights" not in text
    assert (
        "LPIPS",
        "distance in the features of an AlexNet. Not measured: no weights",
    ) in (scores.legend(comparison))


def test_scores_have_intervals_units_and_the_best_run_marked(comparison):
    (colours, _) = scores.score_tables(comparison)
    assert colours.columns[:4] == [
        "name",
        "kind",
        "AuC raw, % ↑",
        "AuC rebalanced, % ↑",
    ]
    rows = {(r[0].text, r[1].text): r for r in colours.rows}
    best = rows["a", "run"][2]
    assert (best.text, best.note, best.strong) == ("90.0", "(89.0–91.0)", True)
    assert not rows["b", "run"][2].strong
    assert rows["a", "2 seeds"][2].note == "± 0.2"
    # A metric that a method has not is a dash that sorts last.
    assert rows["a", "2 seeds"][3].text == "—"
    assert rows["a", "2 seeds"][3].value is None
    assert colours.rows[0][0].text == "a"
    assert colours.rows[-1][0].text == "ground truth"


def test_a_baseline_that_no_run_reaches_is_marked(comparison):
    """Gray has 85 % raw AuC, more than b; the truth, which has all, is no rival."""
    without_a = comparison[comparison["run"] != "a"]
    (colours, _) = scores.score_tables(without_a)
    marks = {row[0].text: row[2].mark for row in colours.rows}
    assert marks == {"b": "", "gray": "▲", "ground truth": ""}
    # Less is better; chroma has no better side.
    errors = [rows_of("b", "run", 0.8, rmse_ab=9.0, chroma=1.0)]
    errors.append(rows_of("gray", "baseline", 0.7, rmse_ab=8.0, chroma=9.0))
    (table,) = scores.score_tables(table_of(*errors))
    by_name = {row[0].text: [cell.mark for cell in row[2:]] for row in table.rows}
    assert by_name["gray"] == ["", "", "▲", "", ""]
    (colours, _) = scores.score_tables(comparison)
    assert not any(cell.mark for row in colours.rows for cell in row)


def test_the_best_is_the_best_on_its_dataset():
    easy = rows_of("easy", "run", 0.9) + rows_of("easier", "run", 0.95)
    hard = rows_of("hard", "run", 0.5) + rows_of("harder", "run", 0.4)
    hard = [row | dict(dataset="e") for row in hard]
    (table,) = scores.score_tables(table_of(easy, hard))
    strong = {row[0].text for row in table.rows if row[3].strong}
    assert strong == {"easier", "hard"}


def test_verdicts_follow_intervals_and_directions():
    rows = pd.DataFrame(
        [
            pair("a", "gray", "auc", 0.05, 0.04, 0.06),
            pair("a", "gray", "rmse_ab", -2.0, -3.0, -1.0),
            pair("a", "b", "rmse_ab", 1.0, 0.5, 2.0),
            pair("a", "b", "auc", 0.01, -0.01, 0.03),
        ]
    )
    table = scores.pair_table(rows)
    verdicts = [r[-1].text for r in table.rows]
    assert verdicts == ["a is better"] * 2 + ["b is better", "no clear difference"]
    assert table.rows[0][3].text == "+5.0 points"
    assert table.rows[1][4].text == "−3.0 to −1.0"


def test_all_metrics_with_a_better_side_are_listed():
    metrics = ["auc", "psnr", "chroma", "kl", "colourfulness"]
    paired = pd.DataFrame([pair("a", "gray", m, 0.1, 0.0, 0.2) for m in metrics])
    assert [*scores.listed(paired, ["a"])["metric"]] == ["auc", "psnr", "kl"]


def test_what_got_worse_is_told_like_what_got_better():
    rows = pd.DataFrame(
        [
            pair("a", "gray", "auc", -0.05, -0.06, -0.04),
            pair("a", "gray", "auc_rebalanced", 0.05, 0.04, 0.06),
            pair("a", "gray", "rmse_ab", -0.1, -0.3, 0.1),
            pair("a", "b", "rmse_ab", 1.0, 0.5, 2.0),
        ]
    )
    gray, other = scores.verdicts(rows)
    assert (gray["left"], gray["right"]) == ("a", "gray")
    expected = "better in AuC rebalanced; worse in AuC raw; no clear difference in RMSE"
    assert gray["words"] == expected
    assert other["words"] == "worse in RMSE"


def test_a_verdict_and_its_interval_do_not_contradict():
    """−0.04 rounds to 0, which the interval then seems to include."""
    ends = [(-0.002, -0.0004), (-0.002, 0.0004), (-0.002, 0.0), (1e-7, 0.002)]
    rows = pd.DataFrame(
        [pair("a", "gray", "auc", low, low, high) for low, high in ends]
    )
    shown = scores.pair_table(rows).rows
    for (low, high), row in zip(ends, shown, strict=True):
        numbers_shown = re.findall(r"[−\d.]+", row[4].text)
        first, last = (float(text.replace("−", "-")) for text in numbers_shown)
        assert (first > 0 or last < 0) == (low > 0 or high < 0)
        assert row[5].strong == (low > 0 or high < 0)


def test_of_many_runs_not_all_pairs_are_listed():
    names = [f"r{i}" for i in range(8)]
    rows = [pair(n, "gray", "auc", 0.1, 0.0, 0.2) for n in names]
    rows += [pair(a, b, "auc", 0, -1, 1) for a in names for b in names if a < b]
    rows += [pair("r0", "gray", "chroma", 0, -1, 1)]
    paired = pd.DataFrame(rows)
    assert len(scores.listed(paired, names)) == 8 + 7
    assert len(scores.listed(paired, names[:3])) == 8 + 28


def test_the_summary_says_when_nothing_was_gained(comparison):
    paired = against_gray(a=(0.05, 0.04, 0.06), b=(0, -1, 1))
    comparison = comparison[comparison["kind"] != "2 seeds"]
    table, left_out = scores.summary(comparison, paired)
    first, second, gray, truth = table.rows
    assert (first[1].text, first[1].note) == ("90.0", "(89.0–91.0)")
    assert (first[2].text, first[2].note) == ("+5.0", "better")
    assert (second[2].text, second[2].note) == ("0.0", "no clear difference")
    assert (gray[0].text, gray[1].text, gray[2].text) == ("gray", "85.0", "—")
    assert truth[1].text == "100.0"
    assert left_out == 0
    worse, _ = scores.summary(comparison, against_gray(a=(-0.05, -0.06, -0.04)))
    assert (worse.rows[0][2].text, worse.rows[0][2].note) == ("−5.0", "worse")


def test_seeds_are_one_row_of_the_summary(comparison):
    names = {"a": "a-seed0", "b": "a-seed1"}
    rows = comparison.assign(run=comparison["run"].replace(names))
    rows.loc[rows["kind"] == "2 seeds", "run"] = "a"
    seeds = dict(run="a", kind="2 seeds", dataset="d", metric="auc_rebalanced")
    half = pd.DataFrame([seeds | dict(value=0.6123456, sd_over_seeds=0.00021)])
    ends = {"a-seed0": (0.05, 0.04, 0.06), "a-seed1": (-0.02, -0.03, -0.01)}
    table, _ = scores.summary(pd.concat([rows, half]), against_gray(**ends))
    group, *others = table.rows
    assert [row[0].text for row in others] == ["gray", "ground truth"]
    assert (group[0].text, group[0].note) == ("a", "2 seeds")
    assert (group[1].text, group[1].note) == ("90.0", "± 0.2")
    assert (group[3].text, group[3].note) == ("61.23", "± 0.02")
    assert group[2].text == "+1.5"
    assert group[2].note == "1 better, 1 worse"
