import numpy as np
import pytest

from colorization.data.colour_counts import count_colours
from colorization.method import cielab, prior, rebalancing_weights
from colorization.method.encoding import SoftEncoder
from colorization.runtime.tables import read_array, write_array


def test_soft_counts_equal_the_sum_over_pixels(bins, rng):
    images = rng.integers(0, 256, (2, 8, 8, 3), dtype=np.uint8)
    images[1] = images[0]  # repeated colours
    counts = prior.soft_counts(count_colours(images), SoftEncoder(bins, 5, 5))
    expected = np.zeros(len(bins))
    for ab in cielab.srgb_to_lab(images.reshape(-1, 3))[:, 1:]:
        distance = ((ab - bins) ** 2).sum(1)
        nearest = np.argsort(distance)[:5]
        soft = np.exp(-distance[nearest] / 50)
        expected[nearest] += soft / soft.sum()
    np.testing.assert_allclose(counts, expected, atol=1e-3)
    assert abs(counts.sum() - 128) < 1e-4


def test_smoothing_is_the_double_sum_in_ab(bins, rng):
    probability = rng.random(len(bins)) / len(bins)
    expected = np.zeros(len(bins))
    for i in range(len(bins)):
        for j in range(len(bins)):
            squared = ((bins[i] - bins[j]) ** 2).sum()
            expected[i] += probability[j] * np.exp(-squared / (2 * 5.0**2))
    smoothed = prior.smooth(probability, bins, 5.0)
    np.testing.assert_allclose(smoothed, expected / expected.sum(), rtol=1e-6)


def test_weights_follow_equation_4():
    smoothed = np.array([0.7, 0.2, 0.1, 0.0])
    raw = 1 / (0.5 * smoothed + 0.5 / 4)
    weights = rebalancing_weights.class_weights(smoothed, 0.5)
    np.testing.assert_allclose(weights, raw / (smoothed @ raw))
    assert abs(smoothed @ weights - 1) < 1e-12
    np.testing.assert_allclose(rebalancing_weights.class_weights(smoothed, 1.0), 1)
    assert rebalancing_weights.class_weights(smoothed, 0.0)[3] == 0


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


@pytest.fixture(params=[0, 1, 2])
def table(request, bins):
    """The prior of random counts, some of them 0, over some decades."""
    rng = np.random.default_rng(request.param)
    counts = 10 ** rng.uniform(-3, 7, len(bins)) * (rng.random(len(bins)) < 0.8)
    return prior.table(counts, bins, 5, 0.5)


def test_the_table_alone_gives_the_arrays_back_bit_for_bit(table, bins, tmp_path):
    """So bins.npy and weights.npy need not be read."""
    table.to_csv(tmp_path / "table.csv", index=False)
    write_array(tmp_path / "bins.npy", bins)
    weights = table["weight"].to_numpy(np.float32)
    write_array(tmp_path / "weights.npy", weights)
    read = prior.read(tmp_path / "table.csv")
    for array, name, shape in [
        (read.bins, "bins.npy", (None, 2)),
        (read.weight, "weights.npy", (None,)),
    ]:
        expected = read_array(tmp_path / name, shape)
        assert array.dtype == expected.dtype == np.float32
        assert array.tobytes() == expected.tobytes()
    for name in ("count", "probability", "smoothed"):
        assert getattr(read, name).tobytes() == table[name].to_numpy().tobytes()


def test_a_bin_never_seen_does_not_outweigh_all_others(bins, tmp_path):
    counts = np.zeros(len(bins))
    counts[150] = 1000
    table = prior.table(counts, bins, 5, 0.5)
    table.to_csv(tmp_path / "table.csv", index=False)
    stored = prior.read(tmp_path / "table.csv")
    weights = rebalancing_weights.metric_weights(stored.smoothed, stored.count.sum())
    assert weights.max() == pytest.approx(1000)
    assert weights[150] == pytest.approx(1 / table["smoothed"][150])
