import numpy as np
import pandas as pd
import pytest

from colorization.evaluation import bootstrap, comparison
from colorization.evaluation.metrics_file import METHODS, Metrics


def frame(values, method="model", truth=10.0):
    count = len(values)
    return pd.DataFrame(
        dict(
            image=range(count),
            method=method,
            auc=values,
            auc_rebalanced=values,
            weight=np.arange(1.0, count + 1),
            colourfulness=values,
            colourfulness_truth=truth,
        )
    )


def test_interval_matches_the_normal_approximation(rng):
    values = rng.normal(5, 2, 400)
    interval = bootstrap.summarise(frame(values))["model"]["auc"]
    assert interval["value"] == pytest.approx(values.mean())
    error = 1.96 * values.std() / 20
    assert interval["low"] == pytest.approx(values.mean() - error, abs=0.05)
    assert interval["high"] == pytest.approx(values.mean() + error, abs=0.05)


def test_rebalanced_auc_is_over_all_pixels_and_cf_is_a_distance_of_means():
    metrics = bootstrap.summarise(frame(np.array([1.0, 2.0, 6.0])))["model"]
    assert metrics["auc_rebalanced"]["value"] == pytest.approx((1 + 4 + 18) / 6)
    assert metrics["delta_colourfulness"]["value"] == pytest.approx(10 - 3)


def test_a_paired_comparison_is_narrower_than_two_alone(rng):
    shared = rng.normal(0, 5, 300)
    left, right = shared + 1 + rng.normal(0, 0.1, 300), shared
    paired = bootstrap.compare(frame(left), frame(right)).set_index("metric").loc["auc"]
    assert paired["difference"] == pytest.approx((left - right).mean())
    assert 0.95 < paired["low"] < paired["high"] < 1.05


def test_paired_comparison_needs_the_same_images():
    with pytest.raises(ValueError, match="same images"):
        bootstrap.compare(frame(np.ones(3)), frame(np.ones(4)))


def test_seeds_are_reported_as_mean_and_spread():
    runs = {
        f"full-seed{i}": pd.concat(
            [frame(np.full(4, 1.0 + i)), frame(np.zeros(4), "gray")]
        )
        for i in range(3)
    }
    datasets = dict.fromkeys(runs, "data")
    metrics = {}
    for run, rows in runs.items():
        summaries = bootstrap.summarise(rows)
        summaries = dict.fromkeys(METHODS, summaries["gray"]) | summaries
        unavailable = dict(lpips="no weights")
        metrics[run] = Metrics(images=4, unavailable=unavailable, methods=summaries)
    one = {run: metrics[run] for run in ["full-seed1"]}
    assert "full" not in set(comparison.tabulate(one, datasets)["run"])
    table = comparison.tabulate(metrics, datasets)
    assert list(table.columns) == comparison.COLUMNS
    assert not table.duplicated(["run", "kind", "dataset", "metric"]).any()
    assert (table["value"].notna() != table["reason"].notna()).all()
    scores = table.set_index(["run", "metric"]).sort_index()
    assert scores.loc[("gray", "lpips"), "reason"] == "no weights"
    full = scores.loc[("full", "auc")]
    assert full["kind"] == "3 seeds"
    assert full["value"] == pytest.approx(2)
    assert full["sd_over_seeds"] == pytest.approx(1)
    seed = scores.loc[("full-seed1", "auc")]
    assert seed["low"] <= seed["value"] == 2 <= seed["high"]
    paired = comparison.pair(runs, datasets)
    row = paired.query("left == 'full-seed2' and right == 'gray' and metric == 'auc'")
    assert row["difference"].item() == pytest.approx(3)
    assert len(paired.query("metric == 'auc'")) == 3 + 3
