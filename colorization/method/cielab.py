"""sRGB and CIE L*a*b* (D65, 2° observer) in numpy: uint8 in, float out.

`torch_cielab` holds the same conversion for batches on a device; both take
their constants, and the rule for colours that sRGB does not have, from here. Source: IEC
61966-2-1 and CIE 15, as in scikit-image.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Float64, Integer, UInt8

SRGB_TO_XYZ = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)
WHITE_XYZ = np.array([0.95047, 1.0, 1.08883])
# Linear sRGB to XYZ relative to the white point, the argument of the cube root.
SRGB_TO_RELATIVE_XYZ = SRGB_TO_XYZ / WHITE_XYZ[:, None]
# How much X − Y and Z − Y, relative to white, add to each channel's linear light.
FROM_X, FROM_Z = np.linalg.inv(SRGB_TO_RELATIVE_XYZ)[:, [0, 2]].T.tolist()
# Below this the cube root is replaced by a line (CIE 15).
LAB_LINEAR_BELOW, LAB_SLOPE, LAB_OFFSET = 0.008856, 7.787, 16 / 116
# How exactly the gamut's surface is found: see `in_gamut` and `largest_share`.
SLACK, HALVINGS = 5e-4, 12


def linear_light(levels: int = 256) -> Float64[np.ndarray, " levels"]:
    """Linear light in 0…1 of each sRGB code value 0…levels − 1."""
    code = np.arange(levels) / (levels - 1)
    return np.where(code > 0.04045, ((code + 0.055) / 1.055) ** 2.4, code / 12.92)


def lab_curve(
    relative: Float64[np.ndarray, "*shape"],
) -> Float64[np.ndarray, "*shape"]:
    """The f of CIE Lab, elementwise on XYZ relative to white."""
    line = LAB_SLOPE * relative + LAB_OFFSET
    return np.where(relative > LAB_LINEAR_BELOW, np.cbrt(relative), line)


def srgb_to_lab(
    rgb: UInt8[np.ndarray, "*shape 3"],
) -> Float64[np.ndarray, "*shape 3"]:
    """sRGB to Lab: L 0…100, a and b in Lab units."""
    light = linear_light()
    r, g, b = (light[rgb[..., channel]] for channel in range(3))
    x, y, z = (lab_curve(m[0] * r + m[1] * g + m[2] * b) for m in SRGB_TO_RELATIVE_XYZ)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def unpack_codes(
    codes: Integer[np.ndarray, "*shape"],
) -> UInt8[np.ndarray, "*shape 3"]:
    """24-bit colour codes r·65536 + g·256 + b to sRGB."""
    channels = [(codes >> 16) & 255, (codes >> 8) & 255, codes & 255]
    return np.stack(channels, axis=-1).astype(np.uint8)


def _light(
    lab: Float[np.ndarray, "*shape 3"],
) -> tuple[Float[np.ndarray, "*shape"], Float[np.ndarray, " 3 *shape"]]:
    """Linear light of Lab: of the gray, and what a and b add to its R, G and B.

    Gray is R = G = B = Y; a and b add no Y. So a = b = 0 gives R = G = B exactly, though
    by the constants above, which are rounded, white has an a and b of 0.005.
    """
    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200])
    line = (f - LAB_OFFSET) / LAB_SLOPE
    x, gray, z = np.where(f > np.cbrt(LAB_LINEAR_BELOW), f**3, line)
    channels = zip(FROM_X, FROM_Z, strict=True)
    return gray, np.stack([m * (x - gray) + n * (z - gray) for m, n in channels])


def lab_to_linear(
    lab: Float[np.ndarray, "*shape 3"],
) -> Float[np.ndarray, "*shape 3"]:
    """Lab to linear sRGB; outside 0…1 where sRGB has no such colour."""
    gray, added = _light(lab)
    return np.moveaxis(gray + added, 0, -1)


def gamut_margin(
    lab: Float[np.ndarray, "*shape 3"],
) -> Float[np.ndarray, "*shape"]:
    """How far inside of sRGB a Lab colour is, in linear light.

    Negative where sRGB has no such colour, 0 on the gamut's surface.
    """
    linear = lab_to_linear(lab)
    return np.minimum(linear, 1 - linear).min(-1)


def in_gamut(
    gray: Float[Any, "*shape"], added: Float[Any, " 3 *shape"]
) -> Bool[Any, "*shape"]:
    """Whether sRGB has a gray with what a and b add to its R, G and B.

    Both are linear light, arrays of numpy or torch. What is added may be too much by the
    share SLACK, so that rounding puts no colour of sRGB outside; black and white take
    nothing.
    """
    lightest, darkest = (1 + SLACK) * (1 - gray), -(1 + SLACK) * gray
    red, green, blue = (added <= lightest) & (added >= darkest)
    return red & green & blue


def largest_share(fits: Callable[[Any], Bool[Any, "*shape"]]) -> Float[Any, "*shape"]:
    """Where t = 1 does not fit, the largest t in 0…1 that does, to 2⁻¹², by halving.

    `fits` says where a t, an array of numpy or torch or one number for all, fits. Every
    t that is tried is exact in float32, so that all devices and the page agree.
    """
    share = 0.0
    for halving in range(1, HALVINGS + 1):
        step = 0.5**halving
        share = share + step * fits(share + step)
    return share


def into_gamut(
    lab: Float[np.ndarray, "*shape 3"],
) -> Float[np.ndarray, "*shape 3"]:
    """Lab colours that sRGB has, of the same L and hue.

    Colours of sRGB are unchanged. Elsewhere a and b are both multiplied by the largest t
    in 0…1 that sRGB has: chroma clipping at constant lightness and hue angle. The
    lightness is the photograph's and only the colour is predicted, so the colour changes.
    (Clipping R, G and B each by itself changes all three: white paper turns pink.)

    A ray of one L and hue leaves the gamut once. One in 8,000 comes back to it (light
    yellow: L 93…98, hue 99…106°); there t may be that of the first exit or the second.
    """

    def paler(t: Float[np.ndarray, "*shape"] | float) -> Float[np.ndarray, "*shape 3"]:
        return lab * np.stack(np.broadcast_arrays(1.0, t, t), axis=-1)

    def fits(t: Float[np.ndarray, "*shape"] | float) -> Bool[np.ndarray, "*shape"]:
        return in_gamut(*_light(paler(t)))

    return np.where(fits(1.0)[..., None], lab, paler(largest_share(fits)))
