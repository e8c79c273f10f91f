import numpy as np
import pytest

from colorization.method import cielab, prior
from colorization.method.encoding import SoftEncoder


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("layout", ["NHWC", "NCWH"])
def test_counts_are_exact_in_any_layout(rng, threads, layout):
    images = rng.integers(0, 8, (37, 8, 10, 3), dtype=np.uint8) * 32
    if layout == "NCWH":
        stored = np.ascontiguousarray(images.transpose(0, 3, 2, 1))
        images = stored.transpose(0, 3, 2, 1)
    done = []
    counts = prior.count_colours(images, threads, done.append, chunk=5)
    pixels = images.reshape(-1, 3).astype(int)
    codes, expected = np.unique(pixels @ [65536, 256, 1], return_counts=True)
    assert np.array_equal(np.flatnonzero(counts), codes)
    assert np.array_equal(counts[codes], expected)
    assert sum(done) == 37


def test_parts_add_up_to_the_whole(rng):
    images = rng.integers(0, 256, (11, 16, 16, 3), dtype=np.uint8)
    parts = [prior.pack(prior.count_colours(part)) for part in np.split(images, [2, 9])]
    assert np.array_equal(prior.add_up(parts), prior.count_colours(images))


def test_soft_counts_equal_the_sum_over_pixels(bins, rng):
    images = rng.integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)
    images[1] = images[0]  # repeated colours
    found = prior.soft_counts(prior.count_colours(images), SoftEncoder(bins, 5, 5))
    expected = np.zeros(len(bins))
    for ab in cielab.srgb_to_lab(images.reshape(-1, 3))[:, 1:]:
        distance = ((ab - bins) ** 2).sum(1)
        nearest = np.argsort(distance)[:5]
        weights = np.exp(-distance[nearest] / 50)
        expected[nearest] += weights / weights.sum()
    np.testing.assert_allclose(found, expected, atol=1e-3)
    assert abs(found.sum() - 128) < 1e-4


def test_smoothing_is_the_double_sum_in_ab(bins, rng):
    probability = rng.random(len(bins)) / len(bins)
    expected = np.zeros(len(bins))
    for i in range(len(bins)):
        for j in range(len(bins)):
            squared = ((bins[i] - bins[j]) ** 2).sum()
            expected[i] += probability[j] * np.exp(-squared / (2 * 5.0**2))
    found = prior.smooth(probability, bins, 5.0)
    np.testing.assert_allclose(found, expected / expected.sum(), rtol=1e-6)


def test_weights_follow_equation_4():
    smoothed = np.array([0.7, 0.2, 0.1, 0.0])
    raw = 1 / (0.5 * smoothed + 0.5 / 4)
    weights = prior.rebalancing_weights(smoothed, 0.5)
    np.testing.assert_allclose(weights, raw / (smoothed @ raw))
    assert abs(smoothed @ weights - 1) < 1e-12
    np.testing.assert_allclose(prior.rebalancing_weights(smoothed, 1.0), 1)
    assert prior.rebalancing_weights(smoothed, 0.0)[3] == 0


def test_unseen_bins_keep_a_finite_weight(bins):
    counts = np.zeros(len(bins))
    counts[100] = 5
    table = prior.table(counts, bins, 5, 0.5)
    assert np.isfinite(table["weight"]).all()
    assert table["weight"].max() == table["weight"][0] > table["weight"][100]
    assert abs((table["smoothed"] * table["weight"]).sum() - 1) < 1e-9


def test_nothing_counted_is_an_error(bins):
    with pytest.raises(ValueError, match="empty"):
        prior.table(np.zeros(len(bins)), bins, 5, 0.5)
