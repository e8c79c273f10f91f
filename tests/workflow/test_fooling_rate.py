"""Which one is real? From a finished run to a page, and from answers to the report."""

import re
import shutil

import pandas as pd
import pytest

from colorization.evaluation.answer_key import Key
from colorization.runtime.json_file import read_json
from tests.support.report_page import check_page
from tests.support.sitting import save, sit
from tests.support.workflows import Workflow, forked


@pytest.fixture(scope="module")
def asking(finished, tmp_path_factory):
    """A finished workflow with the page, and its key."""
    folder = tmp_path_factory.mktemp("realism") / "asking"
    shutil.copytree(finished.folder, folder, symlinks=True)
    workflow = forked(Workflow(folder))
    assert not (folder / "results/realism").exists()
    workflow("--", "realism")
    workflow.key = read_json(folder / "results/sitting/key.json", Key)
    return workflow


def with_answers(paths, more=""):
    return ["--config", f"realism={{{more}answers: [{', '.join(paths)}]}}"]


def test_answers_reach_the_table_and_the_report(asking):
    results = asking.folder / "results"
    names = {path.stem for path in (results / "realism/pairs").glob("[!.]*")}
    assert names == asking.key.pairs.keys()
    assert not asking.planned()
    page = (results / "report.html").read_text(encoding="utf-8")
    assert "a page that asks them" in page and "Which one is real?" not in page
    # Everybody is fooled by 3 of 12 pairs; one does not look.
    people = [sit(asking.key, i, lambda run, n: n % 4 == 0) for i in range(5)]
    people.append(sit(asking.key, 5, lambda *_: True, wrong_controls=1))
    paths = [save(asking.folder, content) for content in people]
    asked = with_answers(paths)
    new = {"fooling", "compare", "draw_comparison", "report"}
    assert asking.planned(*asked) == new
    asking(*asked)
    table = pd.read_csv(results / "comparison.csv")
    (row,) = table[table["metric"] == "fooling_rate"].itertuples()
    assert (row.run, row.kind, row.value) == ("full", "run", 0.25)
    assert 0 <= row.low < 0.25 < row.high < 0.5
    page = check_page(results / "report.html")
    section = re.search(
        r'<section aria-labelledby="realism">(.*?)</section>', page, re.S
    )
    for said in (
        "Answers of 5 people count.",
        "Left out: 1 person who recognized fewer than three quarters of the controls",
        "full is told from photographs more often than by chance.",
        ">25.0 <small>",
    ):
        assert said in section[1]
    assert not asking.planned(*asked)
    # Without answers nothing of them is left.
    assert asking.planned() == new - {"fooling"}


def test_answers_that_cannot_be_used_are_refused(asking):
    asked = with_answers(["none.json"])
    status, output = asking("-n", *asked, check=False)
    assert status
    assert "config: realism.answers: none.json is no file" in output
    path = save(asking.folder, sit(asking.key, 0, lambda *_: False), "old.json")
    target = "results/sitting/fooling.json"
    command = [*with_answers([path], more="seed: 1, "), "--", target]
    status, output = asking(*command, check=False)
    assert status
    assert f"{path}: answers to other pictures: its sitting is" in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (["realism={runs: [fall]}"], "'fall' is none of the runs: full"),
        (
            ["realism={runs: [full, wide]}", "runs={wide: {data: {size: 40}}}"],
            "wide has other images than full: people judge runs on the same images",
        ),
    ],
)
def test_only_runs_on_the_same_images_are_judged(asking, settings, said):
    status, output = asking("-n", "--config", *settings, check=False)
    assert status
    assert f"config: realism.runs: {said}" in output
