"""The small copy of a photograph that the network sees."""

import numpy as np
import torch
from jaxtyping import Float32, UInt
from PIL import Image
from torch import Tensor

from colorization.images.image_file import to_8_bits
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
    image = resized(Image.fromarray(to_8_bits(rgb)), size)
    return lightness(torch.from_numpy(np.asarray(image).copy()))


def resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """An image of another height and width: the means of pixels, or smoothly enlarged.

    Pixels that are enlarged to squares would be edges to the network.
    """
    enlarging = size[0] > image.height or size[1] > image.width
    box, bicubic = Image.Resampling.BOX, Image.Resampling.BICUBIC
    return image.resize((size[1], size[0]), bicubic if enlarging else box)
