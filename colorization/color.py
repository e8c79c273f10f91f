"""sRGB and CIE L*a*b* (D65, 2° observer) in numpy: uint8 in, float out.

`torch_color` holds the same conversion for batches on a device; both take their
constants from here. Source: IEC 61966-2-1 and CIE 15, as in scikit-image.
"""

import numpy as np

SRGB_TO_XYZ = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)
WHITE_XYZ = np.array([0.95047, 1.0, 1.08883])
# Linear sRGB to XYZ relative to the white point: what the cube root is taken of.
SRGB_TO_RELATIVE_XYZ = SRGB_TO_XYZ / WHITE_XYZ[:, None]
# Below this the cube root is replaced by a line (CIE 15).
LAB_LINEAR_BELOW, LAB_SLOPE, LAB_OFFSET = 0.008856, 7.787, 16 / 116


def linear_light(levels: int = 256) -> np.ndarray:
    """Linear light (levels,) float64 in 0…1 of each sRGB code value 0…levels − 1."""
    code = np.arange(levels) / (levels - 1)
    return np.where(code > 0.04045, ((code + 0.055) / 1.055) ** 2.4, code / 12.92)


def lab_curve(relative: np.ndarray) -> np.ndarray:
    """The f of CIE Lab, elementwise on XYZ relative to white (any shape)."""
    line = LAB_SLOPE * relative + LAB_OFFSET
    return np.where(relative > LAB_LINEAR_BELOW, np.cbrt(relative), line)


def relative_xyz(r: np.ndarray, g: np.ndarray, b: np.ndarray) -> list[np.ndarray]:
    """X/Xn, Y/Yn, Z/Zn of sRGB codes 0…255 that broadcast against each other."""
    light = linear_light()
    return [
        m[0] * light[r] + m[1] * light[g] + m[2] * light[b]
        for m in SRGB_TO_RELATIVE_XYZ
    ]


def srgb_to_lab(rgb: np.ndarray) -> np.ndarray:
    """uint8 sRGB (..., 3) to float64 Lab (..., 3): L 0…100, a and b in Lab units."""
    x, y, z = (
        lab_curve(c) for c in relative_xyz(rgb[..., 0], rgb[..., 1], rgb[..., 2])
    )
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def unpack_codes(codes: np.ndarray) -> np.ndarray:
    """24-bit colour codes r·65536 + g·256 + b (...,) to uint8 sRGB (..., 3)."""
    parts = [(codes >> 16) & 255, (codes >> 8) & 255, codes & 255]
    return np.stack(parts, axis=-1).astype(np.uint8)


def lab_to_linear(lab: np.ndarray) -> np.ndarray:
    """Lab (..., 3) to linear sRGB (..., 3); outside 0…1 where sRGB has no such colour."""
    y = (lab[..., 0] + 16) / 116
    f = np.stack([y + lab[..., 1] / 500, y, y - lab[..., 2] / 200], axis=-1)
    line = (f - LAB_OFFSET) / LAB_SLOPE
    relative = np.where(f > np.cbrt(LAB_LINEAR_BELOW), f**3, line)
    return relative @ np.linalg.inv(SRGB_TO_RELATIVE_XYZ).T


def gamut_margin(lab: np.ndarray) -> np.ndarray:
    """How far inside of sRGB a colour is: Lab (..., 3) to (...) in linear light.

    Negative where sRGB has no such colour, 0 on the gamut's surface.
    """
    linear = lab_to_linear(lab)
    return np.minimum(linear, 1 - linear).min(-1)
