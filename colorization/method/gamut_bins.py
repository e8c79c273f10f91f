"""The ab bins: which centres of a square grid sRGB colours are encoded with.

A *bin* is a grid centre (a, b) in Lab units. Every rule below looks at all 16,777,216
sRGB colours, so a set is computed from its definition and not stored.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from colorization.method.cielab import SRGB_TO_RELATIVE_XYZ, lab_curve, linear_light

# Half the width of the grid in Lab units; no sRGB colour lies outside of it.
EXTENT = 110
# The six nearest centres of a point lie at most two cells from its own cell.
REACH = 2
# The authors' 313 bins are the 320 within reach of the 5-nearest encoding, less these
# seven at the rim (compared with their published `pts_in_hull.npy`).
NOT_IN_ZHANG = [
    (-90, 40),
    (-70, 100),
    (-60, 100),
    (80, 80),
    (110, -70),
    (110, -60),
    (110, -50),
]
BIN_SETS = ("seed326", "zhang313", "knn320")


class Gamut(NamedTuple):
    """Masks over the grid's centres, first axis a, second b."""

    # Among the asked-for nearest centres of some sRGB colour.
    reached: Bool[np.ndarray, "n n"]
    # Some sRGB colour lies in the cell around the centre.
    occupied: Bool[np.ndarray, "n n"]


def centres(grid: int) -> Int64[np.ndarray, " n"]:
    """Coordinates along one axis: the multiples of `grid` within ±EXTENT."""
    steps = EXTENT // grid
    return np.arange(-steps, steps + 1) * grid


def plane_ab(
    r: int,
) -> tuple[Float64[np.ndarray, "65536"], Float64[np.ndarray, "65536"]]:
    """a and b of all sRGB colours with red code `r`."""
    light = linear_light()
    x, y, z = (
        lab_curve(m[0] * light[r] + m[1] * light[:, None] + m[2] * light[None, :])
        for m in SRGB_TO_RELATIVE_XYZ
    )
    return (500 * (x - y)).ravel(), (200 * (y - z)).ravel()


def scan(grid: int, first: int, last: int, threads: int = 2) -> Gamut:
    """Mark the centres that are `first`th to `last`th nearest to any sRGB colour.

    Equal distances share a rank. Exact: a colour is passed over only when all the
    centres that it could mark are marked.
    """
    if not 1 <= first <= last <= 6:
        raise ValueError(
            f"ranks must satisfy 1 <= first <= last <= 6, not {first}, {last}"
        )
    steps = EXTENT // grid
    size = 2 * (steps + REACH) + 1  # with a rim, so that windows need no clipping
    inside = np.zeros((size, size), bool)
    inside[REACH:-REACH, REACH:-REACH] = True
    reached, occupied = ~inside, np.zeros_like(inside)
    offsets = np.arange(-REACH, REACH + 1)

    def mark(r: int) -> None:
        a, b = plane_ab(r)
        a /= grid
        b /= grid
        i, j = np.rint(a).astype(np.intp), np.rint(b).astype(np.intp)
        cell = (i + steps + REACH) * size + (j + steps + REACH)
        occupied.ravel()[cell] = True
        windows = np.lib.stride_tricks.sliding_window_view(reached, (5, 5)).all((2, 3))
        done = np.pad(windows, REACH).ravel()
        todo = ~done[cell]
        i, j, a, b = i[todo], j[todo], a[todo], b[todo]
        row = (i[:, None] + offsets) + steps + REACH  # (m, 5)
        column = (j[:, None] + offsets) + steps + REACH
        distance = ((row - steps - REACH - a[:, None]) ** 2)[:, :, None] + (
            (column - steps - REACH - b[:, None]) ** 2
        )[:, None, :]
        centre = row[:, :, None] * size + column[:, None, :]
        distance[~inside.ravel()[centre]] = np.inf
        centre, distance = centre.reshape(-1, 25), distance.reshape(-1, 25)
        ranked = np.partition(distance, (first - 1, last - 1), axis=1)
        near = distance >= ranked[:, first - 1, None]
        reached.ravel()[centre[near & (distance <= ranked[:, last - 1, None])]] = True

    # A few planes mark nearly everything, and the others then pass over most colours.
    order = sorted(range(256), key=lambda r: (r % 64 != 0 and r != 255, r))
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(mark, order))
    core = slice(REACH, -REACH)
    return Gamut(reached[core, core], occupied[core, core])


def bins(name: str, grid: int = 10, threads: int = 2) -> Float32[np.ndarray, "Q 2"]:
    """The bins (a, b) of a named set in Lab units, ascending by a, then b.

    - `knn320`: the five nearest centres of every colour, all that the paper's soft
      encoding (section 2.2) can reach; 320 at grid 10.
    - `zhang313`: the authors' bins: those less seven at the rim; grid 10 only.
    - `seed326`: the bins of the widely used STL-10 reimplementation: the second to sixth
      nearest centres of every colour, joined with the cells that hold a colour with a and
      b swapped; 326 at grid 10, of which no colour reaches four.

    Raises ValueError for an unknown name, or zhang313 on another grid.
    """
    axis = centres(grid)
    if name == "seed326":
        gamut = scan(grid, 2, 6, threads)
        mask = gamut.reached | gamut.occupied.T
    elif name in ("knn320", "zhang313"):
        mask = scan(grid, 1, 5, threads).reached
    else:
        raise ValueError(f"gamut {name!r} is not one of {', '.join(BIN_SETS)}")
    pairs = np.stack([axis[index] for index in np.nonzero(mask)], axis=1)
    if name == "zhang313":
        if grid != 10:
            raise ValueError(f"zhang313 is defined on grid 10 only, not {grid}")
        pairs = np.array([pair for pair in pairs if tuple(pair) not in NOT_IN_ZHANG])
    return pairs.astype(np.float32)
