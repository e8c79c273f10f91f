"""The boxes that JPEG 2000, JPEG XL, HEIF and AVIF files consist of."""

import struct
from collections.abc import Iterator


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The name and content of each box in `data`, as far as the data go."""
    start = 0
    while start + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, start)
        header = 8
        if size == 1 and start + 16 <= len(data):  # the size is written in 8 bytes
            (size,) = struct.unpack_from(">Q", data, start + 8)
            header = 16
        end = start + size if size else len(data)  # 0: to the end
        if size and size < header:
            return
        yield name, data[start + header : end]
        start = end


def jp2_profile(data: bytes) -> bytes | None:
    """The ICC profile of a JPEG 2000 file; None without one."""
    for name, content in boxes(data):
        if name == b"jp2h":
            for inner, colour in boxes(content):
                if inner == b"colr" and colour[:1] in (b"\2", b"\3"):
                    return colour[3:]
    return None


def heif_colour_codes(data: bytes) -> tuple[int, int] | None:
    """The codes (ITU-T H.273) of primaries and transfer curve in a HEIF or AVIF file."""
    content = dict(boxes(data)).get(b"meta", b"")[4:]
    for name in (b"iprp", b"ipco"):
        content = dict(boxes(content)).get(name, b"")
    for name, colour in boxes(content):
        if name == b"colr" and colour[:4] == b"nclx" and len(colour) >= 8:
            return struct.unpack_from(">HH", colour, 4)
    return None
