import pytest
import torch

from colorization.method.decoding import annealed_mean, enlarge
from colorization.method.encoding import SoftEncoder


def scores(values):
    return torch.tensor(values).reshape(1, -1, 1, 1)


BINS = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 20.0]])


def test_temperature_one_is_the_mean():
    share = torch.tensor([0.5, 0.3, 0.2])
    ab = annealed_mean(share.log().reshape(1, 3, 1, 1), BINS, 1.0)
    torch.testing.assert_close(ab.flatten(), share @ BINS)


def test_low_temperature_is_the_mode_without_overflow():
    ab = annealed_mean(scores([1000.0, 1001.0, -1000.0]), BINS, 1e-6)
    assert ab.flatten().tolist() == [10.0, 0.0]


def test_matches_equation_5():
    share = torch.tensor([0.5, 0.3, 0.2])
    annealed = share ** (1 / 0.38)
    expected = annealed / annealed.sum() @ BINS
    ab = annealed_mean(share.log().reshape(1, 3, 1, 1) + 7, BINS, 0.38)
    torch.testing.assert_close(ab.flatten(), expected)


def test_a_bin_of_probability_zero_is_harmless():
    ab = annealed_mean(scores([0.0, 0.0, float("-inf")]), BINS, 0.38)
    assert ab.flatten().tolist() == [5.0, 0.0]


@pytest.mark.parametrize("temperature", [0, -1, 1.1, float("nan")])
def test_impossible_temperatures_are_errors(temperature):
    with pytest.raises(ValueError, match="temperature"):
        annealed_mean(scores([0.0, 0.0, 0.0]), BINS, temperature)


def test_exact_targets_decode_to_within_3_units(bins):
    # The colours of photographs: |a|, |b| mostly below 40.
    torch.manual_seed(0)
    ab = torch.randn(2000, 2) * 15
    indices, soft = SoftEncoder(bins, 5, 5)(ab)
    target = torch.zeros(2000, len(bins)).scatter_(1, indices, soft)
    decoded = annealed_mean(target.log()[..., None, None], torch.from_numpy(bins), 0.38)
    assert (decoded.flatten(1) - ab).norm(dim=1).mean() < 3


def test_enlarging_puts_samples_where_they_were_taken():
    ramp = torch.arange(32.0).expand(1, 2, 24, 32)
    enlarged = enlarge(ramp[:, :, ::4, ::4], 24, 32)
    assert enlarged.shape == (1, 2, 24, 32)
    torch.testing.assert_close(
        enlarged[..., :29], ramp[..., :29]
    )  # exact between samples
    assert (enlarged[..., 29:] == 28).all()  # and constant beyond the last
