"""Colorized images to look at."""

import numpy as np
import pytest
import torch

from colorization.data.dataset import open_split
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
