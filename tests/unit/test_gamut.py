import hashlib

import numpy as np
import pytest

from colorization.method import cielab, gamut_bins

DIGESTS = {
    "zhang313": "97faed47b05f266f9eadba38f5fd770838ef47f0e2246bb78827ba8d645fb837",
    "knn320": "9d80b34cfb8db01bd04601d51037097f2f39452c8a9ae27abdcc6b6e14012ea7",
    "seed326": "2227618363050adf3a87640aae3392f605f748abe19257ab3319b8533d74c0fc",
}


@pytest.mark.parametrize("name", DIGESTS)
def test_bins_equal_the_published_ones(name):
    bins = gamut_bins.bins(name)
    text = "\n".join(f"{int(a)},{int(b)}" for a, b in bins)
    assert hashlib.sha256(text.encode()).hexdigest() == DIGESTS[name]
    assert bins.dtype == np.float32
    assert bins.tolist() == sorted(bins.tolist())


def test_scan_matches_brute_force_on_another_grid():
    grid = 20
    gamut = gamut_bins.scan(grid, 1, 5)
    axis = gamut_bins.centres(grid)
    a, b = np.meshgrid(axis, axis, indexing="ij")
    grid_points = np.stack([a.ravel(), b.ravel()], 1)
    codes = np.arange(1 << 24)
    channels = cielab.unpack_codes(codes[::7])  # some of the inside, and of the surface
    surface = ((channels == 0) | (channels == 255)).any(1)
    chosen = np.concatenate([channels[surface], channels[::20]])
    nearest = np.zeros(len(grid_points), bool)
    for chunk in np.array_split(cielab.srgb_to_lab(chosen)[:, 1:], 20):
        distance = ((chunk[:, None] - grid_points) ** 2).sum(-1)
        nearest[np.argpartition(distance, 4, axis=1)[:, :5]] = True
    assert np.array_equal(gamut.reached.ravel(), nearest)


def test_unknown_names_and_impossible_grids_are_errors():
    with pytest.raises(ValueError, match="seed326"):
        gamut_bins.bins("seed327")
    with pytest.raises(ValueError, match="grid 10 only"):
        gamut_bins.bins("zhang313", grid=5)
    with pytest.raises(ValueError, match="ranks"):
        gamut_bins.scan(10, 0, 5)
