"""Colour profiles, and colours converted from them to sRGB."""

import functools
import struct

import imagecodecs
import numpy as np
from PIL import Image

from colorization.images.decoded import in_stripes

# Chromaticities x, y: of white points, and of red, green and blue.
D65, DCI = (0.3127, 0.3290), (0.314, 0.351)
REC709 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06)  # and sRGB
REC2020 = (0.708, 0.292, 0.170, 0.797, 0.131, 0.046)
P3 = (0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
ADOBE = (0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
# White point and primaries by their code in ITU-T H.273. Others are taken for sRGB's,
SPACES = {9: (D65, REC2020), 11: (DCI, P3), 12: (D65, P3)}
# and so are the transfer curves of cameras and video; these are pure powers.
GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0, 17: 2.6}
HIGH_DYNAMIC_RANGE = {16, 18}


@functools.cache
def rgb_profile(
    white: tuple[float, ...], primaries: tuple[float, ...], gamma: float | None
) -> bytes:
    """An ICC profile; gamma None is sRGB's curve. Raises ValueError for invalid points."""
    code = np.linspace(0, 1, 4096, dtype=np.float32)
    light = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    try:
        return imagecodecs.cms_profile(
            "rgb",
            whitepoint=white,
            primaries=primaries,
            transferfunction=light if gamma is None else None,
            gamma=gamma,
        )
    except imagecodecs.CmsError as error:
        raise ValueError(str(error)) from None


def adobe_rgb_profile() -> bytes:
    """The profile of Adobe RGB (1998)."""
    return rgb_profile(D65, ADOBE, 563 / 256)


def gamma_of(transfer: int) -> float | None:
    """The gamma of an H.273 transfer code; None: sRGB's curve. Raises ValueError for HDR."""
    if transfer in HIGH_DYNAMIC_RANGE:
        raise ValueError("image of high dynamic range: export as JPEG or TIFF")
    return GAMMAS.get(transfer)


def h273_profile(primaries: int, transfer: int) -> bytes | None:
    """The profile of two H.273 codes; None: sRGB. Raises ValueError for HDR."""
    white, points = SPACES.get(primaries, (D65, REC709))
    gamma = gamma_of(transfer)
    if (points, gamma) == (REC709, None):
        return None
    return rgb_profile(white, points, gamma)


def png_profile(head: bytes, info: dict) -> bytes | None:
    """The profile that a PNG states by cICP, or by gAMA and cHRM; None: sRGB.

    `head` is the file's beginning, `info` Pillow's. Raises ValueError for HDR.
    """
    offset = 8
    while offset + 12 <= len(head):
        size, name = struct.unpack_from(">I4s", head, offset)
        if name == b"cICP":
            return h273_profile(*head[offset + 8 : offset + 10])
        offset += 12 + size
    stated = {"gamma", "chromaticity"} & info.keys()
    if not stated or "srgb" in info:
        return None
    gamma = info.get("gamma") or 1 / 2.2
    white, primaries = D65, REC709
    if len(points := info.get("chromaticity", ())) == 8:
        white, primaries = points[:2], points[2:]
    numbers, srgb = (*white, *primaries, gamma), (*D65, *REC709, 1 / 2.2)
    if np.allclose(numbers, srgb, atol=0.01):
        return None
    try:
        return rgb_profile(white, primaries, 1 / gamma)
    except ValueError:
        return None


def to_srgb(colour: np.ndarray, kind: str, profile: bytes | None) -> np.ndarray:
    """Colours (H, W, C) in a profile as sRGB (H, W, 3) of the same dtype.

    `kind` is as in `Decoded`. A broken profile, or one for another kind, is ignored.
    """
    if profile:
        if kind == "gray" and profile[16:20] == b"RGB ":
            colour, kind = np.repeat(colour, 3, axis=2), "rgb"
        try:
            return _transform(colour, kind, profile)
        except (imagecodecs.CmsError, ValueError):
            pass
    if kind == "lab":
        return _transform(colour, kind, imagecodecs.cms_profile("lab4"))
    if kind == "cmyk":
        return _cmyk_to_rgb(colour)
    return colour if kind == "rgb" else np.repeat(colour, 3, axis=2)


def _transform(colour: np.ndarray, kind: str, profile: bytes) -> np.ndarray:
    return imagecodecs.cms_transform(
        np.ascontiguousarray(colour[..., 0] if kind == "gray" else colour),
        profile,
        imagecodecs.cms_profile("srgb"),
        colorspace=kind,
        outcolorspace="rgb",
    )


def _cmyk_to_rgb(colour: np.ndarray) -> np.ndarray:
    """CMYK without a profile as RGB: each ink absorbs its share of the light."""
    if colour.dtype == np.uint8:
        image = Image.frombytes("CMYK", colour.shape[1::-1], colour.tobytes())
        return np.asarray(image.convert("RGB"))

    def light(inks):
        rest = np.uint32(65535) - inks
        return rest[..., :3] * rest[..., 3:] // 65535

    return in_stripes(light, np.uint16, colour)
