"""sRGB and CIE L*a*b* for batches on any device (constants: `cielab`).

sRGB codes are uint8 or, of 16 bits, int32 0…65535.
"""

from functools import cache

import torch
from jaxtyping import Bool, Float, Float32, Integer
from torch import Tensor

from colorization.method import cielab


@cache
def _to_xyz(device: torch.device) -> Float32[Tensor, "3 3"]:
    """Matrix from linear sRGB to relative XYZ, transposed.

    Kept on the device: sending it there each time would make the host wait.
    """
    matrix = cielab.SRGB_TO_RELATIVE_XYZ.T
    return torch.tensor(matrix, dtype=torch.float32, device=device)


@cache
def _light_table(device: torch.device, levels: int) -> Float32[Tensor, " levels"]:
    table = cielab.linear_light(levels)
    return torch.tensor(table, dtype=torch.float32, device=device)


def linear_light(rgb: Integer[Tensor, "*shape"]) -> Float32[Tensor, "*shape"]:
    """Linear light 0…1 of sRGB codes, by table."""
    levels = 256 if rgb.dtype == torch.uint8 else 65536
    return _light_table(rgb.device, levels)[rgb.int()]


def _curve(relative: Float[Tensor, "*shape"]) -> Float[Tensor, "*shape"]:
    line = cielab.LAB_SLOPE * relative + cielab.LAB_OFFSET
    root = relative.clamp_min(cielab.LAB_LINEAR_BELOW).pow(1 / 3)
    return torch.where(relative > cielab.LAB_LINEAR_BELOW, root, line)


def lightness(rgb: Integer[Tensor, "*shape 3"]) -> Float[Tensor, "*shape"]:
    """sRGB to L* in 0…100."""
    to_y = _to_xyz(rgb.device)[:, 1]
    return 116 * _curve(linear_light(rgb) @ to_y) - 16


def srgb_to_lab(rgb: Integer[Tensor, "*shape 3"]) -> Float[Tensor, "*shape 3"]:
    """sRGB to Lab: L 0…100, a and b in Lab units."""
    x, y, z = _curve(linear_light(rgb) @ _to_xyz(rgb.device)).unbind(-1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=-1)


def _light(f: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    """The inverse of `_curve`."""
    line = (f - cielab.LAB_OFFSET).div_(cielab.LAB_SLOPE)
    return torch.where(f > cielab.LAB_LINEAR_BELOW ** (1 / 3), f**3, line)


def _added(
    y: Float[Tensor, " n"],
    gray: Float[Tensor, " n"],
    a: Float[Tensor, " n"],
    b: Float[Tensor, " n"],
) -> Float[Tensor, "3 n"]:
    """What a and b add to the R, G and B of a gray, linear light; y is (L + 16) / 116."""
    x = _light(torch.add(y, a, alpha=1 / 500)).sub_(gray)
    z = _light(torch.sub(y, b, alpha=1 / 200)).sub_(gray)
    channels = zip(cielab.FROM_X, cielab.FROM_Z, strict=True)
    return torch.stack([torch.add(m * x, z, alpha=n) for m, n in channels])


def lab_to_srgb(
    lab: Float[Tensor, "*shape 3"], levels: int = 256
) -> Integer[Tensor, "*shape 3"]:
    """Lab to sRGB codes 0…levels − 1: uint8, or with 65536 levels int32.

    Colours that sRGB does not have keep L and hue and get paler, as in
    `cielab.into_gamut`. To find them the host waits for the GPU: not for training.
    """
    light, a, b = lab.reshape(-1, 3).unbind(-1)
    y = (light + 16) / 116
    gray = _light(y)
    added = _added(y, gray, a, b)
    outside = (~cielab.in_gamut(gray, added)).nonzero()[:, 0]
    added[:, outside] = _most_added(*(value[outside] for value in (y, gray, a, b)))
    linear = added.add_(gray).clamp_(0, 1)  # rounding, and L beyond 0…100
    curved = linear.clamp_min(0.0031308).pow_(1 / 2.4).mul_(1.055).sub_(0.055)
    code = torch.where(linear > 0.0031308, curved, 12.92 * linear)
    code = code.mul_(levels - 1).round_()
    code = code.to(torch.uint8 if levels == 256 else torch.int32)
    return code.T.reshape(lab.shape)


def _most_added(
    y: Float[Tensor, " n"],
    gray: Float[Tensor, " n"],
    a: Float[Tensor, " n"],
    b: Float[Tensor, " n"],
) -> Float[Tensor, "3 n"]:
    """`_added` for the largest share of a and b that sRGB has."""

    def fits(t: Float[Tensor, " n"] | float) -> Bool[Tensor, " n"]:
        return cielab.in_gamut(gray, _added(y, gray, t * a, t * b))

    t = cielab.largest_share(fits)
    return _added(y, gray, t * a, t * b)
