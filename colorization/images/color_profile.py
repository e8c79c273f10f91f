"""Colours of any profile, and of none, as sRGB."""

import functools
import struct

import imagecodecs
import numpy as np
from PIL import Image

from colorization.images.decoded import in_stripes

# x and y of white, and of red, green and blue.
D65, DCI = (0.3127, 0.3290), (0.314, 0.351)
REC709 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06)  # sRGB's too
REC2020 = (0.708, 0.292, 0.170, 0.797, 0.131, 0.046)
P3 = (0.680, 0.320, 0.265, 0.690, 0.150, 0.060)
ADOBE = (0.64, 0.33, 0.21, 0.71, 0.15, 0.06)
# By the numbers of ITU-T H.273: the spaces that are not near sRGB, ...
SPACES = {9: (D65, REC2020), 11: (DCI, P3), 12: (D65, P3)}
# ... and the curves. Cameras' and video's are shown as sRGB's.
GAMMAS = {4: 2.2, 5: 2.8, 8: 1.0, 17: 2.6}
HIGH_DYNAMIC_RANGE = {16, 18}


@functools.cache
def rgb_profile(
    white: tuple[float, ...], primaries: tuple[float, ...], gamma: float | None
) -> bytes:
    """An ICC profile; no gamma: sRGB's curve. Raises ValueError for no colour space."""
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


def adobe_rgb() -> bytes:
    """Adobe RGB (1998)."""
    return rgb_profile(D65, ADOBE, 563 / 256)


def gamma_of(transfer: int) -> float | None:
    """The gamma of a curve of H.273; None: sRGB's. Raises ValueError for HDR."""
    if transfer in HIGH_DYNAMIC_RANGE:
        raise ValueError("image of high dynamic range: export as JPEG or TIFF")
    return GAMMAS.get(transfer)


def of_h273(primaries: int, transfer: int) -> bytes | None:
    """The profile of H.273's numbers; None: sRGB. Raises ValueError for HDR."""
    white, points = SPACES.get(primaries, (D65, REC709))
    gamma = gamma_of(transfer)
    if (points, gamma) == (REC709, None):
        return None
    return rgb_profile(white, points, gamma)


def of_png(head: bytes, info: dict) -> bytes | None:
    """What a PNG says by cICP, or gAMA and cHRM, unless it is sRGB; `info` is Pillow's.

    Raises ValueError for HDR.
    """
    place = 8
    while place + 12 <= len(head):
        size, name = struct.unpack_from(">I4s", head, place)
        if name == b"cICP":
            return of_h273(*head[place + 8 : place + 10])
        place += 12 + size
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
    """(H, W, C) of a kind (`Decoded`), in a profile, as sRGB (H, W, 3) of the same type.

    A broken profile, or one of another kind of image, is taken for none.
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
        return _inks(colour)
    return colour if kind == "rgb" else np.repeat(colour, 3, axis=2)


def _transform(colour: np.ndarray, kind: str, profile: bytes) -> np.ndarray:
    return imagecodecs.cms_transform(
        np.ascontiguousarray(colour[..., 0] if kind == "gray" else colour),
        profile,
        imagecodecs.cms_profile("srgb"),
        colorspace=kind,
        outcolorspace="rgb",
    )


def _inks(colour: np.ndarray) -> np.ndarray:
    """Cyan, magenta, yellow and black of no profile: each takes its share of the light."""
    if colour.dtype == np.uint8:
        image = Image.frombytes("CMYK", colour.shape[1::-1], colour.tobytes())
        return np.asarray(image.convert("RGB"))

    def light(inks):
        rest = np.uint32(65535) - inks
        return rest[..., :3] * rest[..., 3:] // 65535

    return in_stripes(light, np.uint16, colour)
