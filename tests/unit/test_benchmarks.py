"""What benchmarks compare is alike, and their rows say what was measured."""

import numpy as np
import psutil
import torch

from benchmarks import peer, sharing
from benchmarks.machine import Bench
from colorization.data.colour_counts import count_colours
from colorization.data.dataset import open_split
from colorization.method import gamut_bins, prior
from colorization.method.encoding import SoftEncoder
from colorization.runtime.system import cores
from colorization.training.batches import make_example


def test_the_peer_comes_to_the_same(bins, dataset):
    images = np.array(open_split(dataset, "train")[:4])
    rgb, centres = torch.from_numpy(images), torch.from_numpy(bins)
    encoder = SoftEncoder(bins, peer.NEIGHBOURS, peer.SIGMA)
    example = make_example(rgb, encoder)
    expected = torch.zeros(*example.soft.shape[:-1], len(bins))
    expected.scatter_(-1, example.indices, example.soft)
    torch.testing.assert_close(peer.targets(rgb, centres), expected)
    counts = prior.soft_counts(count_colours(images), encoder)
    np.testing.assert_allclose(peer.prior_counts(rgb, centres), counts, atol=1e-3)


def test_the_peer_finds_the_same_bins():
    codes = 0, 255
    found = np.logical_or.reduce([peer.reached(r, range(1, 6)) for r in codes])
    scanned = gamut_bins.scan(10, 2, 6)
    assert found.sum() > 100 and not (found & ~scanned.reached).any()


def test_rows_of_sharing_are_shares_of_the_rate_alone():
    found = {"alone": 78.0, "alone, spinning": 80.0, "two": 60.0}
    found |= {"beside": 40.0, "beside, spinning": 20.0}
    alone, beside, two = sharing.rows_of(found)
    assert alone.ratio == 0.975 and alone.met
    assert beside.ratio == 0.5 and beside.met and "20 if threads spin" in beside.figure
    assert two.ratio == 0.75 and not two.met


def test_all_rates_are_measured_in_turns(monkeypatch):
    asked = []

    def rates(seconds, processes=1, spin=None):
        asked.append((processes, spin))
        return 10.0 * len(asked)

    monkeypatch.setattr(sharing, "rates", rates)
    rows = sharing.sharing_rows(Bench(torch.device("cpu"), 0.01))
    spinning = 1, sharing.SPINNING
    assert asked == [(1, None), spinning, (2, None), (1, None), spinning]
    assert [row.ratio for row in rows] == [10 / 20, 40 / 20, 30 / 20]


def test_cores_are_busy_until_training_beside_them_has_ended():
    before = {child.pid for child in psutil.Process().children()}
    with sharing.busy_cores():
        busy = {child.pid for child in psutil.Process().children()} - before
        assert len(busy) == cores()
    assert not busy & {child.pid for child in psutil.Process().children()}
    assert sharing.rates(0.0) > 0  # not beside them, where it takes long
