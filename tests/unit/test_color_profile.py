"""Colours that a file states without a profile, or with one of another kind."""

import io
import struct
import zlib

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from colorization.images.image_file import load

RAMP = np.repeat(np.arange(0, 256, 5, dtype=np.uint8)[None], 8, axis=0)
COLOURS = np.dstack([RAMP, RAMP[:, ::-1], np.full_like(RAMP, 90)])
D65 = [0.3127, 0.3290]
SWAPPED = [0.3, 0.6, 0.64, 0.33, 0.15, 0.06]  # red and green
SRGB = [0.64, 0.33, 0.3, 0.6, 0.15, 0.06]


def srgb_code(light):
    """Linear light 0…1 as sRGB's code 0…255."""
    high = 1.055 * light ** (1 / 2.4) - 0.055
    return 255 * np.where(light <= 0.0031308, 12.92 * light, high)


def with_chunks(png, *chunks):
    """A PNG with more chunks after its header."""
    written = b"".join(
        struct.pack(">I", len(data))
        + name
        + data
        + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )
    return png[:33] + written + png[33:]


def png(pixels, *chunks):
    if pixels.dtype == np.uint16:
        return with_chunks(imagecodecs.png_encode(pixels), *chunks)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return with_chunks(buffer.getvalue(), *chunks)


def gamma(value):
    return b"gAMA", struct.pack(">I", round(value * 100000))


def primaries(points):
    numbers = [round(100000 * x) for x in [*D65, *points]]
    return b"cHRM", struct.pack(">8I", *numbers)


def cicp(*numbers):
    return b"cICP", bytes(numbers)


@pytest.fixture
def read(tmp_path):
    def read(content):
        (tmp_path / "a").write_bytes(content)
        rgb = load(tmp_path / "a").rgb
        return rgb.astype(float) / (1 if rgb.dtype == np.uint8 else 257)

    return read


def test_linear_light_in_a_png(read):
    expected = srgb_code(COLOURS / 255)
    assert np.abs(read(png(COLOURS, gamma(1.0))) - expected).max() <= 1
    assert np.abs(read(png(RAMP, gamma(1.0)))[..., 0] - expected[..., 0]).max() <= 1
    deep = COLOURS.astype(np.uint16) * 257
    assert np.abs(read(png(deep, gamma(1.0))) - expected).max() <= 0.1
    assert np.abs(read(png(COLOURS, cicp(1, 8, 0, 1))) - expected).max() <= 1


def test_primaries_in_a_png(read):
    rgb = read(png(COLOURS, gamma(0.45455), primaries(SWAPPED)))
    assert np.abs(rgb - COLOURS[..., [1, 0, 2]]).mean() < 4


@pytest.mark.parametrize(
    "chunks",
    [
        [],
        [gamma(0.45455)],
        [gamma(0.45455), primaries(SRGB)],
        [(b"sRGB", b"\0"), gamma(1.0)],  # the chunk sRGB overrides gamma
        [cicp(1, 13, 0, 1), gamma(1.0)],  # cICP, too
        [cicp(2, 2, 0, 1)],  # unspecified
        [gamma(0)],
        [(b"cHRM", bytes(32)), gamma(0.45455)],
    ],
)
def test_srgb_stays_as_it_is(read, chunks):
    assert np.array_equal(read(png(COLOURS, *chunks)), COLOURS)


def test_a_profile_overrides_gamma(read):
    profile = zlib.compress(imagecodecs.cms_profile("srgb"))
    content = png(COLOURS, (b"iCCP", b"icc\0\0" + profile), gamma(1.0))
    assert np.abs(read(content) - COLOURS).max() <= 1


def display_p3_to_srgb(codes):
    """By the primaries: a colour's three numbers in the other space, and back."""
    points = [(0.68, 0.32), (0.265, 0.69), (0.15, 0.06)]
    spaces = []
    for three in (points, np.reshape(SRGB, (3, 2))):
        xyz = np.array([[x / y, 1, (1 - x - y) / y] for x, y in three]).T
        white = np.array([D65[0] / D65[1], 1, (1 - sum(D65)) / D65[1]])
        spaces.append(xyz * np.linalg.solve(xyz, white))
    code = codes / 255
    light = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    return srgb_code((light @ (np.linalg.inv(spaces[1]) @ spaces[0]).T).clip(0, 1))


def test_display_p3_by_numbers(read):
    expected = display_p3_to_srgb(COLOURS)
    assert np.abs(expected - COLOURS).max() > 20
    assert np.abs(read(png(COLOURS, cicp(12, 13, 0, 1))) - expected).max() <= 2
    buffer = io.BytesIO()
    Image.fromarray(COLOURS).save(buffer, "AVIF", quality=100, subsampling="4:4:4")
    before = buffer.getvalue()
    offset = before.index(b"colrnclx") + 8
    plain, after = read(before), before[:offset] + b"\0\x0c" + before[offset + 2 :]
    assert np.abs(read(after) - display_p3_to_srgb(plain)).max() <= 3


@pytest.mark.parametrize("curve", [16, 18])
def test_high_dynamic_range_is_refused(read, curve):
    with pytest.raises(ValueError, match="high dynamic range: export as"):
        read(png(COLOURS, cicp(9, curve, 0, 1)))


def test_a_gray_image_in_a_colour_profile(read):
    profile = imagecodecs.cms_profile("rgb", whitepoint=D65, primaries=SRGB, gamma=1.0)
    for kind in ("PNG", "JPEG"):
        buffer = io.BytesIO()
        options = dict(quality=100) if kind == "JPEG" else {}
        Image.fromarray(RAMP).save(buffer, kind, icc_profile=profile, **options)
        expected = srgb_code(RAMP / 255)[..., None]
        assert np.abs(read(buffer.getvalue()) - expected).mean() <= 1


def test_a_gray_profile_where_some_of_it_is_transparent(read):
    profile = imagecodecs.cms_profile("gray", whitepoint=[*D65, 1.0], gamma=1.0)
    buffer = io.BytesIO()
    Image.fromarray(RAMP).save(buffer, "PNG", icc_profile=profile, transparency=0)
    expected = srgb_code(RAMP / 255)[..., None]
    # littlecms is not exact where a curve is steep.
    assert np.abs(read(buffer.getvalue()) - expected)[RAMP > 40].max() <= 1


def test_a_profile_in_a_jpeg_2000(read):
    buffer = io.BytesIO()
    Image.fromarray(COLOURS).save(buffer, "JPEG2000")
    content = buffer.getvalue()
    profile = imagecodecs.cms_profile(
        "rgb", whitepoint=D65, primaries=SWAPPED, gamma=2.2
    )
    offset = content.index(b"colr") - 4
    size = struct.unpack(">I", content[offset : offset + 4])[0]
    box = b"colr\2\0\0" + profile
    head = content.index(b"jp2h") - 4
    grown = struct.unpack(">I", content[head : head + 4])[0] + len(box) + 4 - size
    content = (
        content[:head]
        + struct.pack(">I", grown)
        + content[head + 4 : offset]
        + struct.pack(">I", len(box) + 4)
        + box
        + content[offset + size :]
    )
    assert np.abs(read(content) - COLOURS[..., [1, 0, 2]]).mean() < 4
