import numpy as np
import pytest

from colorization.data import colour_counts


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("layout", ["NHWC", "NCWH"])
def test_counts_are_exact_in_any_layout(rng, threads, layout):
    images = rng.integers(0, 8, (37, 8, 10, 3), dtype=np.uint8) * 32
    if layout == "NCWH":
        stored = np.ascontiguousarray(images.transpose(0, 3, 2, 1))
        images = stored.transpose(0, 3, 2, 1)
    done = []
    counts = colour_counts.count_colours(images, threads, done.append, chunk=5)
    pixels = images.reshape(-1, 3).astype(int)
    codes, expected = np.unique(pixels @ [65536, 256, 1], return_counts=True)
    assert np.array_equal(np.flatnonzero(counts), codes)
    assert np.array_equal(counts[codes], expected)
    assert sum(done) == 37


def test_parts_add_up_to_the_whole(rng):
    images = rng.integers(0, 256, (11, 16, 16, 3), dtype=np.uint8)
    parts = [
        colour_counts.pack(colour_counts.count_colours(batch))
        for batch in np.split(images, [2, 9])
    ]
    assert np.array_equal(
        colour_counts.add_up(parts), colour_counts.count_colours(images)
    )
