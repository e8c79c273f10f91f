"""EXIF: the colours and size that it states, and what of it a result keeps."""

import io
import struct
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from colorization.images.image_file import load, save

EXIF, GPS, INTEROPERABILITY = 0x8769, 0x8825, 0xA005
ORIENTATION, CAMERA, COMPRESSION = 0x0112, 0x0110, 0x0103
COLOR_SPACE, WIDTH, HEIGHT, MAKER_NOTE, TAKEN = 0xA001, 0xA002, 0xA003, 0x927C, 0x9003
UNCALIBRATED = 65535
PIXELS = np.zeros((16, 24, 3), np.uint8)
PIXELS[:, :12], PIXELS[:, 12:] = (200, 100, 50), (90, 140, 200)


def exif(color_space=None, rule=None, **more):
    """EXIF with a colour space, as cameras write it."""
    result = Image.Exif()
    result[CAMERA] = "Camera"
    photograph = {TAKEN: "2020:02:03 04:05:06", WIDTH: 1, HEIGHT: 1}
    if color_space:
        photograph[COLOR_SPACE] = color_space
    if rule:
        photograph[INTEROPERABILITY] = {1: rule, 2: b"0100"}
    photograph |= {int(tag[1:], 16): value for tag, value in more.items()}
    result[EXIF] = photograph
    result[GPS] = {1: "N", 2: (47.0, 30.0, 1.5)}
    read = Image.Exif()  # as if read from a file: Pillow can write that to a TIFF
    read.load(result.tobytes())
    return read


def adobe_rgb_to_srgb(codes):
    """By the equations of Adobe RGB (1998) and of sRGB, both of D65."""
    to_xyz = [
        [0.57667, 0.18556, 0.18823],
        [0.29734, 0.62736, 0.07529],
        [0.02703, 0.07069, 0.99134],
    ]
    to_rgb = [
        [3.2406, -1.5372, -0.4986],
        [-0.9689, 1.8758, 0.0415],
        [0.0557, -0.2040, 1.0570],
    ]
    light = (codes / 255) ** (563 / 256) @ np.transpose(to_xyz) @ np.transpose(to_rgb)
    light = light.clip(0, 1)
    return 255 * np.where(
        light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055
    )


ADOBE_RGB = adobe_rgb_to_srgb(PIXELS)


def is_read_as(path, expected):
    return np.abs(load(path).rgb.astype(int) - expected).max() <= 2


@pytest.mark.parametrize(
    ("suffix", "space"),
    [
        ("jpg", (UNCALIBRATED, "R03")),
        ("png", (UNCALIBRATED, "R03")),
        ("webp", (UNCALIBRATED, "R03")),
        ("jpg", (2, None)),
        ("tif", (2, None)),  # Pillow writes no second rule to a TIFF
    ],
)
def test_adobe_rgb_as_cameras_mark_it(tmp_path, suffix, space):
    options = dict(quality=100, subsampling=0) if suffix == "jpg" else {}
    options = dict(lossless=True) if suffix == "webp" else options
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(PIXELS).save(path, exif=exif(*space), **options)
    assert is_read_as(path, ADOBE_RGB)


