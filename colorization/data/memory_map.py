"""Read images through a memory map, without their file adding up in memory."""

import mmap
from collections.abc import Iterable

import numpy as np
from jaxtyping import UInt8


def take(
    images: UInt8[np.ndarray, "N ..."], chosen: Iterable[int]
) -> UInt8[np.ndarray, "n ..."]:
    """A copy of some images of a split, which leaves none of its file in memory."""
    copied = np.stack([images[i] for i in chosen])
    forget_pages(images)
    return copied


def forget_pages(images: np.ndarray) -> None:
    """Give back the memory of pages that were read through a memory map.

    They stay in the system's cache. Otherwise all of a file that a process has read counts
    as memory of the process.
    """
    base = images
    while isinstance(base, np.ndarray):
        base = base.base
    # numpy's stubs say that the base of an array is an array.
    if isinstance(base, mmap.mmap):  # pyright: ignore[reportUnnecessaryIsInstance]
        base.madvise(mmap.MADV_DONTNEED)
