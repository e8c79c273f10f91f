"""JPEG XL. The decoder gives bare numbers; what they mean is read from the header."""

import imagecodecs
import numpy as np

from colorization.images import exif
from colorization.images.boxes import boxes
from colorization.images.color_profile import (
    D65,
    DCI,
    P3,
    REC709,
    REC2020,
    gamma_of,
    rgb_profile,
)
from colorization.images.decoded import Decoded, check_size, to_codes, unpremultiply

CODESTREAM = b"\xff\x0a"
CONTAINER = b"\0\0\0\x0cJXL \r\n\x87\n"
# By the standard's codes; with 2 the file has the coordinates themselves.
WHITES = {1: D65, 10: (1 / 3, 1 / 3), 11: DCI}
PRIMARIES = {1: REC709, 9: REC2020, 11: P3}
UNREADABLE_COLOURS = (
    "JPEG XL with a colour profile that cannot be read: export as JPEG, PNG or TIFF"
)


def is_jxl(head: bytes) -> bool:
    """Whether a file that begins with `head` is JPEG XL."""
    return head.startswith((CODESTREAM, CONTAINER))


def as_jpeg(data: bytes) -> bytes | None:
    """The JPEG file that was packed into this JPEG XL; None if there was none."""
    if not data.startswith(CONTAINER) or b"jbrd" not in dict(boxes(data)):
        return None
    # Its stub lacks the default of numthreads.
    return bytes(imagecodecs.jpegxl_decode_jpeg(data))  # pyright: ignore[reportCallIssue]


def read(data: bytes, max_pixels: int) -> Decoded:
    """Decode the first image, upright. Raises ValueError."""
    stream, metadata = data, exif.NO_EXIF
    if data.startswith(CONTAINER):
        contents = list(boxes(data))
        stream = b"".join(
            content[4:] if name == b"jxlp" else content
            for name, content in contents
            if name in (b"jxlc", b"jxlp")
        )
        block = dict(contents).get(b"Exif", b"")[4:]
        metadata = exif.read(lambda: exif.from_bytes(block))
    header = _Header(stream)
    check_size(header.width, header.height, max_pixels)
    values = np.atleast_3d(imagecodecs.jpegxl_decode(data, 0, numthreads=1))
    if values.dtype.kind == "f":
        values = np.clip(values, 0, 1)  # lossy files overshoot a little
    values = to_codes(values, header.bits)
    colour, alpha = values, None
    if values.shape[2] in (2, 4):
        colour, alpha = values[..., :-1], values[..., -1]
        if header.is_premultiplied:
            colour = unpremultiply(colour, alpha)
    kind = "gray" if colour.shape[2] == 1 else "rgb"
    metadata = metadata._replace(orientation=1)  # the decoder has applied it
    return Decoded(colour, kind, alpha, header.profile, metadata)


class _Header:
    """Size, bits and colours, read bit by bit (ISO/IEC 18181-1, annex on the headers)."""

    def __init__(self, stream: bytes):
        if not stream.startswith(CODESTREAM):
            raise ValueError("JPEG XL without an image")
        self._bits = int.from_bytes(stream[2:4096], "little")
        self.width, self.height = self._size()
        self.bits, self.is_premultiplied, self.profile = 8, False, None
        if not self._take(1):  # else all has its default
            self._metadata()

    def _take(self, bits: int) -> int:
        value = self._bits & ((1 << bits) - 1)
        self._bits >>= bits
        return value

    def _choice(self, *codings: int | tuple[int, int]) -> int:
        """A number in one of four codings: a constant, or an offset and its bits."""
        coding = codings[self._take(2)]
        return coding if isinstance(coding, int) else coding[0] + self._take(coding[1])

    def _enum(self) -> int:
        return self._choice(0, 1, (2, 4), (18, 6))

    def _size(self) -> tuple[int, int]:
        """Width and height."""
        if small := self._take(1):
            height = 8 * (1 + self._take(5))
        else:
            height = self._choice((1, 9), (1, 13), (1, 18), (1, 30))
        if ratio := self._take(3):
            ratios = [(1, 1), (6, 5), (4, 3), (3, 2), (16, 9), (5, 4), (2, 1)]
            up, down = ratios[ratio - 1]
            return height * up // down, height
        if small:
            return 8 * (1 + self._take(5)), height
        return self._choice((1, 9), (1, 13), (1, 18), (1, 30)), height

    def _metadata(self) -> None:
        if self._take(1):
            self._take(3)  # orientation
            if self._take(1):
                self._size()  # at which it should be shown
            if self._take(1):
                raise ValueError("JPEG XL with a preview: export as JPEG, PNG or TIFF")
            if self._take(1):  # an animation's speed and loops
                self._choice(100, 1000, (1, 10), (1, 30))
                self._choice(1, 1001, (1, 8), (1, 10))
                self._choice(0, (0, 3), (0, 16), (0, 32))
                self._take(1)
        self.bits = self._depth()
        self._take(1)
        channels = self._choice(0, 1, (2, 4), (1, 12))
        alphas = [alpha for _ in range(channels) if (alpha := self._channel())]
        self.is_premultiplied = alphas[:1] == ["premultiplied"]
        self._take(1)  # whether it is coded in XYB
        self._colours()

    def _depth(self) -> int:
        if self._take(1):
            bits = self._choice(32, 16, 24, (1, 6))
            self._take(4)
            return bits
        return self._choice(8, 10, 12, (1, 6))

    def _channel(self) -> str:
        """`straight` or `premultiplied` for an extra channel that is alpha, else nothing."""
        if self._take(1):
            return "straight"
        kind = self._enum()
        self._depth()
        self._choice(0, 3, 4, (1, 3))
        self._take(8 * self._choice(0, (0, 4), (16, 5), (48, 10)))
        if kind == 0:
            return "premultiplied" if self._take(1) else "straight"
        if kind == 2:
            self._take(4 * 16)
        if kind == 5:
            self._choice(1, (0, 2), (3, 4), (19, 8))
        return ""

    def _point(self) -> tuple[float, float]:
        codings = [(0, 19), (1 << 19, 19), (1 << 20, 20), (1 << 21, 21)]
        x, y = (self._choice(*codings) for _ in "xy")
        return (x >> 1 ^ -(x & 1)) / 1e6, (y >> 1 ^ -(y & 1)) / 1e6

    def _colours(self) -> None:
        """Set the profile, unless it is sRGB. Raises ValueError if it is compressed."""
        if self._take(1):
            return
        is_packed, space = self._take(1), self._enum()
        if is_packed or space > 1:  # neither RGB nor gray
            raise ValueError(UNREADABLE_COLOURS)
        white, primaries = self._enum(), REC709
        white = self._point() if white == 2 else WHITES.get(white)
        if space == 0:
            code = self._enum()
            coordinates = (x for _ in range(3) for x in self._point())
            primaries = tuple(coordinates) if code == 2 else PRIMARIES.get(code)
        gamma = 1e7 / self._take(24) if self._take(1) else gamma_of(self._enum())
        if not (white and primaries):
            raise ValueError(UNREADABLE_COLOURS)
        if (white, primaries, gamma) != (D65, REC709, None):
            self.profile = rgb_profile(white, primaries, gamma)
