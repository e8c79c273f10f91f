"""EXIF: what it says of the pixels, and what of it stays true of the result."""

from collections.abc import Callable
from typing import NamedTuple

from PIL import Image

ORIENTATION, EXIF, GPS, INTEROPERABILITY = 0x0112, 0x8769, 0x8825, 0xA005
COLOR_SPACE, WIDTH, HEIGHT = 0xA001, 0xA002, 0xA003
# Of the image's own tags those that do not describe how its pixels are stored: title,
# camera, resolution, software, times, author, rating, copyright, place.
PASSED_ON = [0x010E, 0x010F, 0x0110, 0x011A, 0x011B, 0x0128, 0x0131, 0x0132, 0x013B]
PASSED_ON += [0x013C, 0x4746, 0x4749, 0x8298, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F]
PASSED_ON += [EXIF, GPS]
# Of the photograph's tags those that are not of the result: how it was compressed, the
# maker's notes (with pictures, and places in the file), where the subject is in the
# picture that was not turned yet, the image's number, gamma.
NOT_PASSED_ON = [0x9101, 0x9102, 0x927C, 0x9214, 0xA214, 0xA420, 0xA500]


class Exif(NamedTuple):
    """What EXIF says."""

    orientation: int
    is_adobe_rgb: bool
    passed_on: (
        bytes  # what stays true once the image is upright and in sRGB, or nothing
    )


NO_EXIF = Exif(1, False, b"")


def read(load: Callable[[], Image.Exif]) -> Exif:
    """What EXIF says, by a function that loads it; what is damaged is left out."""
    orientation = 1
    try:
        exif = load()
        orientation = exif.get(ORIENTATION, 1)
        photograph = exif.get_ifd(EXIF)
        interoperability = exif.get_ifd(INTEROPERABILITY) if photograph else {}
        space, rule = photograph.get(COLOR_SPACE), interoperability.get(1)
        # Cameras say "uncalibrated" and, by their file system's rule, R03; some just 2.
        adobe_rgb = space == 2 or (space == 0xFFFF and rule == "R03")
        return Exif(orientation, adobe_rgb, _passed_on(exif, photograph))
    except Exception:  # a tag of another type than it should be, for example
        return Exif(orientation, False, b"")


def from_bytes(block: bytes) -> Image.Exif:
    """The EXIF in a block by itself, which may be empty."""
    exif = Image.Exif()
    exif.load(block)
    return exif


def _passed_on(exif: Image.Exif, photograph: dict) -> bytes:
    result = Image.Exif()
    for tag in PASSED_ON:
        if tag in exif:
            result[tag] = exif[tag]
    if photograph:
        result[EXIF] = {
            tag: value for tag, value in photograph.items() if tag not in NOT_PASSED_ON
        }
        result[EXIF][COLOR_SPACE] = 1  # sRGB
        if INTEROPERABILITY in photograph:
            result[EXIF][INTEROPERABILITY] = {1: "R98", 2: b"0100"}  # sRGB again
    if GPS in exif:
        result[GPS] = dict(exif.get_ifd(GPS))
    return result.tobytes() if len(result) else b""


def of_size(passed_on: bytes, width: int, height: int) -> bytes:
    """The same, with the size of the image that it goes with."""
    exif = from_bytes(passed_on)
    photograph = exif.get_ifd(EXIF)
    if not photograph:
        return passed_on
    photograph |= {WIDTH: width, HEIGHT: height}
    if INTEROPERABILITY in photograph:
        photograph[INTEROPERABILITY] = exif.get_ifd(INTEROPERABILITY)
    exif[EXIF] = photograph
    if GPS in exif:
        exif[GPS] = exif.get_ifd(GPS)
    return exif.tobytes()
