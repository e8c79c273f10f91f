"""A training set that is gray teaches nothing, and is not trained on in silence."""

import shutil

import numpy as np
import pytest

from colorization.runtime.log import StageError
from colorization.training import gray_images
from colorization.training.start import Resources, start
from tests.conftest import RARELY


def test_the_share_against_images_made_so(rng):
    images = np.repeat(rng.integers(0, 256, (40, 16, 16, 1), dtype=np.uint8), 3, axis=3)
    images[::4, 8, 4] = 200, 30, 30  # one red pixel among those that the loss sees
    assert gray_images.gray_share(images, 5) == 0.75
    images[:, 3, 3] = 200, 30, 30  # one that it does not
    assert gray_images.gray_share(images, 5) == 0.75
    assert gray_images.check(images, images, None) == 0
    images[:] = 100, 97, 97  # a and b of 1.2 and 0.4
    assert gray_images.gray_share(images, 5) == 1
    assert gray_images.gray_share(images, 1) == 0


def test_of_many_images_some_are_looked_at(monkeypatch):
    monkeypatch.setattr(gray_images, "LOOKED_AT", 10)
    images = np.zeros((1000, 8, 8, 3), np.uint8)
    images[:500, ..., 0] = 255
    assert gray_images.gray_share(images, 5) == 0.5


@pytest.fixture
def train(make_job, dataset, tmp_path):
    """A function that trains on the small sample, of whose splits parts are made gray."""

    def run(**shares):
        folder = shutil.copytree(dataset.parent, tmp_path / "data")
        for split, share in shares.items():
            images = np.load(folder / f"{split}.npy", mmap_mode="r+")
            images[: round(share * len(images))] = 90
        job = make_job(tmp_path, steps=1, validate_every=1)
        job = job.model_copy(update=dict(dataset_json=str(folder / "dataset.json")))
        start(job, RARELY, Resources(1, 1, str(tmp_path / "log")))

    return run


def test_all_gray_training_images_stop_the_run(train, tmp_path):
    with pytest.raises(StageError, match=r"training images are all gray .* = 5\), and"):
        train(train=1)
    assert not (tmp_path / "model.safetensors").exists()


def test_all_gray_validation_images_stop_the_run(train):
    with pytest.raises(StageError, match="the validation images are all gray"):
        train(validation=1)


def test_mostly_gray_training_images_are_warned_of(train, caplog):
    train(train=0.75)
    (line,) = [r.message for r in caplog.records if "gray" in r.message]
    assert line.startswith(
        "75.0 % of the training images are gray (no |a| or |b| above"
    )
