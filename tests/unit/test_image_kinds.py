"""Less common kinds of image files: read right, or refused with the name of the kind."""

import io
import struct
import subprocess
import sys
import tracemalloc
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pillow_heif
import pytest
import tifffile
from PIL import Image

from colorization.images.image_file import load, load_rgb
from colorization.provenance.record import ROOT

SWAPPED = imagecodecs.cms_profile(
    "rgb",
    whitepoint=[0.3127, 0.329],
    primaries=[0.3, 0.6, 0.64, 0.33, 0.15, 0.06],
    gamma=2.2,
)
ROWS, COLUMNS = np.mgrid[:48, :64]
PIXELS = np.dstack([4 * COLUMNS, 5 * ROWS, 255 - 4 * COLUMNS]).astype(np.uint8)
IMAGE, DEEP = Image.fromarray(PIXELS), PIXELS.astype(np.uint16) * 257
TURNED = Image.Exif()
TURNED[0x0112], TURNED[0x0110] = 6, "Camera"


def pillow(kind, image=IMAGE, **options):
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture
def read(tmp_path):
    def read(content, name="a"):
        (tmp_path / name).write_bytes(content)
        return load(tmp_path / name)

    return read


def error(photograph, expected):
    """The mean difference, in 8-bit codes."""
    top = np.iinfo(photograph.rgb.dtype).max
    return np.abs(photograph.rgb / top * 255 - expected).mean()


def heic(image=IMAGE, **options):
    pillow_heif.register_heif_opener()
    return pillow("HEIF", image, quality=95, chroma=444, **options)


def test_heic(read):
    assert error(read(heic()), PIXELS) < 3
    turned = IMAGE.copy()
    turned.info["exif"] = TURNED.tobytes()
    photograph = read(heic(turned), "called.jpg")
    assert error(photograph, np.rot90(PIXELS, -1)) < 3
    assert b"Camera" in photograph.exif
    assert error(read(heic(icc_profile=SWAPPED)), PIXELS[..., [1, 0, 2]]) < 5
    alpha = Image.fromarray(np.dstack([PIXELS, PIXELS[..., 0]]))
    photograph = read(heic(alpha))
    assert np.abs(photograph.alpha.astype(int) - PIXELS[..., 0]).mean() < 3


def test_heic_of_a_larger_colour_space(read):
    numbers = dict(color_primaries=9, transfer_characteristics=13)
    plain, wide = read(heic()), read(heic(**numbers))
    # More colourful: the same codes mean stronger colours in a larger space.
    assert (
        np.ptp(wide.rgb[8, 56].astype(int)) > np.ptp(plain.rgb[8, 56].astype(int)) + 5
    )
    with pytest.raises(ValueError, match="high dynamic range"):
        read(heic(color_primaries=9, transfer_characteristics=16))


def test_heic_without_its_library(read, monkeypatch):
    content = heic()
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    with pytest.raises(
        ValueError, match="HEIC: install pillow-heif, or export as JPEG"
    ):
        read(content)


def test_jpeg_xl(read):
    photograph = read(imagecodecs.jpegxl_encode(PIXELS, lossless=True))
    assert np.array_equal(photograph.rgb, PIXELS)
    gray = read(imagecodecs.jpegxl_encode(PIXELS[..., 0], lossless=True))
    assert np.array_equal(gray.rgb, np.repeat(PIXELS[..., :1], 3, axis=2))
    assert error(read(imagecodecs.jpegxl_encode(PIXELS, distance=0.5)), PIXELS) < 3
    both = np.dstack([PIXELS, PIXELS[..., 0]])
    photograph = read(imagecodecs.jpegxl_encode(both, lossless=True))
    assert np.array_equal(photograph.alpha, PIXELS[..., 0])


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_deep_jpeg_xl(read, bits):
    """The encoder marks such files as linear light."""
    stored = np.rint(PIXELS / 255 * (2**bits - 1)).astype(np.uint16)
    photograph = read(
        imagecodecs.jpegxl_encode(stored, lossless=True, bitspersample=bits)
    )
    light = PIXELS / 255
    high = 1.055 * light ** (1 / 2.4) - 0.055
    expected = 255 * np.where(light <= 0.0031308, 12.92 * light, high)
    assert photograph.rgb.dtype == np.uint16 and error(photograph, expected) < 0.5


def test_a_jpeg_in_a_jpeg_xl(read):
    jpeg = pillow("JPEG", quality=95, exif=TURNED, icc_profile=SWAPPED)
    packed = imagecodecs.jpegxl_encode_jpeg(jpeg, usecontainer=True)
    assert np.array_equal(read(packed).rgb, read(jpeg).rgb)
    assert (
        read(packed).rgb.shape == (64, 48, 3) and read(packed).exif == read(jpeg).exif
    )


