"""sRGB and CIE L*a*b* for batches on any device (constants: `color`)."""

from functools import cache

import numpy as np
import torch
from torch import Tensor

from colorization import color


@cache
def _constants(device: torch.device) -> tuple[Tensor, Tensor, Tensor]:
    """Table of linear light, matrix to relative XYZ and its inverse, both transposed.

    Kept on the device: to send them there each time would make the host wait for it.
    """
    matrix = color.SRGB_TO_RELATIVE_XYZ.T
    arrays = color.linear_light(), matrix, np.linalg.inv(matrix)
    table, forth, back = (
        torch.tensor(array, dtype=torch.float32, device=device) for array in arrays
    )
    return table, forth, back


def linear_light(rgb: Tensor) -> Tensor:
    """Linear light 0…1 of uint8 sRGB, any shape, by table."""
    return _constants(rgb.device)[0][rgb.int()]


def _curve(relative: Tensor) -> Tensor:
    line = color.LAB_SLOPE * relative + color.LAB_OFFSET
    root = relative.clamp_min(color.LAB_LINEAR_BELOW).pow(1 / 3)
    return torch.where(relative > color.LAB_LINEAR_BELOW, root, line)


def lightness(rgb: Tensor) -> Tensor:
    """uint8 sRGB (..., 3) to L* (...) in 0…100."""
    weights = _constants(rgb.device)[1][:, 1]
    return 116 * _curve(linear_light(rgb) @ weights) - 16


def srgb_to_lab(rgb: Tensor) -> Tensor:
    """uint8 sRGB (..., 3) to Lab (..., 3): L 0…100, a and b in Lab units."""
    matrix = _constants(rgb.device)[1]
    x, y, z = _curve(linear_light(rgb) @ matrix).unbind(-1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=-1)


def lab_to_srgb(lab: Tensor) -> Tensor:
    """Lab (..., 3) to uint8 sRGB (..., 3); colours outside the gamut are clipped."""
    y = (lab[..., 0] + 16) / 116
    f = torch.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], dim=-1)
    line = (f - color.LAB_OFFSET) / color.LAB_SLOPE
    relative = torch.where(f > color.LAB_LINEAR_BELOW ** (1 / 3), f**3, line)
    linear = (relative @ _constants(lab.device)[2]).clamp(0, 1)
    curved = 1.055 * linear.clamp_min(0.0031308).pow(1 / 2.4) - 0.055
    code = torch.where(linear > 0.0031308, curved, 12.92 * linear)
    return (code * 255).round().to(torch.uint8)
