"""Colours that a person gives to places of a photograph, and how they spread.

Places that are connected with a hint's place, and alike in lightness and in the network's
distribution over the bins, take its colour. How much a cell of a reduced copy is alike is

    exp(−((1 − BC) / 0.25)² − (ΔL / 12)²)

BC is the Bhattacharyya coefficient of the two distributions, 1 for equal ones. L is that of
the copy without texture (the guided filter: He, Sun and Tang, 2013). A cell belongs to the
place as much as the least alike cell on the best path between the two. At full resolution,
memberships follow the edges of L: the guided filter again, whose coefficients are enlarged
(the fast guided filter: He and Sun, 2015).

colorization/pages/web/demo/hints.js is the same in the browser.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from jaxtyping import Float, Float64
from torch import Tensor

# The shorter side of the reduced copy, in pixels.
GUIDE = 256
# What halves likeness more than once: a difference of BC, and of L.
ALIKE_BC, ALIKE_LIGHTNESS = 0.25, 12.0
# Likeness is counted in steps. Up to the first share a cell does not belong to the place,
# from the second on wholly.
LEVELS, FADE_NONE, FADE_WHOLE = 1024, 0.25, 0.6
# Of the guided filters: radius in cells, and the variance of L / 100 that is an edge.
SMOOTH, EDGES = (2, 3e-3), (4, 1e-3)


class Hint(NamedTuple):
    """A colour for a place."""

    x: float  # share of the width, in 0…1
    y: float  # share of the height
    a: float  # Lab units
    b: float


class Sight(NamedTuple):
    """What the network saw of a photograph, and what it said."""

    logits: Float[Tensor, "Q h w"]
    size: tuple[int, int]  # height and width in pixels


def paint(
    sight: Sight,
    light: Float[Tensor, "H W"],
    hints: Sequence[Hint],
    enlarge: Callable[[Float64[Tensor, "1 h w"]], Float64[Tensor, "1 H W"]],
) -> Float64[Tensor, "6 H W"]:
    """What hints paint: for `put_on`, which makes shares and colours of it.

    `light` is L of the reduced copy, 0…100; `enlarge` brings the network's samples to its
    size. A later hint lies on earlier ones.
    """
    light = light.double() / 100
    slope, shift = _guided(light, light[None], *SMOOTH)
    smooth = 100 * (slope * light + shift)[0]
    planes = torch.zeros(3, *light.shape, dtype=torch.float64)
    for hint in hints:
        there = _distribution(sight, hint)
        shares = sight.logits.double().softmax(0)
        alike = (shares * there[:, None, None]).sqrt().sum(0)
        member = _membership(enlarge(alike[None])[0], smooth, hint)
        colour = torch.tensor([1, hint.a, hint.b], dtype=torch.float64)
        planes = torch.lerp(planes, colour[:, None, None], member)
    slope, shift = _guided(light, planes, *EDGES)
    return torch.stack([slope, shift], dim=1).flatten(0, 1)


def put_on(
    ab: Float[Tensor, "2 H W"],
    painted: Float64[Tensor, "6 H W"],
    light: Float[Tensor, "H W"],
) -> Float[Tensor, "2 H W"]:
    """ab with enlarged paint on it. `light` is the photograph's own L, 0…100."""
    share, *colour = painted[::2] * (light.double() / 100) + painted[1::2]
    # Where nothing is painted the share is 0 or, beside an edge, below it.
    on = share.clamp(0, 1)
    colours = torch.stack(colour) / share.where(share > 0, 1)
    return torch.lerp(ab.double(), colours, on).to(ab.dtype)


def _distribution(sight: Sight, hint: Hint) -> Float64[Tensor, " Q"]:
    """Shares of the bins at the network's sample that is nearest to the hint."""
    row, column = map(_nearest, (hint.y, hint.x), sight.size, sight.logits.shape[1:])
    return sight.logits[:, row, column].double().softmax(0)


def _nearest(share: float, seen: int, samples: int) -> int:
    position = math.floor((share * seen - 0.5) / (seen / samples) + 0.5)
    return min(max(position, 0), samples - 1)


def _membership(
    alike: Float64[Tensor, "H W"], smooth: Float64[Tensor, "H W"], hint: Hint
) -> Float64[Tensor, "H W"]:
    """How much each cell belongs to the place of a hint, 0 to 1."""
    height, width = smooth.shape
    row, column = (
        min(math.floor(share * side), side - 1)
        for share, side in ((hint.y, height), (hint.x, width))
    )
    other = (1 - alike) / ALIKE_BC
    lighter = (smooth - smooth[row, column]) / ALIKE_LIGHTNESS
    levels = (LEVELS * torch.exp(-other.square() - lighter.square())).long()
    reached = torch.tensor(
        _reach(levels.flatten().tolist(), width, row * width + column)
    )
    t = (reached.view(height, width).double() / LEVELS - FADE_NONE) / (
        FADE_WHOLE - FADE_NONE
    )
    t = t.clamp(0, 1)
    return t * t * (3 - 2 * t)


def _reach(levels: list[int], width: int, seed: int) -> list[int]:
    """For each cell, the least level on the best path to it from the seed.

    Cells are connected with the four beside them. They are reached from the highest level
    down, as in Prim's algorithm; those not above the level of FADE_NONE stay 0.
    """
    found = [0] * len(levels)
    waiting: list[list[int]] = [[] for _ in range(LEVELS + 1)]
    waiting[levels[seed]].append(seed)
    for level in range(LEVELS, int(FADE_NONE * LEVELS), -1):
        while waiting[level]:
            cell = waiting[level].pop()
            if found[cell]:
                continue
            found[cell] = level
            x = cell % width
            beside = [cell - width] * (cell >= width) + [cell - 1] * (x > 0)
            beside += [cell + 1] * (x < width - 1)
            beside += [cell + width] * (cell < len(levels) - width)
            for following in beside:
                if not found[following]:
                    waiting[min(level, levels[following])].append(following)
    return found


def _guided(
    light: Float64[Tensor, "H W"],
    planes: Float64[Tensor, "n H W"],
    radius: int,
    variance: float,
) -> tuple[Float64[Tensor, "n H W"], Float64[Tensor, "n H W"]]:
    """Slope and shift: slope · light + shift is smooth but for the edges of `light`."""

    def mean(values: Float64[Tensor, "m H W"]) -> Float64[Tensor, "m H W"]:
        padded = F.pad(values, (radius,) * 4, mode="replicate")
        return F.avg_pool2d(padded, 2 * radius + 1, stride=1)

    lights, squares = mean(torch.stack([light, light * light]))
    means, products = mean(planes), mean(light * planes)
    slope = (products - lights * means) / (squares - lights * lights + variance)
    return mean(slope), mean(means - slope * lights)
