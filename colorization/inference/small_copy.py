"""The small copy of a photograph that the network sees."""

import numpy as np
import torch
from jaxtyping import Float32, UInt, UInt8
from PIL import Image
from torch import Tensor

from colorization.images.image_file import to_8_bits
from colorization.inference.box_mean import box_mean
from colorization.method.torch_cielab import lightness

# It bounds the memory: the longer side, in pixels, that the network sees.
LONGEST = 4096


def network_size(height: int, width: int, size: int) -> tuple[int, int]:
    """Height and width that the network sees: about the same shape, multiples of 8."""
    scale = size / min(height, width)
    h, w = (
        min(LONGEST, max(8, 8 * int(side * scale / 8 + 0.5)))
        for side in (height, width)
    )
    return h, w


def reduced(
    rgb: UInt[np.ndarray, "H W 3"], size: tuple[int, int]
) -> Float32[Tensor, "h w"]:
    """L of the photograph, reduced or enlarged to a height and width."""
    return lightness(torch.from_numpy(resized(to_8_bits(rgb), size)))


def resized(
    rgb: UInt8[np.ndarray, "H W 3"], size: tuple[int, int]
) -> UInt8[np.ndarray, "h w 3"]:
    """An image of another height and width: the means of pixels, or smoothly enlarged.

    Pixels that are enlarged to squares would be edges to the network.
    """
    if size[0] <= rgb.shape[0] and size[1] <= rgb.shape[1]:
        return box_mean(rgb, size)
    smooth = Image.Resampling.BICUBIC
    return np.array(Image.fromarray(rgb).resize((size[1], size[0]), smooth))
