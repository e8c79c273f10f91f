import pytest
import torch

from colorization.inference import predict
from colorization.method.decoding import Decoding, annealed_mean, enlarge, rebalanced
from colorization.method.encoding import SoftEncoder
from colorization.runtime.log import StageError
from tests.support.models import make_model


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


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_class_weights_multiply_the_distribution(share):
    p, weights = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.5, 2.0, 8.0])
    mixed = p * weights**share
    expected = mixed / mixed.sum() @ BINS
    shifted = rebalanced(p.log().reshape(1, 3, 1, 1), weights.log(), share)
    torch.testing.assert_close(annealed_mean(shifted, BINS, 1.0).flatten(), expected)


def test_a_model_is_decoded_as_it_is_asked(bins):
    """All decodings of one pass of the network, against equation 5 by hand."""
    model, weights = make_model(bins, len(bins)), torch.linspace(0.2, 9, len(bins))
    model.weights = weights.numpy()
    passes = []
    model.network.register_forward_hook(lambda *_: passes.append(1))
    decodings = [Decoding(0.38), Decoding(0.38, 1.0), Decoding(1.0, 0.5)]
    methods = predict.model_methods(model, decodings, "float32", torch.device("cpu"))
    rgb = torch.randint(0, 256, (2, 16, 16, 3), dtype=torch.uint8)
    (batch,) = predict.batches(rgb.numpy(), 2, torch.device("cpu"))
    with torch.no_grad():
        predictions = [method(batch) for method in methods]
        assert len(passes) == 1
        logits = model.network(batch.lightness)
    for prediction, (temperature, share) in zip(predictions, decodings, strict=True):
        p = logits.softmax(1) * weights[:, None, None] ** share
        p = (p / p.sum(1, keepdim=True)) ** (1 / temperature)
        p = p / p.sum(1, keepdim=True)
        ab = torch.einsum("bqhw,qc->bchw", p, torch.from_numpy(bins))
        torch.testing.assert_close(
            prediction.ab, enlarge(ab, 16, 16), rtol=1e-3, atol=2e-3
        )
        assert torch.equal(prediction.scores, logits)  # the network's own


def test_a_model_without_class_weights_is_not_rebalanced(bins):
    model = make_model(bins, len(bins))
    predict.predictor(model, Decoding(0.38), "float32", torch.device("cpu"))
    with pytest.raises(StageError, match="has no class weights"):
        predict.predictor(model, Decoding(0.38, 0.5), "float32", torch.device("cpu"))


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
