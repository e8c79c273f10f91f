"""A photograph with hints: colours that a person gives to places of it."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float, Float64, Int64, UInt
from torch import Tensor

from colorization.inference.small_copy import network_size, reduced
from colorization.method.hints import GUIDE, Hint, Sight, paint, put_on
from colorization.method.network import OUTPUT_STRIDE
from colorization.method.torch_cielab import lab_to_srgb, lightness

# It bounds the memory: pixels that are joined at a time.
STRIPE = 1 << 20


def painting(
    rgb: UInt[np.ndarray, "H W 3"], sight: Sight, hints: tuple[Hint, ...]
) -> Float64[Tensor, "6 h w"]:
    """What hints paint, on a copy of the photograph with a shorter side of GUIDE."""
    height, width, _ = rgb.shape
    guide = network_size(height, width, GUIDE)

    def enlarge(samples: Float64[Tensor, "1 h w"]) -> Float64[Tensor, "1 H W"]:
        return _Enlarged(samples, guide, sight.size).rows(slice(None))

    return paint(sight, reduced(rgb, guide), hints, enlarge)


def join_painted(
    rgb: UInt[np.ndarray, "H W 3"],
    ab: Float[Tensor, "2 h w"],
    small: tuple[int, int],
    painted: Float64[Tensor, "6 k l"],
) -> UInt[np.ndarray, "H W 3"]:
    """`join.join`, with what hints paint (`method.hints`) on the colours."""
    size, step = rgb.shape[:2], max(1, STRIPE // rgb.shape[1])
    levels = np.iinfo(rgb.dtype).max + 1
    enlarged = _Enlarged(ab, size, small)
    brushed = _Enlarged(painted, size, painted.shape[1:], 1)
    joined = np.empty_like(rgb)
    for start in range(0, size[0], step):
        rows = slice(start, start + step)
        stripe = rgb[rows].astype(np.uint8 if levels == 256 else np.int32)
        light = lightness(torch.from_numpy(stripe))
        colour = put_on(enlarged.rows(rows), brushed.rows(rows), light)
        lab = torch.cat([light[None], colour]).permute(1, 2, 0)
        joined[rows] = lab_to_srgb(lab, levels).numpy()
    return joined


class _Enlarged:
    """A grid of samples at all pixels of a photograph, bilinearly."""

    def __init__(
        self,
        grid: Float[Tensor, "c h w"],
        size: Sequence[int],
        small: Sequence[int],
        stride: int = OUTPUT_STRIDE,
    ):
        """`size` is the photograph's, `small` that of the image with a sample at every
        `stride` pixels."""
        left, right, along = _neighbours(size[1], small[1], stride, grid[0, 0])
        self.columns = torch.lerp(grid[..., left], grid[..., right], along)
        self.neighbours = _neighbours(size[0], small[0], stride, grid[0, :, 0])

    def rows(self, rows: slice) -> Float[Tensor, "c n W"]:
        """Some rows of the photograph."""
        top, bottom, down = (values[rows] for values in self.neighbours)
        return torch.lerp(self.columns[:, top], self.columns[:, bottom], down[:, None])


def _neighbours(
    full: int, small: int, stride: int, samples: Float[Tensor, " n"]
) -> tuple[
    Int64[Tensor, " {full}"], Int64[Tensor, " {full}"], Float[Tensor, " {full}"]
]:
    """Along one axis, each full-size pixel's two samples and the share of the second.

    Sample i belongs at pixel stride·i of the small image (`decoding.enlarge`); beyond the
    last its value holds. The middles of pixels correspond.
    """
    pixel = torch.arange(full, dtype=torch.float64)
    position = ((pixel + 0.5) * small / full - 0.5) / stride
    position = position.clamp(0, len(samples) - 1)
    first = position.floor()
    second = (first + 1).clamp(max=len(samples) - 1)
    return first.long(), second.long(), (position - first).to(samples.dtype)
