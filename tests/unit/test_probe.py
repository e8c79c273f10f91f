import numpy as np
import pytest
import torch

from colorization.evaluation import probe
from colorization.inference.model_file import Model
from colorization.method.network import ColorizationNet, initialise


def test_a_separable_problem_is_solved_and_noise_is_at_chance():
    torch.manual_seed(0)
    labels = torch.arange(600) % 3
    features = torch.randn(600, 20)
    features[torch.arange(600), labels] += 6
    fit, score = (features[:400], labels[:400]), (features[400:], labels[400:])
    accuracy = probe.accuracy(fit, score, 3)
    assert accuracy["value"] > 0.95
    assert accuracy["low"] <= accuracy["value"] <= accuracy["high"]
    noise = (torch.randn(400, 20), labels[:400]), (torch.randn(200, 20), labels[400:])
    assert probe.accuracy(*noise, 3)["value"] == pytest.approx(1 / 3, abs=0.12)


def test_logistic_regression_reaches_a_stationary_point():
    torch.manual_seed(0)
    features, labels = torch.randn(100, 5), torch.arange(100) % 2
    coefficients = probe.fit_linear(features, labels, 2, 0.1).requires_grad_()
    padded = torch.nn.functional.pad(features, (0, 1), value=1.0)
    loss = torch.nn.functional.cross_entropy(padded @ coefficients, labels)
    loss = loss + 0.1 * coefficients[:-1].square().sum()
    loss.backward()
    assert coefficients.grad.abs().max() < 1e-3


def test_rows_cover_both_trunks_and_raw_lightness(bins):
    torch.manual_seed(0)
    network = ColorizationNet(len(bins), 0.125)
    initialise(network, None)
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 2
    images = (
        rng.integers(0, 60, (40, 32, 32, 3)) + 150 * labels[:, None, None, None]
    ).astype(np.uint8)
    model = Model(network.eval(), bins, {}, {})
    settings = dict(batch=8, precision="float32")
    sides = (images[:30], labels[:30]), (images[30:], labels[30:])
    rows = probe.run(model, *sides, 2, settings)
    assert [row["trunk"] for row in rows].count("trained") == 7
    assert [row["trunk"] for row in rows].count("untrained") == 7
    assert rows[-1]["layer"] == "L"
    assert rows[-1]["accuracy"] == 1  # light and dark images are told apart by L


def test_of_many_images_evenly_spaced_ones_are_taken():
    images, labels = np.zeros((25_000, 1, 1, 3), np.uint8), np.arange(25_000)
    few, chosen = probe._thinned(images, labels)
    assert len(few) == len(chosen) == len(set(chosen)) == probe.MAX_IMAGES
    assert chosen[0] == 0 and chosen[-1] == 24_999
    assert probe._thinned(images[:40], labels[:40])[0] is not None
