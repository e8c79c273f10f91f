"""Colours at a photograph's full resolution, from a network that sees a reduced copy.

The predicted ab is enlarged and joined with the photograph's own L.
"""

from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float, Float32, Int64, UInt
from PIL import Image
from torch import Tensor

from colorization.images.image_file import to_8_bits
from colorization.inference.model_file import Model
from colorization.inference.predict import predictor
from colorization.method.constants import REBALANCE, TEMPERATURE
from colorization.method.decoding import Decoding
from colorization.method.network import OUTPUT_STRIDE
from colorization.method.torch_cielab import lab_to_srgb, lightness

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
    """Colorize sRGB of 8 or 16 bits, colour or gray, at its full size."""
    height, width, _ = rgb.shape
    small = network_size(height, width, options.size or model.size)
    image = Image.fromarray(to_8_bits(rgb))
    image = image.resize((small[1], small[0]), Image.Resampling.BOX)
    device = next(model.network.parameters()).device
    light = lightness(torch.from_numpy(np.asarray(image).copy()).to(device))
    share = options.rebalance
    share = usual_rebalance(model) if share is None else share
    decoding = Decoding(options.temperature, share)
    predict = predictor(model, decoding, options.precision, device)
    with torch.no_grad():
        ab, _ = predict(light[None, None])
    return join(rgb, ab[0], small)


def join(
    rgb: UInt[np.ndarray, "H W 3"], ab: Float[Tensor, "2 h w"], small: tuple[int, int]
) -> UInt[np.ndarray, "H W 3"]:
    """The L of `rgb` joined with ab, at stride 4 of an image of size `small`."""
    height, width = rgb.shape[:2]
    levels, step = np.iinfo(rgb.dtype).max + 1, max(1, STRIPE // width)
    top, bottom, down = _neighbours(height, small[0], ab.shape[1], ab.device)
    left, right, along = _neighbours(width, small[1], ab.shape[2], ab.device)
    ab = torch.lerp(ab[..., left], ab[..., right], along)  # (2, h, W)
    joined = np.empty_like(rgb)
    for start in range(0, height, step):
        rows = slice(start, start + step)
        stripe = rgb[rows].astype(np.uint8 if levels == 256 else np.int32)
        light = lightness(torch.from_numpy(stripe).to(ab.device))
        colour = torch.lerp(ab[:, top[rows]], ab[:, bottom[rows]], down[rows, None])
        lab = torch.cat([light[None], colour]).permute(1, 2, 0)
        joined[rows] = lab_to_srgb(lab, levels).cpu().numpy()
    return joined


def _neighbours(
    full: int, small: int, samples: int, device: torch.device
) -> tuple[
    Int64[Tensor, " {full}"], Int64[Tensor, " {full}"], Float32[Tensor, " {full}"]
]:
    """Along one axis, each full-size pixel's two samples and the share of the second.

    Sample i belongs at pixel 4·i of the small image (`decoding.enlarge`); beyond the
    last its value holds. The middles of pixels correspond.
    """
    pixel = torch.arange(full, dtype=torch.float64, device=device)
    position = ((pixel + 0.5) * small / full - 0.5) / OUTPUT_STRIDE
    position = position.clamp(0, samples - 1)
    first = position.floor()
    second = (first + 1).clamp(max=samples - 1)
    return first.long(), second.long(), (position - first).float()


def beside_gray(
    rgb: UInt[np.ndarray, "H W 3"], coloured: UInt[np.ndarray, "H W 3"]
) -> UInt[np.ndarray, "H 2*W 3"]:
    """The gray photograph on the left, the coloured one on the right."""
    ab = torch.zeros(2, 1, 1)
    return np.concatenate([join(rgb, ab, (8, 8)), coloured], axis=1)
