"""Colours at a photograph's full resolution, from a network that sees a reduced copy.

The predicted ab is enlarged and joined with the photograph's own L.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64, Int64, UInt
from PIL import Image
from torch import Tensor

from colorization.images.image_file import to_8_bits
from colorization.inference.model_file import Model
from colorization.inference.predict import predictor
from colorization.method.constants import REBALANCE, TEMPERATURE
from colorization.method.decoding import Decoding
from colorization.method.hints import GUIDE, Hint, Sight, paint, put_on
from colorization.method.network import OUTPUT_STRIDE
from colorization.method.torch_cielab import lab_to_srgb, lightness
from colorization.runtime.log import StageError

# They bound the memory: the longer side, in pixels, that the network sees, and the number
# of pixels that are joined at a time.
LONGEST, STRIPE = 4096, 1 << 20


class Options(NamedTuple):
    """How to colorize."""

    temperature: float = TEMPERATURE
    # Share of the class weights that is put in; None: as is usual for the model.
    rebalance: float | None = None
    # The shorter side that the network sees, in pixels; None: as in its training.
    size: int | None = None
    precision: str = "float32"
    # Put the gray photograph beside it.
    side_by_side: bool = False
    # Colours that were given to places.
    hints: tuple[Hint, ...] = ()


def usual_rebalance(model: Model) -> float:
    """The usual τ for photographs: 0 for a model that was trained with class weights."""
    trained_with = model.settings.get("train", {}).get("rebalance", True)
    return 0.0 if trained_with or model.weights is None else REBALANCE


def network_size(height: int, width: int, size: int) -> tuple[int, int]:
    """Height and width that the network sees: about the same shape, multiples of 8."""
    scale = size / min(height, width)
    h, w = (
        min(LONGEST, max(8, 8 * int(side * scale / 8 + 0.5)))
        for side in (height, width)
    )
    return h, w


def colorize_array(
    model: Model, rgb: UInt[np.ndarray, "H W 3"], options: Options
) -> UInt[np.ndarray, "H W 3"]:
    """Colorize sRGB of 8 or 16 bits, colour or gray, at its full size.

    Raises StageError for hints to a model that was trained for regression.
    """
    height, width, _ = rgb.shape
    small = network_size(height, width, options.size or model.size)
    device = next(model.network.parameters()).device
    light = reduced(rgb, small).to(device)
    share = options.rebalance
    share = usual_rebalance(model) if share is None else share
    decoding = Decoding(options.temperature, share)
    predict = predictor(model, decoding, options.precision, device)
    with torch.no_grad():
        ab, logits = predict(light[None, None])
    if not options.hints:
        return join(rgb, ab[0], small)
    if logits is None:
        raise StageError(
            "hints need a model that predicts a distribution over colours, and this one "
            "was trained for regression: name another with --model, or leave out the hints"
        )
    painted = _paint(rgb, Sight(logits[0].cpu(), small), options.hints)
    return join(rgb, ab[0], small, painted.to(device))


def reduced(
    rgb: UInt[np.ndarray, "H W 3"], size: tuple[int, int]
) -> Float32[Tensor, "h w"]:
    """L of the photograph, reduced or enlarged to a height and width."""
    image = resized(Image.fromarray(to_8_bits(rgb)), size)
    return lightness(torch.from_numpy(np.asarray(image).copy()))


def resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """An image of another height and width: the means of pixels, or smoothly enlarged.

    Pixels that are enlarged to squares would be edges to the network.
    """
    enlarging = size[0] > image.height or size[1] > image.width
    box, bicubic = Image.Resampling.BOX, Image.Resampling.BICUBIC
    return image.resize((size[1], size[0]), bicubic if enlarging else box)


def _paint(
    rgb: UInt[np.ndarray, "H W 3"], sight: Sight, hints: tuple[Hint, ...]
) -> Float64[Tensor, "6 h w"]:
    """What hints paint, on a copy of the photograph with a shorter side of GUIDE."""
    height, width, _ = rgb.shape
    guide = network_size(height, width, GUIDE)

    def enlarge(samples: Float64[Tensor, "1 h w"]) -> Float64[Tensor, "1 H W"]:
        return _Enlarged(samples, guide, sight.size).rows(slice(None))

    return paint(sight, reduced(rgb, guide), hints, enlarge)


def join(
    rgb: UInt[np.ndarray, "H W 3"],
    ab: Float[Tensor, "2 h w"],
    small: tuple[int, int],
    painted: Float64[Tensor, "6 k l"] | None = None,
) -> UInt[np.ndarray, "H W 3"]:
    """The L of `rgb` joined with ab, at stride 4 of an image of size `small`.

    `painted` is what hints paint, if there are any (`method.hints`).
    """
    size, step = rgb.shape[:2], max(1, STRIPE // rgb.shape[1])
    levels = np.iinfo(rgb.dtype).max + 1
    enlarged = _Enlarged(ab, size, small)
    brushed = painted is not None and _Enlarged(painted, size, painted.shape[1:], 1)
    joined = np.empty_like(rgb)
    for start in range(0, size[0], step):
        rows = slice(start, start + step)
        stripe = rgb[rows].astype(np.uint8 if levels == 256 else np.int32)
        light = lightness(torch.from_numpy(stripe).to(ab.device))
        colour = enlarged.rows(rows)
        if brushed:
            colour = put_on(colour, brushed.rows(rows), light)
        lab = torch.cat([light[None], colour]).permute(1, 2, 0)
        joined[rows] = lab_to_srgb(lab, levels).cpu().numpy()
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
    pixel = torch.arange(full, dtype=torch.float64)  # on the CPU: MPS has no float64
    position = ((pixel + 0.5) * small / full - 0.5) / stride
    position = position.clamp(0, len(samples) - 1)
    first = position.floor()
    second = (first + 1).clamp(max=len(samples) - 1)
    share = (position - first).to(samples.dtype)
    device = samples.device
    return first.long().to(device), second.long().to(device), share.to(device)


def beside_gray(
    rgb: UInt[np.ndarray, "H W 3"], coloured: UInt[np.ndarray, "H W 3"]
) -> UInt[np.ndarray, "H 2*W 3"]:
    """The gray photograph on the left, the coloured one on the right."""
    ab = torch.zeros(2, 1, 1)
    return np.concatenate([join(rgb, ab, (8, 8)), coloured], axis=1)
