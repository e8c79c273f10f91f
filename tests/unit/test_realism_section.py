"""The report's section on what people took for real: each sentence follows its numbers."""

import pytest

from colorization.evaluation.fooling import Fooling, Rate
from colorization.pages.report import realism


def rate(value, low, high):
    return Rate(value=value, low=low, high=high, answers=1234, photographs=36)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (rate(0.32, 0.27, 0.37), "full is told from photographs more often than by"),
        (rate(0.45, 0.38, 0.52), "full is not clearly told from photographs: its"),
        (rate(0.6, 0.55, 0.65), "full is taken for the photograph more often than"),
    ],
)
def test_a_sentence_says_what_the_interval_says(found, said):
    assert realism.sentence("full", found).startswith(said)


def fooling(**more):
    counts = dict(people=12, inattentive=0, unseen=0, controls=0.96)
    runs = dict(full=rate(0.3214, 0.274, 0.371))
    return Fooling(**dict(counts, runs=runs) | more)


def test_the_table_has_the_runs_and_the_papers_figures():
    table = realism.table(fooling())
    run, *paper = table.rows
    assert [cell.text for cell in run] == ["full", "32.1", "1,234", "36"]
    assert run[1].note == "(27.4–37.1)"
    # 32 %: the paper's abstract; 100 − 87 %: section 3.1.
    assert [row[1].text for row in paper] == ["32", "13"]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            {},
            "Answers of 12 people count. Of all answers to controls, 96 % were right.",
        ),
        (dict(people=1, controls=None), "Answers of 1 person count."),
        (
            dict(inattentive=2, unseen=1),
            "Answers of 12 people count. Left out: 2 people who recognized fewer than three "
            "quarters of the controls, pairs with obviously wrong colours. Of all answers to "
            "controls, 96 % were right. 1 pair did not count: not to be seen for a whole second.",
        ),
    ],
)
def test_who_counts_is_said(more, said):
    assert realism.people(fooling(**more)) == said
