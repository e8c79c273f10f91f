import numpy as np
import pytest
import torch
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import peak_signal_noise_ratio

from colorization.data.dataset import open_split
from colorization.evaluation import baselines, bootstrap, measuring
from colorization.inference import predict
from colorization.method.encoding import SoftEncoder
from colorization.method.torch_cielab import srgb_to_lab

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def result(dataset, bins):
    images = open_split(dataset, "test")
    encoder = SoftEncoder(bins, 5, 5)
    scoring = measuring.Scoring(encoder, np.ones(len(bins), np.float32))
    methods = {
        "truth": baselines.truth(encoder),
        "gray": baselines.gray,
        "random": baselines.random(open_split(dataset, "train"), 0, CPU),
        "prior": baselines.prior_mean(bins, np.eye(len(bins))[7], CPU),
    }
    return measuring.evaluate(images, methods, scoring, 5, CPU)


@pytest.fixture(scope="module")
def summary(result):
    intervals = bootstrap.summarise(result.per_image)
    return {
        method: {metric: interval["value"] for metric, interval in metrics.items()}
        for method, metrics in intervals.items()
    }


def test_perfect_predictions_reach_the_ideal(summary):
    ideal = dict(auc=1, auc_rebalanced=1, rmse_ab=0, psnr=99, ssim=1, ciede2000=0)
    ideal |= dict(kl=0, top1=1, top5=1, delta_colourfulness=0)
    for key, value in ideal.items():
        assert summary["truth"][key] == pytest.approx(value, abs=1e-5), key


def test_gray_predictions_are_gray(summary, dataset):
    assert summary["gray"]["chroma"] == 0
    assert summary["gray"]["colourfulness"] < 0.5  # rounding to 8 bits
    assert "cross_entropy" not in summary["gray"]


def test_the_prior_baseline_predicts_one_colour(summary, bins):
    assert summary["prior"]["chroma"] == pytest.approx(
        np.linalg.norm(bins[7]), rel=1e-5
    )


def test_random_colours_are_those_of_a_training_image(dataset):
    train = open_split(dataset, "train")
    method = baselines.random(train, 3, CPU)
    (batch,) = predict.batches(open_split(dataset, "test"), 99, CPU)
    ab = method(batch).ab
    train_ab = srgb_to_lab(torch.from_numpy(train.copy()))[..., 1:].permute(0, 3, 1, 2)
    for image_ab in ab:
        assert (image_ab == train_ab).flatten(1).all(1).any()
    assert torch.equal(method(batch).ab, ab)


def test_measures_match_scikit_image(result, dataset):
    (batch,) = predict.batches(open_split(dataset, "test"), 99, CPU)
    coloured = predict.colorize(batch, baselines.gray(batch)).numpy()
    rows = result.per_image.query("method == 'gray'").set_index("image")
    for i, (image, truth) in enumerate(zip(coloured, batch.rgb.numpy(), strict=True)):
        psnr = peak_signal_noise_ratio(truth, image, data_range=255)
        assert rows["psnr"][i] == pytest.approx(psnr, abs=1e-3)
        lab = rgb2lab(truth)
        flat = lab * [1, 0, 0]
        expected = deltaE_ciede2000(lab, flat).mean()
        assert rows["ciede2000"][i] == pytest.approx(expected, abs=0.01)


def test_gray_matches_its_closed_form(summary, result, dataset):
    images = open_split(dataset, "test")
    (batch,) = predict.batches(images, len(images), CPU)
    expected = 1 - batch.ab.norm(dim=1).mean() / 150
    assert summary["gray"]["auc"] == pytest.approx(expected.item(), abs=1e-3)
    assert result.curves["truth"].eq(1).all()


def test_equal_weights_rebalance_nothing(summary):
    assert summary["gray"]["auc_rebalanced"] == pytest.approx(summary["gray"]["auc"])


def test_each_image_and_method_has_one_row(result):
    assert len(result.per_image) == 12 * 4
    assert result.per_image["image"].tolist() == sorted([*range(12)] * 4)
