"""Small tables and runs for tests of the report."""

import numpy as np
import pandas as pd
import pytest

from colorization.evaluation.comparison import COLUMNS
from colorization.figures import history as history_figure
from colorization.pages.report import results, scores
from colorization.runtime.tables import read_table


def rows_of(run, kind, auc, **more):
    """Rows of comparison.csv; `more` are values of other metrics."""
    main = dict(
        auc=dict(value=auc, low=auc - 0.01, high=auc + 0.01),
        auc_rebalanced=dict(value=auc / 2, low=0.1, high=0.9),
        colourfulness=dict(value=10.0),
        lpips=dict(reason="no weights"),
    )
    scores = main | {metric: dict(value=value) for metric, value in more.items()}
    place = dict(run=run, kind=kind, dataset="d")
    return [place | dict(metric=metric) | score for metric, score in scores.items()]


def table_of(*parts):
    """Rows as `read_table` reads them."""
    rows = pd.DataFrame([row for part in parts for row in part], columns=COLUMNS)
    return rows.assign(reason=rows["reason"].fillna(""))


def pair(left, right, metric, difference, low, high):
    ends = dict(difference=difference, low=low, high=high)
    return dict(left=left, right=right, metric=metric) | ends


def settings(**train):
    defaults = dict(loss="classification", rebalance=True, optimizer="adamw")
    defaults |= dict(learning_rate=1e-3, schedule="linear", steps=4, batch=2)
    defaults |= dict(gray_threshold=5, start=None)
    data = dict(source="sample", size=96)
    evaluate = dict(temperature=0.38, rebalance=0, sweep_images=200)
    sections = dict(data=data, train=defaults | train, evaluate=evaluate)
    return dict(kind="trained") | sections


def make_run(folder, name="a", losses=(3.0, 2.0, 2.5), share=0.0, **train):
    run = dict(settings=settings(**train), labelled=False)
    run["settings"]["evaluate"]["rebalance"] = share
    run |= dict(dataset="d", gamut="g", prior="p")
    run = results.FinishedRun(folder, name, run)
    run.splits = dict(train=4, validation=2, test=2)
    run.prior = pd.DataFrame(dict(count=[5.0, 0.0], a=[0, 50], b=[0, 50]))
    run.model = dict(parameters=1234, settings=dict(network=dict(width=0.25)))
    run.model["provenance"] = {}
    steps = np.arange(1, len(losses) + 1)
    times = dict(step=steps, images=2 * steps, seconds=0.5 * steps)
    run.history = pd.DataFrame(times).assign(train_loss=2.0, validation_loss=losses)
    return run


def draw_history(picture, vector):
    table = dict(step=[1, 2], images=[1, 2], train_loss=[3, 2], validation_loss=[3, 2])
    history_figure.draw({"": {"a": pd.DataFrame(table)}}, picture, vector)


def against_gray(**differences):
    """Rows of paired.csv: for each run a difference in both AuC, and its ends."""
    return pd.DataFrame(
        [
            pair(run, "gray", metric, *values)
            for run, values in differences.items()
            for metric in scores.MAIN
        ]
    )


@pytest.fixture
def comparison(tmp_path):
    """comparison.csv, read."""
    rows = [
        *rows_of("gray", "baseline", 0.85),
        *rows_of("ground truth", "baseline", 1.0, top1=1.0),
        *rows_of("a", "run", 0.9, top1=0.4),
        *rows_of("b", "run", 0.8, top1=0.5),
    ]
    seeds = dict(run="a", kind="2 seeds", dataset="d")
    rows.append(seeds | dict(metric="auc", value=0.9, sd_over_seeds=0.002))
    rows.append(seeds | dict(metric="colourfulness", value=10.0))
    path = tmp_path / "comparison.csv"
    pd.DataFrame(rows, columns=COLUMNS).to_csv(path, index=False)
    return read_table(path, [], [*COLUMNS[:4], "reason"], COLUMNS[4:-1])
