"""Metrics by other networks, with random weights in torchvision's format."""

import shutil

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import torchvision
from torchmetrics.image.lpip import LearnedPerceptualImagePatchSimilarity

from colorization.evaluation.perceptual import (
    STL10_CLASSES,
    Classifier,
    Lpips,
    Perceptual,
    Unavailable,
    load_network,
)
from colorization.runtime.log import StageError

CPU = torch.device("cpu")
NOTHING = dict(
    alexnet=None,
    inception=None,
    classifier=dict(model="resnet18", weights=None, classes={}),
)


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def weights_files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    torch.manual_seed(0)
    paths = {}
    for name, options in [("alexnet", {}), ("resnet18", {}), ("inception_v3", {})]:
        if name == "inception_v3":
            options = dict(init_weights=False)
        network = torchvision.models.get_model(name, weights=None, **options)
        paths[name] = str(folder / f"{name}.pth")
        torch.save(network.state_dict(), paths[name])
    return paths


def images(seed):
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.integers(0, 256, (6, 64, 64, 3), dtype=np.uint8))


def test_without_weights_every_reason_is_given():
    perceptual = Perceptual(NOTHING, 6, None, CPU)
    reasons = perceptual.unavailable
    assert "no weights of alexnet" in reasons["lpips"]
    assert "no weights of inception_v3" in reasons["fid"] == reasons["kid"]
    assert reasons["classified"] == "the test images have no classes"
    assert perceptual.measure("a", np.arange(6), images(0), images(1)) == {}
    assert perceptual.distances("a") == {}


@torch.no_grad()
def test_with_weights_equal_images_are_at_no_distance(weights_files):
    labels = np.zeros(6, np.int64), ["cat", "dog"]
    classifier = dict(model="resnet18", weights=weights_files["resnet18"], classes={})
    settings = dict(
        alexnet=weights_files["alexnet"],
        inception=weights_files["inception_v3"],
        classifier=classifier,
    )
    perceptual = Perceptual(settings, 6, labels, CPU)
    assert perceptual.unavailable == {}
    truth = images(0)
    same = perceptual.measure("same", np.arange(6), truth, truth)
    other = perceptual.measure("other", np.arange(6), images(1), truth)
    assert same["lpips"].abs().max() < 1e-6 < other["lpips"].min()
    assert set(same["classified"].tolist()) <= {0.0, 1.0}
    assert perceptual.distances("same")["fid"] == pytest.approx(0, abs=1e-2)
    assert perceptual.distances("other")["fid"] > perceptual.distances("same")["fid"]


@pytest.mark.parametrize("side", [64, 96])
def test_lpips_is_that_of_torchmetrics(weights_files, tmp_path, side):
    """Which takes AlexNet's weights from the cache, and no others."""
    cached = tmp_path / "cache/checkpoints/alexnet-owt-7be5be79.pth"
    cached.parent.mkdir(parents=True)
    shutil.copy(weights_files["alexnet"], cached)
    theirs = LearnedPerceptualImagePatchSimilarity("alex", reduction="none")
    pair = [F.interpolate(images(i).movedim(3, 1).float(), side) for i in range(2)]
    expected = theirs(*(x / 127.5 - 1 for x in pair))
    found = Lpips(weights_files["alexnet"], CPU)(
        *(x.byte().movedim(1, 3) for x in pair)
    )
    torch.testing.assert_close(found, expected, rtol=1e-6, atol=0)


def test_classes_are_groups_of_imagenet_classes(weights_files):
    classifier = Classifier(
        "resnet18", weights_files["resnet18"], {}, ["cat", "ship"], CPU
    )
    head = classifier.network.fc
    with torch.no_grad():
        head.weight.zero_()
        head.bias.zero_()
        head.bias[510] = 20  # container ship
        assert classifier(images(0)).tolist() == [1] * 6
        head.bias[285] = 25  # Egyptian cat
        assert classifier(images(0)).tolist() == [0] * 6
    with pytest.raises(Unavailable, match="no ImageNet classes given for sea"):
        Classifier("resnet18", weights_files["resnet18"], {}, ["cat", "sea"], CPU)


def test_classes_of_imagenet_have_the_names_expected():
    names = torchvision.models.VGG16_Weights.DEFAULT.meta["categories"]
    expected = {"airplane": "airliner", "horse": "sorrel", "ship": "container ship"}
    expected |= {"truck": "pickup", "car": "sports car", "cat": "tabby"}
    expected |= {
        "dog": "beagle",
        "monkey": "baboon",
        "bird": "robin",
        "deer": "gazelle",
    }
    for label, name in expected.items():
        assert name in [names[number] for number in STL10_CLASSES[label]]
    numbers = [number for group in STL10_CLASSES.values() for number in group]
    assert len(numbers) == len(set(numbers))


def test_a_given_file_that_is_wrong_is_an_error(tmp_path, weights_files):
    with pytest.raises(StageError, match=r"missing\.pth: cannot read weights"):
        load_network("alexnet", str(tmp_path / "missing.pth"))
    with pytest.raises(StageError, match="not weights of alexnet"):
        load_network("alexnet", weights_files["resnet18"])