def test_adobe_rgb_of_16_bits(tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(PIXELS).save(path, exif=exif(UNCALIBRATED, "R03"))
    content = path.read_bytes()
    start = content.index(b"eXIf") - 4
    size = 12 + struct.unpack(">I", content[start : start + 4])[0]
    deep = imagecodecs.png_encode(PIXELS.astype(np.uint16) * 257)
    path.write_bytes(deep[:33] + content[start : start + size] + deep[33:])
    assert np.abs(load(path).rgb / 257 - ADOBE_RGB).max() <= 1


@pytest.mark.parametrize(
    "space", [(UNCALIBRATED, None), (1, "R03"), (UNCALIBRATED, "R98"), (None, "R03")]
)
def test_exif_without_adobe_rgb_means_srgb(tmp_path, space):
    Image.fromarray(PIXELS).save(tmp_path / "a.png", exif=exif(*space))
    assert is_read_as(tmp_path / "a.png", PIXELS)


def test_a_profile_overrides_exif(tmp_path):
    metadata, srgb = exif(UNCALIBRATED, "R03"), imagecodecs.cms_profile("srgb")
    image = Image.fromarray(PIXELS)
    image.save(tmp_path / "a.png", exif=metadata, icc_profile=srgb)
    assert is_read_as(tmp_path / "a.png", PIXELS)
    adobe = imagecodecs.cms_profile("adobergb")
    image.save(tmp_path / "a.png", exif=exif(1, "R98"), icc_profile=adobe)
    assert is_read_as(tmp_path / "a.png", ADOBE_RGB)


def saved(path, result, **changes):
    """The EXIF of a result, its photograph's tags, and the file's bytes."""
    save(result, load(path)._replace(**changes))
    with Image.open(result) as file:
        exif_of_result = file.getexif()
        return exif_of_result, exif_of_result.get_ifd(EXIF), result.read_bytes()


@pytest.mark.parametrize("suffix", ["jpg", "png"])
@pytest.mark.parametrize("bits", [8, 16])
def test_the_exif_of_a_result_describes_the_result(tmp_path, suffix, bits):
    metadata = exif(UNCALIBRATED, "R03", x9214=(3, 4, 5, 6), x927C=b"maker's metadata")
    metadata[ORIENTATION] = 6
    Image.fromarray(PIXELS).save(tmp_path / "a.png", exif=metadata)
    rgb = load(tmp_path / "a.png").rgb
    if bits == 16:
        if suffix == "jpg":
            return
        rgb = rgb.astype(np.uint16) * 257
    result = tmp_path / f"result.{suffix}"
    whole, photograph, content = saved(tmp_path / "a.png", result, rgb=rgb)
    assert photograph[COLOR_SPACE] == 1
    assert whole.get_ifd(INTEROPERABILITY)[1] == "R98"
    assert (photograph[WIDTH], photograph[HEIGHT]) == (16, 24)
    assert ORIENTATION not in whole and MAKER_NOTE not in photograph
    assert 0x9214 not in photograph and b"maker" not in content
    # It is read as the same colours.
    assert np.abs(load(result).rgb.astype(float) - rgb).max() <= (suffix == "jpg") * 9
    assert whole[CAMERA] == "Camera" and photograph[TAKEN] == "2020:02:03 04:05:06"
    assert whole.get_ifd(GPS)[2] == (47.0, 30.0, 1.5)


def test_exif_has_the_size_of_the_written_picture(tmp_path):
    Image.fromarray(PIXELS).save(tmp_path / "a.png", exif=exif(1))
    both = np.concatenate([PIXELS, PIXELS], axis=1)
    _, photograph, _ = saved(tmp_path / "a.png", tmp_path / "b.jpg", rgb=both)
    assert (photograph[WIDTH], photograph[HEIGHT]) == (48, 16)


def test_a_thumbnail_of_the_old_colours_is_not_passed_on(tmp_path):
    small = io.BytesIO()
    Image.fromarray(PIXELS[:8, :8]).save(small, "JPEG", comment=b"old colours")
    # One tag; then the second directory, with the place and size of the thumbnail.
    block = b"Exif\0\0MM\0*" + struct.pack(">I", 8)
    block += struct.pack(">HHHI4sI", 1, CAMERA, 2, 4, b"Cam\0", 26)
    size = len(small.getvalue())
    block += struct.pack(">HHHIIHHIII", 2, 0x0201, 4, 1, 56, 0x0202, 4, 1, size, 0)
    block += small.getvalue()
    Image.fromarray(PIXELS).save(tmp_path / "a.jpg", exif=block)
    assert b"old colours" in (tmp_path / "a.jpg").read_bytes()
    whole, _, content = saved(tmp_path / "a.jpg", tmp_path / "b.jpg")
    assert whole[CAMERA] == "Cam" and b"old colours" not in content


def test_how_a_tiff_was_stored_is_not_passed_on(tmp_path):
    for bigtiff in (False, True):
        options = dict(compression="zlib", bigtiff=bigtiff, software="Scanner")
        tifffile.imwrite(tmp_path / "a.tif", PIXELS, metadata=None, **options)
        whole, _, _ = saved(tmp_path / "a.tif", tmp_path / "b.jpg")
        assert whole[0x0131] == "Scanner"
        assert not set(whole) & {0x0100, 0x0101, COMPRESSION, 0x0106, 0x0111, 0x0153}


def test_without_exif_there_is_none(tmp_path):
    Image.fromarray(PIXELS).save(tmp_path / "a.png")
    whole, photograph, _ = saved(tmp_path / "a.png", Path(tmp_path / "b.jpg"))
    assert not whole and not photograph
