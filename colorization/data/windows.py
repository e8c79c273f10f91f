"""Square windows of a photograph, at random scales."""

import numpy as np
from PIL import Image


def random_window(
    box: tuple[int, int, int, int], smallest: int, rng: np.random.Generator
) -> tuple[int, int, int, int]:
    """A random square (left, top, right, bottom) inside `box`.

    Its side is log-uniform between `smallest` pixels and the shorter side of the box.
    """
    left, top, right, bottom = box
    largest = min(right - left, bottom - top)
    low = np.log(min(smallest, largest))
    side = min(largest, round(np.exp(rng.uniform(low, np.log(largest)))))
    x = left + int(rng.integers(right - left - side + 1))
    y = top + int(rng.integers(bottom - top - side + 1))
    return x, y, x + side, y + side


def central_square(width: int, height: int) -> tuple[int, int, int, int]:
    """The largest centred square (left, top, right, bottom)."""
    side = min(width, height)
    x, y = (width - side) // 2, (height - side) // 2
    return x, y, x + side, y + side


def cut(image: Image.Image, box: tuple[int, int, int, int], size: int) -> np.ndarray:
    """The window of an RGB image at `size`×`size`: uint8 (size, size, 3)."""
    window = image.crop(box)  # before resizing: pixels outside must not count
    if window.size != (size, size):
        window = window.resize((size, size), Image.Resampling.LANCZOS)
    return np.asarray(window)
