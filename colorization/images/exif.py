"""EXIF: what it says about the pixels, and what of it the result keeps."""

from collections.abc import Callable
from typing import NamedTuple

from PIL import Image

ORIENTATION, EXIF, GPS, INTEROPERABILITY = 0x0112, 0x8769, 0x8825, 0xA005
COLOR_SPACE, WIDTH, HEIGHT = 0xA001, 0xA002, 0xA003
# Tags of the image that the result keeps: those that do not say how its pixels are
# stored. Title, camera, resolution, software, times, author, rating, copyright, place.
PASSED_ON = [0x010E, 0x010F, 0x0110, 0x011A, 0x011B, 0x0128, 0x0131, 0x0132, 0x013B]
PASSED_ON += [0x013C, 0x4746, 0x4749, 0x8298, 0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F]
PASSED_ON += [EXIF, GPS]
# Tags of the photograph that the result does not keep: how it was compressed, the maker's
# notes (with pictures and offsets in the file), where the subject is in the picture
# before it was turned, the image's number, gamma.
NOT_PASSED_ON = [0x9101, 0x9102, 0x927C, 0x9214, 0xA214, 0xA420, 0xA500]


class Exif(NamedTuple):
    """What the pipeline uses of an image's EXIF."""

    orientation: int
    is_adobe_rgb: bool
    # EXIF that holds for the image once it is upright and in sRGB; may be empty.
    passed_on: bytes


NO_EXIF = Exif(1, False, b"")


def read(load: Callable[[], Image.Exif]) -> Exif:
    """Read the EXIF that `load` returns; damaged parts are left out."""
    orientation = 1
    try:
        exif = load()
        orientation = exif.get(ORIENTATION, 1)
        photograph = exif.get_ifd(EXIF)
        interoperability = exif.get_ifd(INTEROPERABILITY) if photograph else {}
        space, rule = photograph.get(COLOR_SPACE), interoperability.get(1)
        # Cameras mark Adobe RGB as "uncalibrated" with the rule R03 (DCF), some as 2.
        adobe_rgb = space == 2 or (space == 0xFFFF and rule == "R03")
        return Exif(orientation, adobe_rgb, _passed_on(exif, photograph))
    except Exception:  # for example a tag of the wrong type
        return Exif(orientation, False, b"")


def from_bytes(block: bytes) -> Image.Exif:
    """Parse a block of EXIF, which may be empty."""
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
            result[EXIF][INTEROPERABILITY] = {1: "R98", 2: b"0100"}  # sRGB's rule
    if GPS in exif:
        result[GPS] = dict(exif.get_ifd(GPS))
    return result.tobytes() if len(result) else b""


def with_size(passed_on: bytes, width: int, height: int) -> bytes:
    """The block of EXIF with the size of the image that it is written to."""
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
