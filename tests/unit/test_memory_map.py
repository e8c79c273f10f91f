"""Readers of a split leave none of its file in memory, which would add up to all of it."""

import numpy as np
import psutil
import pytest
import torch

from colorization.data.colour_counts import count_colours
from colorization.data.dataset import open_split
from colorization.data.memory_map import take
from colorization.evaluation import baselines
from colorization.inference.predict import batches
from colorization.method import gamut_bins
from colorization.method.encoding import SoftEncoder
from colorization.method.network import ColorizationNet
from colorization.runtime.system import LINUX
from colorization.training.batches import Batches
from colorization.training.gray_images import gray_share
from colorization.training.trainer import Trainer
from tests.unit.test_trainer import SETTINGS

CPU = torch.device("cpu")


def read_in_batches(images):
    return sum(len(batch.rgb) for batch in batches(images, 16, CPU))


def read_at_random(images):
    method = baselines.random(images, 0, CPU)
    return [method(batch) for batch in batches(np.zeros_like(images[:9]), 3, CPU)]


def validate(images):
    bins = gamut_bins.bins("seed326")
    network, weights = ColorizationNet(len(bins), 0.125), np.ones(len(bins), np.float32)
    Trainer(SETTINGS, network, SoftEncoder(bins, 5, 5), weights, CPU).validate(images)


READERS = dict(
    count=count_colours,
    gray=lambda images: gray_share(images, 5),
    train=lambda images: Batches(images, SETTINGS)[0],
    validate=validate,
    evaluate=read_in_batches,
    random=read_at_random,
    take=lambda images: take(images[:, ::4, ::4], [3, 40]),
)


def held(path):
    """Bytes of the file that this process has in memory."""
    maps = psutil.Process().memory_maps()
    return sum(part.rss for part in maps if part.path == str(path))


@pytest.mark.skipif(not LINUX, reason="psutil tells it on Linux")
@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_no_page_stays_in_memory(reader, dataset):
    images = open_split(dataset, "train")
    assert images.sum() and held(dataset.with_name("train.npy")) >= images.nbytes
    reader(images)
    assert held(dataset.with_name("train.npy")) == 0
