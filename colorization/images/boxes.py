"""The boxes that files of JPEG 2000, JPEG XL, HEIF and AVIF consist of."""

import struct
from collections.abc import Iterator


def boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The name and content of each box in `data`; what is cut off is left out."""
    place = 0
    while place + 8 <= len(data):
        size, name = struct.unpack_from(">I4s", data, place)
        head = 8
        if size == 1 and place + 16 <= len(data):
            (size,) = struct.unpack_from(">Q", data, place + 8)
            head = 16
        end = place + size if size else len(data)  # 0: to the end
        if size and size < head:
            return
        yield name, data[place + head : end]
        place = end


def jp2_profile(data: bytes) -> bytes | None:
    """The colour profile (ICC) of a JPEG 2000 file."""
    for name, content in boxes(data):
        if name == b"jp2h":
            for inner, colours in boxes(content):
                if inner == b"colr" and colours[:1] in (b"\2", b"\3"):
                    return colours[3:]
    return None


def heif_colours(data: bytes) -> tuple[int, int] | None:
    """The numbers (ITU-T H.273) of primaries and curve in a HEIF or AVIF file."""
    content = dict(boxes(data)).get(b"meta", b"")[4:]
    for name in (b"iprp", b"ipco"):
        content = dict(boxes(content)).get(name, b"")
    for name, colours in boxes(content):
        if name == b"colr" and colours[:4] == b"nclx" and len(colours) >= 8:
            return struct.unpack_from(">HH", colours, 4)
    return None