def test_a_jpeg_xl_is_measured_before_it_is_decoded(tmp_path):
    for deep in (False, True):
        dtype = np.uint16 if deep else np.uint8
        content = imagecodecs.jpegxl_encode(np.zeros((300, 301), dtype))
        (tmp_path / "a.jxl").write_bytes(content)
        with pytest.raises(ValueError, match="301×300 pixels are more than 10,000"):
            load(tmp_path / "a.jxl", 10_000)


@pytest.mark.parametrize("bits", [12, 16])
def test_deep_jpeg(read, bits):
    stored = np.rint(PIXELS / 255 * (2**bits - 1)).astype(np.uint16)
    options = dict(bitspersample=bits, lossless=bits == 16, level=95)
    jpeg = imagecodecs.jpeg8_encode(stored, **options)
    assert error(read(jpeg), PIXELS) < 2
    gray = imagecodecs.jpeg8_encode(stored[..., 0].copy(), **options)
    assert error(read(gray), PIXELS[..., :1]) < 2
    # With the EXIF and profile of another JPEG.
    ordinary = pillow("JPEG", exif=TURNED, icc_profile=SWAPPED)
    segments, start = b"", 2
    while ordinary[start + 1] in (0xE0, 0xE1, 0xE2):
        size = 2 + struct.unpack_from(">H", ordinary, start + 2)[0]
        segments, start = segments + ordinary[start : start + size], start + size
    photograph = read(jpeg[:2] + segments + jpeg[2:])
    assert error(photograph, np.rot90(PIXELS[..., [1, 0, 2]], -1)) < 5
    with pytest.raises(ValueError, match="truncated"):
        read(jpeg[: len(jpeg) // 2])


ALPHA_OF_NOTHING = bytearray(
    pillow("TGA", Image.fromarray(np.dstack([PIXELS, np.zeros_like(PIXELS[..., 0])])))
)
ALPHA_OF_NOTHING[17] &= 0xF0
READABLE = {
    "a.jfif": pillow("JPEG", quality=95),
    "a.jpe": pillow("JPEG", quality=95),
    "a.jp2": pillow("JPEG2000"),
    "a.j2k": pillow("JPEG2000", no_jp2=True),
    "a.pnm": pillow("PPM"),
    "a.bmp": pillow("BMP"),
    "a.tga": bytes(ALPHA_OF_NOTHING),
    "a.ico": pillow("ICO", IMAGE.resize((64, 64)), sizes=[(64, 64)]),
    "a.webp": pillow("WEBP", lossless=True, save_all=True, append_images=[IMAGE]),
    "a.avif": pillow("AVIF", quality=95),
    "animated.png": pillow("PNG", save_all=True, append_images=[IMAGE.rotate(90)]),
    "ycck.jpg": imagecodecs.jpeg8_encode(
        np.dstack([PIXELS, np.full_like(PIXELS[..., :1], 255)]),
        level=95,
        colorspace="CMYK",
        outcolorspace="YCCK",
    ),
}


@pytest.mark.parametrize("name", READABLE)
def test_a_kind_is_read(read, name):
    photograph = read(READABLE[name], name)
    expected = PIXELS if name != "a.ico" else np.asarray(IMAGE.resize((64, 64)))
    assert photograph.alpha is None or (photograph.alpha == 255).all()
    assert error(photograph, expected) < 4


@pytest.mark.parametrize("mode", ["1", "L"])
@pytest.mark.parametrize("suffix", ["pbm", "pgm"])
def test_pbm_and_pgm(tmp_path, mode, suffix):
    image = IMAGE.convert(mode)
    image.save(tmp_path / f"a.{suffix}", "PPM")
    rgb = np.asarray(load_rgb(tmp_path / f"a.{suffix}"))
    assert np.array_equal(rgb, np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("bits", [10, 12, 16])
def test_jpeg_2000_of_more_bits(read, bits):
    stored = np.rint(PIXELS[..., 0] / 255 * (2**bits - 1)).astype(np.uint16)
    content = imagecodecs.jpeg2k_encode(stored, bitspersample=bits, reversible=True)
    assert error(read(content), PIXELS[..., :1]) < 0.3


def test_16_bits_and_a_colour_that_is_transparent(read):
    for pixels, key in [(DEEP, DEEP[0, 0]), (DEEP[..., 0].copy(), DEEP[0, 0, :1])]:
        content = imagecodecs.png_encode(pixels)
        body = b"tRNS" + key.astype(">u2").tobytes()
        chunk = struct.pack(">I", len(body) - 4) + body
        chunk += struct.pack(">I", zlib.crc32(body))
        photograph = read(content[:33] + chunk + content[33:])
        is_key = (np.atleast_3d(pixels) == key).all(-1)
        assert np.array_equal(photograph.alpha, np.where(is_key, 0, 65535))


HEIF_HEAD = b"\0\0\0\x18ftyp%s\0\0\0\0mif1heic" + bytes(100)
REASONS = {
    "camera raw: export as JPEG or TIFF": [
        b"II*\0\x10\0\0\0CR\2\0" + bytes(100),
        HEIF_HEAD % b"crx ",
        b"IIRO\x08\0\0\0" + bytes(100),
        b"IIU\0\x18\0\0\0" + bytes(100),
        b"FUJIFILMCCD-RAW 0201" + bytes(100),
    ],
    "HEIC that is damaged": [HEIF_HEAD % b"heic"],
    "video: save a frame": [
        HEIF_HEAD % b"isom",
        HEIF_HEAD % b"qt  ",
        b"\x1a\x45\xdf\xa3" + bytes(100),
        b"RIFF\0\0\0\0AVI LIST" + bytes(100),
    ],
    "PDF": [b"%PDF-1.7\n" + bytes(100)],
    "SVG": [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- drawn -->\n<svg/>',
    ],
    "a web page": [b"<!DOCTYPE html>\n<html><body>404</body></html>"],
    "Git LFS": [b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n"],
    "AppleDouble": [b"\0\5\x16\7\0\2\0\0Mac OS X" + bytes(100)],
    "OpenEXR": [b"\x76\x2f\x31\x01" + bytes(100)],
    "archive": [b"PK\3\4" + bytes(100)],
    "the file is empty": [b""],
    "nothing but zeros": [bytes(5000)],
    "no image of a kind that can be read": [b"These are words.\n" * 10],
}


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("name", ["a.jpg", "a.heic"])
def test_the_reason_names_the_kind_and_what_to_do(read, reason, name):
    for content in REASONS[reason]:
        with pytest.raises(ValueError, match=reason):
            read(content, name)


def test_no_program_is_run_on_postscript(read, monkeypatch):
    content = pillow("EPS")
    monkeypatch.setattr(subprocess, "check_call", lambda *_, **__: pytest.fail("run"))
    with pytest.raises(ValueError, match="PostScript: export as JPEG or TIFF"):
        read(content, "a.jpg")


def chunk(name, data):
    check = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + check


def test_much_text_and_a_large_profile(read):
    png = pillow("PNG")
    text = bytes(range(32, 127)) * 40000  # 3.8 MB
    profile = imagecodecs.cms_profile("srgb") + bytes(2_000_000)
    chunks = [
        chunk(b"iCCP", b"icc\0\0" + zlib.compress(profile)),
        chunk(b"tEXt", b"Comment\0" + text),
        chunk(b"zTXt", b"Comment\0\0" + zlib.compress(text)),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(text)),
    ]
    for more in chunks:
        assert error(read(png[:33] + more + png[33:]), PIXELS) < 1
        deep = imagecodecs.png_encode(DEEP)
        assert error(read(deep[:33] + more + deep[33:]), PIXELS) < 1
    behind = png[:-12] + b"".join(chunks[1:]) + png[-12:]
    assert np.array_equal(read(behind).rgb, PIXELS)


def test_a_bomb_of_text_is_harmless(read):
    png, packed = pillow("PNG"), zlib.compress(bytes(400_000_000), 1)
    assert len(packed) < 2_000_000
    tracemalloc.start()
    try:
        for name, head in [
            (b"zTXt", b"a\0\0"),
            (b"iTXt", b"a\0\1\0\0\0"),
            (b"iCCP", b"icc\0\0"),
        ]:
            with pytest.raises(ValueError, match="too large"):
                read(png[:33] + chunk(name, head + packed) + png[33:])
        assert tracemalloc.get_traced_memory()[1] < 200_000_000
    finally:
        tracemalloc.stop()


def test_decoders_write_nothing(tmp_path):
    """What matters is in the error that is raised; warnings are dropped."""
    tifffile.imwrite(tmp_path / "a.tif", PIXELS, compression="lzw", rowsperstrip=8)
    content = bytearray((tmp_path / "a.tif").read_bytes())
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        count = file.pages[0].tags[279].offset + 4
    content[count] = 3  # of the strips' sizes
    (tmp_path / "a.tif").write_bytes(content)
    IMAGE.convert("YCbCr").save(tmp_path / "b.tif", compression="tiff_lzw")
    content = bytearray((tmp_path / "b.tif").read_bytes())
    content[200:400] = bytes(200)
    (tmp_path / "b.tif").write_bytes(content)
    deep = imagecodecs.png_encode(DEEP)
    (tmp_path / "c.png").write_bytes(deep[:33] + chunk(b"gAMA", b"") + deep[33:])
    code = (
        "import sys; from colorization.images.image_file import load\n"
        "for path in sys.argv[1:]:\n"
        "    try: load(path)\n"
        "    except (ValueError, OSError) as error: print(error)"
    )
    paths = sorted(map(str, tmp_path.iterdir()))
    command = [sys.executable, "-c", code, *paths]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0 and done.stderr == "" and Path(paths[0]).exists()
    assert len(done.stdout.splitlines()) >= 1
