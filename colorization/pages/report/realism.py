"""The section on what people took for real."""

from pathlib import Path
from typing import Any

from colorization.evaluation.fooling import Fooling, Rate
from colorization.pages.report.numbers import NOTHING, bounds, number
from colorization.pages.report.table import Cell, Table
from colorization.runtime.json_file import read_json

# A method that gives the true colours, in expectation.
PERFECT = 0.5
# In %, from the paper: the full method (abstract), and its controls, which had the colours
# of random images; 87 % of the answers recognized them (section 3.1).
PAPER = {"the paper’s full method": 32, "the paper’s controls, random colours": 13}
ABOUT_PAPER = (
    "The paper’s figures are those of Zhang, Isola and Efros (ECCV 2016), abstract and "
    "section 3.1: 40 people for each method, 256×256 pixels, ImageNet. Other photographs "
    "and other people may give other rates, so they say where a rate stands, no more. The "
    "controls here are more obvious than the paper’s."
)


def section(path: Path) -> dict[str, Any]:
    """What the template uses, from fooling.json. Raises StageError."""
    fooling = read_json(path, Fooling)
    return dict(
        people=people(fooling),
        table=table(fooling),
        sentences=[sentence(run, rate) for run, rate in fooling.runs.items()],
        paper=ABOUT_PAPER,
    )


def table(fooling: Fooling) -> Table:
    """One row a run, and the paper's figures."""
    columns = ["colours by", "fooling rate, % ↑", "answers", "photographs"]
    shown = Table("Fooling rates", columns)
    for run, rate in fooling.runs.items():
        value, low, high = (100 * end for end in ends(rate))
        counts = (Cell(number(n, 0), n) for n in (rate.answers, rate.photographs))
        shown.add(run, Cell(number(value), value, f"({bounds(low, high)})"), *counts)
    for name, rate in PAPER.items():
        shown.add(name, Cell(number(rate, 0), rate), Cell(NOTHING), Cell(NOTHING))
    return shown


def ends(rate: Rate) -> tuple[float, float, float]:
    """The rate and the ends of its interval, 0…1."""
    assert rate.low is not None and rate.high is not None
    return rate.value, rate.low, rate.high


def sentence(run: str, rate: Rate) -> str:
    """Where a rate stands to chance, as its interval says."""
    _, low, high = ends(rate)
    if high < PERFECT:
        said = "is told from photographs more often than by chance"
    elif low > PERFECT:
        said = "is taken for the photograph more often than the photograph itself"
    else:
        said = "is not clearly told from photographs: its interval holds 50 %"
    return f"{run} {said}."


def people(fooling: Fooling) -> str:
    """Whose answers count, and what was left out."""
    words = [f"Answers of {_counted(fooling.people, 'person', 'people')} count."]
    if fooling.inattentive:
        left_out = _counted(fooling.inattentive, "person", "people")
        words.append(
            f"Left out: {left_out} who recognized fewer than three quarters of the controls, "
            "pairs with obviously wrong colours."
        )
    if fooling.controls is not None:
        share = number(100 * fooling.controls, 0)
        words.append(f"Of all answers to controls, {share} % were right.")
    if fooling.unseen:
        pairs = _counted(fooling.unseen, "pair", "pairs")
        words.append(f"{pairs} did not count: not to be seen for a whole second.")
    return " ".join(words)


def _counted(count: int, one: str, many: str) -> str:
    return f"{number(count, 0)} {one if count == 1 else many}"
