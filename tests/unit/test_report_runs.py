"""What the report says of runs: settings, training, limits, times."""

import re
from types import SimpleNamespace

import pandas as pd
import pytest

from colorization.evaluation.metrics_file import METHODS, Metrics
from colorization.pages.report import limits as limits_of_model
from colorization.pages.report import (
    origin,
    results,
    runs,
)
from colorization.pages.report.limits import limits, mostly_gray
from colorization.pages.report.table import Cell, Table
from colorization.pages.templates import environment
from colorization.runtime.log import StageError
from tests.support.records import record
from tests.support.report_inputs import make_run


def test_what_differs_between_runs_is_emphasized(tmp_path):
    both = make_run(tmp_path), make_run(tmp_path, "b", rebalance=False, steps=8)
    table = runs.overview(both)
    strong = {
        column
        for column, cell in zip(table.columns, table.rows[1], strict=True)
        if cell.strong
    }
    assert strong == {"recipe", "steps × batch"}
    decoding = table.columns.index("decoding")
    assert [row[decoding].text for row in table.rows] == ["T = 0.38"] * 2
    differences = runs.differences(both)
    assert differences.columns == ["run", "train.rebalance", "train.steps"]
    assert [cell.text for cell in differences.rows[1]] == ["b", "false", "8"]
    assert runs.differences(both[:1]) is None


def test_how_scores_become_colours_is_told(tmp_path):
    some = [make_run(tmp_path, share=share) for share in (0.5, -1.0)]
    some.append(make_run(tmp_path, loss="regression"))
    table = runs.overview(some)
    cells = [row[table.columns.index("decoding")] for row in table.rows]
    assert [cell.text for cell in cells] == [
        "T = 0.38, τ = 0.5",
        "T = 0.38, τ = −1",
        "—",
    ]
    assert [cell.strong for cell in cells] == [False, True, True]


def test_training_is_told_at_the_kept_step(tmp_path):
    (cells,) = runs.training([make_run(tmp_path)]).rows
    assert [cell.text for cell in cells] == [
        *("a", "1.5 s", "4", "1.5", "2 of 3", "2", "2", "2.5")
    ]


@pytest.mark.parametrize(
    ("losses", "word"), [((3, 2, 2.5), "It overfits"), ((3, 2, 1.9), "No overfitting")]
)
def test_limits_are_what_was_measured(tmp_path, losses, word):
    run = make_run(tmp_path, losses=losses)
    others = dict(auc=dict(value=1.0), auc_rebalanced=dict(value=1.0))
    value = others | dict(colourfulness=dict(value=10.0))
    truth = others | dict(colourfulness=dict(value=20.0))
    methods = dict.fromkeys(METHODS, value) | {"ground truth": truth}
    run.metrics = Metrics(images=2, unavailable=dict(fid="no"), methods=methods)
    rows = [(0, "model", 0.9), (0, "gray", 0.8), (1, "model", 0.5), (1, "gray", 0.8)]
    lines = limits(run, pd.DataFrame(rows, columns=["image", "method", "auc"]))
    text = " ".join(lines)
    assert "50.0 % of the test images" in text
    assert "50 % less colourful" in text
    assert "1 of its 2 bins" in text
    assert "Not measured: FID." in text
    assert word in text


def test_a_model_may_have_learned_before_what_its_images_do_not_show(tmp_path):
    words = {None: "cannot have learned", "base": "could learn only before"}
    for start, expected in words.items():
        (line,) = limits_of_model._unseen(make_run(tmp_path, start=start))
        assert expected in line


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (10, "50 % less colourful than"),
        (30, "50 % more colourful than"),
        (20.04, "as colourful as"),
    ],
)
def test_colourfulness_is_compared_as_it_is(tmp_path, model, words):
    run = make_run(tmp_path)
    values = {"model": model, "ground truth": 20.0}
    methods = {
        name: dict(colourfulness=SimpleNamespace(value=value))
        for name, value in values.items()
    }
    run.metrics = SimpleNamespace(methods=methods)
    assert f"are {words} the true ones" in limits_of_model._colourfulness(run)


def test_mostly_gray_training_images_are_told(tmp_path):
    run = make_run(tmp_path)
    for share, expected in [(0.5, []), (0.833, ["83.3 % of the training images are"])]:
        run.model["provenance"] = dict(gray_share=share)
        assert [line[:33] for line in mostly_gray(run)] == expected


def test_a_damaged_model_is_one_clear_error(tmp_path):
    for content in (b"", b"x" * 100):
        (tmp_path / "model").write_bytes(content)
        with pytest.raises(StageError, match="not a model"):
            results.model_header(tmp_path / "model")


def test_a_row_has_a_cell_a_column():
    with pytest.raises(ValueError, match="2 cells"):
        Table("t", ["one"]).add("a", "b")


def test_text_from_outside_is_no_markup():
    table = Table("<b>", ["<i>"], [])
    table.add(Cell("<script>alert(1)</script>", '"><img src=x>', note="<u>"))
    macros = environment().get_template("report/macros.html.j2")
    text = str(macros.module.sortable(table))
    assert not re.search(r"<(b|i|u|script|img)\b", text)


def job(rule, seconds, **more):
    git = dict(commit="c" * 40, clean=True)
    return record(**dict(rule=rule, seconds=seconds, git=git) | more)


def test_times_are_added_up_by_stage():
    gpus = dict(processor="CPU", cores=4, gpus=["H100", "H100"])
    jobs = [job("train", 70, hardware=gpus), job("train", 50), job("gamut", 1)]
    table = origin.stages([*jobs, job("x", 1, git=None)])
    assert [cell.text for cell in table.rows[0]] == [
        *("train", "2", "2 min 0 s", "1 min 10 s", "2 × H100; CPU, 1 core")
    ]
    commits = origin.commits([job("train", 1), job("x", 1, git=None)])
    assert [row[1].text for row in commits.rows] == ["as committed", "no repository"]
