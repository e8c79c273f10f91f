import numpy as np
import pandas as pd
import pytest
import torch

from colorization import evaluation, prior
from colorization.data.dataset import open_split
from colorization.encoding import SoftEncoder
from colorization.evaluation import Prediction

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def result(dataset, bins):
    images = open_split(dataset, "test")
    methods = dict(
        truth=lambda batch: Prediction(batch.ab, None), gray=evaluation.gray_method
    )
    encoder, weights = SoftEncoder(bins, 5, 5), np.ones(len(bins), np.float32)
    return evaluation.evaluate(images, methods, encoder, weights, 5, CPU)


def test_perfect_predictions_reach_the_ideal(result):
    ideal = dict(auc=1, auc_rebalanced=1, rmse_ab=0, psnr=99)
    truth = result.summary["truth"]
    for key, value in ideal.items():
        assert truth[key] == pytest.approx(value, abs=1e-6), key


def test_gray_matches_its_closed_form(result, dataset):
    images = open_split(dataset, "test")
    (batch,) = evaluation.batches(images, len(images), CPU)
    expected = 1 - batch.ab.norm(dim=1).mean() / 150
    assert result.summary["gray"]["auc"] == pytest.approx(expected.item(), abs=1e-3)
    assert result.summary["gray"]["chroma"] == 0
    assert result.curves["truth"].eq(1).all()


def test_equal_weights_rebalance_nothing(result):
    gray = result.summary["gray"]
    assert gray["auc_rebalanced"] == pytest.approx(gray["auc"])


def test_rows_are_one_an_image_and_method(result):
    assert len(result.per_image) == 24
    assert result.per_image["image"].tolist() == sorted([*range(12)] * 2)


def test_a_bin_never_seen_does_not_outweigh_all_others(bins):
    counts = np.zeros(len(bins))
    counts[150] = 1000
    table = prior.table(counts, bins, 5, 0.5)
    weights = evaluation.balancing_weights(table)
    assert isinstance(table, pd.DataFrame)
    assert weights.max() == pytest.approx(1000)
    assert weights[150] == pytest.approx(1 / table["smoothed"][150])
