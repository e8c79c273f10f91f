"""Colorized images to look at."""

import numpy as np
import pandas as pd
import pytest
import torch

from colorization.data import sample
from colorization.data.dataset import open_split, read_description
from colorization.evaluation import baselines, pictures

CPU = torch.device("cpu")


@pytest.mark.parametrize("temperatures", [[], [0.123456789, 1.0]])
def test_a_sweep_keeps_its_temperatures_as_numbers(dataset, tmp_path, temperatures):
    images = open_split(dataset, "test")[:3]
    methods = [baselines.gray, baselines.truth_colours][: len(temperatures)]
    swept = pictures.sweep(images, dict(zip(temperatures, methods, strict=True)), CPU)
    np.savez(tmp_path / "swept.npz", **swept)
    with np.load(tmp_path / "swept.npz", allow_pickle=False) as read:
        assert read["temperatures"].tolist() == temperatures
        assert read["annealed"].shape == (len(temperatures), *images.shape)
        for row, method in zip(read["annealed"], methods, strict=True):
            rendered = pictures.render(images, dict(it=method), CPU)["it"]
            assert np.array_equal(row, rendered)


def test_ranks_are_of_images_in_their_order():
    ranks, images = pictures.ranked(pd.Series([0.1, 0.9, 0.5, 0.7, 0.3]), each=1)
    assert list(zip(ranks, images, strict=True)) == [
        *(("best", 1), ("median", 2), ("worst", 0))
    ]
    ranks, images = pictures.ranked(pd.Series([0.5, 0.6]))
    assert images == [1, 0] * 3


def test_no_photograph_is_twice_among_the_best_or_the_worst():
    """The photograph 0 has the five best and the five worst windows."""
    scores = pd.Series(np.linspace(1, 0, 20))
    origins = [0] * 5 + [1, 2] * 5 + [0] * 5
    _, images = pictures.ranked(scores, origins)
    assert images[:3] == [0, 5, 6]
    assert images[6:] == [13, 14, 19]
    for start in (0, 3, 6):
        assert {origins[image] for image in images[start : start + 3]} == {0, 1, 2}
    # Of two photographs there are no three.
    _, images = pictures.ranked(scores, [image % 2 for image in range(20)])
    assert images[:3] == [0, 1, 2]


def test_a_sample_window_comes_from_the_photograph_that_is_named(tmp_path, monkeypatch):
    """Photographs of one colour each say where their windows come from."""
    plain = {
        str(value): lambda value=value: np.full((200, 200, 3), value, np.uint8)
        for value in (10, 90, 200)
    }
    monkeypatch.setattr(sample, "PHOTOGRAPHS", plain)
    sample.prepare(tmp_path, 8, dict.fromkeys(("train", "validation", "test"), 7), 0)
    description = read_description(tmp_path / "dataset.json")
    images = open_split(tmp_path / "dataset.json", "test")
    origins = pictures.origins(description, len(images))
    values = [int(description.photographs[origin]) for origin in origins]
    assert [image.mean() for image in images] == values


def test_images_of_other_sources_are_photographs_of_their_own(dataset):
    description = read_description(dataset).model_copy(update=dict(photographs=None))
    assert pictures.origins(description, 5) is None
