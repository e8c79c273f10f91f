import numpy as np
import pytest
import torch

from colorization.evaluation import metrics


def test_area_is_one_minus_the_mean_capped_distance():
    torch.manual_seed(0)
    distance = torch.rand(4, 64, 64) * 200
    area = metrics.area_under_curve(metrics.cumulative_error(distance))
    expected = 1 - distance.clamp(max=150).mean((1, 2)) / 150
    np.testing.assert_allclose(area, expected, atol=1e-3)


def test_weighted_curve_matches_direct_counting():
    distance = torch.tensor([[[0.0, 1.5, 149.5, 150.5]]])
    pixel_weights = torch.tensor([[[1.0, 2.0, 3.0, 4.0]]])
    curve = metrics.cumulative_error(distance, pixel_weights)[0]
    for threshold in range(151):
        expected = pixel_weights[distance <= threshold].sum() / pixel_weights.sum()
        assert abs(curve[threshold] - expected) < 1e-7


def test_perfect_predictions_reach_the_ideal():
    ab = torch.randn(2, 2, 8, 8) * 20
    distance = metrics.ab_distance(ab, ab)
    curve = metrics.cumulative_error(distance)
    assert metrics.area_under_curve(curve).tolist() == [1, 1]
    assert metrics.root_mean_square(distance).tolist() == [0, 0]


def test_rmse_is_over_both_channels():
    truth, predicted = torch.zeros(1, 2, 2, 2), torch.zeros(1, 2, 2, 2)
    predicted[:, 0] = 3.0
    predicted[:, 1] = 4.0
    rmse = metrics.root_mean_square(metrics.ab_distance(predicted, truth))
    assert rmse.item() == pytest.approx(np.sqrt((9 + 16) / 2))
    assert metrics.chroma(predicted).item() == pytest.approx(5)
