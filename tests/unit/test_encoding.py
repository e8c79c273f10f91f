import numpy as np
import pytest
import torch

from colorization.method.encoding import SoftEncoder


def brute_force(ab, bins, k, sigma):
    """Indices and shares by sorting all distances, ties to the lower index."""
    distance = ((ab[:, None].astype(float) - bins[None].astype(float)) ** 2).sum(-1)
    order = np.argsort(distance, axis=1, kind="stable")[:, :k]
    nearest = np.take_along_axis(distance, order, 1)
    soft = np.exp(-(nearest - nearest[:, :1]) / (2 * sigma**2))
    return order, soft / soft.sum(1, keepdims=True)


@pytest.mark.parametrize(("k", "sigma"), [(1, 5), (5, 5), (10, 5), (5, 0.3), (32, 40)])
def test_matches_brute_force(bins, rng, k, sigma):
    ab = rng.uniform(-128, 128, (4000, 2)).astype(
        np.float32
    )  # far outside the hull too
    indices, soft = SoftEncoder(bins, k, sigma)(torch.from_numpy(ab))
    order, expected = brute_force(ab, bins, k, sigma)
    assert np.array_equal(indices, order)
    np.testing.assert_allclose(soft, expected, atol=2e-5)
    np.testing.assert_allclose(soft.sum(-1), 1, atol=1e-6)


def test_ties_go_to_the_lower_index(bins):
    a, b = np.meshgrid(np.arange(-125, 130, 5.0), np.arange(-125, 130, 5.0))
    ab = np.stack([a.ravel(), b.ravel()], 1).astype(
        np.float32
    )  # centres, edges, corners
    indices, _ = SoftEncoder(bins, 5, 5)(torch.from_numpy(ab))
    assert np.array_equal(indices, brute_force(ab, bins, 5, 5)[0])


def test_keeps_the_leading_shape_and_clamps_beyond_the_table(bins):
    encoder = SoftEncoder(bins, 5, 5)
    indices, soft = encoder(torch.zeros(2, 3, 4, 2))
    assert indices.shape == soft.shape == (2, 3, 4, 5)
    far, edge = torch.tensor([[500.0, 0.0]]), torch.tensor([[128.0, 0.0]])
    assert torch.equal(encoder(far)[0], encoder(edge)[0])
    assert torch.isfinite(encoder(far)[1]).all()


@pytest.mark.parametrize(("k", "sigma"), [(0, 5), (327, 5), (5, 0)])
def test_impossible_settings_are_errors(bins, k, sigma):
    with pytest.raises(ValueError, match="must be"):
        SoftEncoder(bins, k, sigma)
