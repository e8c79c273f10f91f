"""Grids of images: each image stands in its row and column."""

import itertools

import numpy as np
import pytest
from PIL import Image

from colorization.figures import grid
from colorization.figures.style import squares

SIDE = 48


def columns(rows):
    """Plain images of different colours, by heading. No letter has such a colour."""
    reds = np.linspace(20, 200, 3 * rows, dtype=np.uint8).reshape(3, rows, 1, 1, 1)
    images = np.zeros((3, rows, SIDE, SIDE, 3), np.uint8)
    images[..., :1] = reds
    return dict(zip(("gray", "model", "$truth$"), images, strict=True))


@pytest.mark.parametrize("labels", [None, ["best: 9 %\n(gray 3 %)", "b", "c", "d"]])
def test_each_image_is_in_its_row_and_column(tmp_path, labels):
    shown = columns(4)
    grid.draw(shown, tmp_path / "grid.png", labels)
    found = np.asarray(Image.open(tmp_path / "grid.png").convert("RGB"))
    assert (found[:3] == 255).all()  # no letter is cut off, or touches the edge
    places = {}
    for (column, images), row in itertools.product(shown.items(), range(4)):
        y, x = np.nonzero((found == images[row, 0, 0]).all(-1))
        height, width = np.ptp(y) + 1, np.ptp(x) + 1
        assert len(y) == height * width  # one square, with nothing in it
        assert height == pytest.approx(width, abs=2) and height > 2 * SIDE
        places[column, row] = y.mean(), x.mean()
    for row in range(4):
        ys, xs = zip(*(places[column, row] for column in shown), strict=True)
        assert np.ptp(ys) < 1 and np.all(np.diff(xs) > height)
    for column in shown:
        ys, xs = zip(*(places[column, row] for row in range(4)), strict=True)
        assert np.ptp(xs) < 1 and np.all(np.diff(ys) > height)
        assert np.ptp(np.diff(ys)) < 2
    # Letters stand left of the images only if there are labels.
    left = int(min(x for _, x in places.values()) - width / 2) - 2
    below_headings = found[int(places["gray", 0][0]) :, :left]
    assert (below_headings < 128).any() == bool(labels)


def test_squares_lie_around_their_bins():
    bins = np.array([[10.0, -20.0], [0.0, 30.0]])
    paths = squares(bins, 10).get_paths()
    for path, (a, b) in zip(paths, bins, strict=True):
        corners = path.vertices[:4]
        np.testing.assert_array_equal(corners.mean(0), [b, a])
        np.testing.assert_array_equal(np.ptp(corners, axis=0), [10, 10])
