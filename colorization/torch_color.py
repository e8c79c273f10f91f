"""sRGB and CIE L*a*b* for batches on any device (constants: `color`).

sRGB codes are uint8 or, of 16 bits, int32 0…65535.
"""

from functools import cache

import numpy as np
import torch
from torch import Tensor

from colorization import color


@cache
def _constants(device: torch.device) -> tuple[Tensor, Tensor]:
    """Matrix to relative XYZ and its inverse, both transposed.

    Kept on the device: to send them there each time would make the host wait for it.
    """
    matrix = color.SRGB_TO_RELATIVE_XYZ.T
    forth, back = (
        torch.tensor(array, dtype=torch.float32, device=device)
        for array in (matrix, np.linalg.inv(matrix))
    )
    return forth, back


@cache
def _light_table(device: torch.device, levels: int) -> Tensor:
    table = color.linear_light(levels)
    return torch.tensor(table, dtype=torch.float32, device=device)


def linear_light(rgb: Tensor) -> Tensor:
    """Linear light 0…1 of sRGB, any shape, by table."""
    levels = 256 if rgb.dtype == torch.uint8 else 65536
    return _light_table(rgb.device, levels)[rgb.int()]


def _curve(relative: Tensor) -> Tensor:
    line = color.LAB_SLOPE * relative + color.LAB_OFFSET
    root = relative.clamp_min(color.LAB_LINEAR_BELOW).pow(1 / 3)
    return torch.where(relative > color.LAB_LINEAR_BELOW, root, line)


def lightness(rgb: Tensor) -> Tensor:
    """sRGB (..., 3) to L* (...) in 0…100."""
    weights = _constants(rgb.device)[0][:, 1]
    return 116 * _curve(linear_light(rgb) @ weights) - 16


def srgb_to_lab(rgb: Tensor) -> Tensor:
    """sRGB (..., 3) to Lab (..., 3): L 0…100, a and b in Lab units."""
    matrix = _constants(rgb.device)[0]
    x, y, z = _curve(linear_light(rgb) @ matrix).unbind(-1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=-1)


def lab_to_srgb(lab: Tensor, levels: int = 256) -> Tensor:
    """Lab (..., 3) to sRGB (..., 3); colours outside the gamut are clipped.

    uint8, or with 65536 levels int32.
    """
    y = (lab[..., 0] + 16) / 116
    f = torch.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], dim=-1)
    line = (f - color.LAB_OFFSET) / color.LAB_SLOPE
    relative = torch.where(f > color.LAB_LINEAR_BELOW ** (1 / 3), f**3, line)
    linear = (relative @ _constants(lab.device)[1]).clamp(0, 1)
    curved = 1.055 * linear.clamp_min(0.0031308).pow(1 / 2.4) - 0.055
    code = torch.where(linear > 0.0031308, curved, 12.92 * linear)
    code = (code * (levels - 1)).round()
    return code.to(torch.uint8 if levels == 256 else torch.int32)
