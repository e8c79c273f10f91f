"""sRGB and CIE L*a*b* for batches on any device (constants: `color`)."""

import torch
from torch import Tensor

from colorization import color


def linear_light(rgb: Tensor) -> Tensor:
    """Linear light 0…1 of uint8 sRGB, any shape, by table."""
    table = torch.tensor(color.linear_light(), dtype=torch.float32, device=rgb.device)
    return table[rgb.int()]


def _curve(relative: Tensor) -> Tensor:
    line = color.LAB_SLOPE * relative + color.LAB_OFFSET
    root = relative.clamp_min(color.LAB_LINEAR_BELOW).pow(1 / 3)
    return torch.where(relative > color.LAB_LINEAR_BELOW, root, line)


def lightness(rgb: Tensor) -> Tensor:
    """uint8 sRGB (..., 3) to L* (...) in 0…100."""
    weights = torch.tensor(color.SRGB_TO_RELATIVE_XYZ[1], dtype=torch.float32)
    return 116 * _curve(linear_light(rgb) @ weights.to(rgb.device)) - 16


def srgb_to_lab(rgb: Tensor) -> Tensor:
    """uint8 sRGB (..., 3) to Lab (..., 3): L 0…100, a and b in Lab units."""
    matrix = torch.tensor(color.SRGB_TO_RELATIVE_XYZ.T, dtype=torch.float32)
    x, y, z = _curve(linear_light(rgb) @ matrix.to(rgb.device)).unbind(-1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=-1)


def lab_to_srgb(lab: Tensor) -> Tensor:
    """Lab (..., 3) to uint8 sRGB (..., 3); colours outside the gamut are clipped."""
    y = (lab[..., 0] + 16) / 116
    f = torch.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], dim=-1)
    line = (f - color.LAB_OFFSET) / color.LAB_SLOPE
    relative = torch.where(f > color.LAB_LINEAR_BELOW ** (1 / 3), f**3, line)
    inverse = torch.tensor(color.SRGB_TO_RELATIVE_XYZ).inverse().T.float()
    linear = (relative @ inverse.to(lab.device)).clamp(0, 1)
    curved = 1.055 * linear.clamp_min(0.0031308).pow(1 / 2.4) - 0.055
    code = torch.where(linear > 0.0031308, curved, 12.92 * linear)
    return (code * 255).round().to(torch.uint8)
