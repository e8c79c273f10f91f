"""A folder of hostile image files: each is read right, or skipped with a reason."""

import errno
import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image

from colorization.data import folder
from colorization.data.listing import list_images, listing_digest
from colorization.images.image_file import load, to_8_bits
from colorization.inference import full_resolution, photographs
from colorization.provenance.record import ROOT
from colorization.runtime.log import StageError
from tests.chaos.sandbox import WITHOUT_POWER

rng = np.random.default_rng(0)
RGB = rng.integers(0, 256, (8, 10, 3), dtype=np.uint8)
RGB = np.asarray(Image.fromarray(RGB).resize((60, 48)))
IMAGE, DEEP = Image.fromarray(RGB), RGB.astype(np.uint16) * 257
GRAY = np.repeat(RGB[..., :1], 3, axis=2)


def encoded(write):
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def tiff(values, **options):
    return encoded(lambda b: tifffile.imwrite(b, values, **options))


def pillow(kind, image=IMAGE, **options):
    return encoded(lambda b: image.save(b, kind, **options))


def png_of_size(width, height, depth):
    """A PNG whose header claims another size."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, depth, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    return PNG[:8] + chunk + PNG[33:]


PNG, JPEG = pillow("PNG"), pillow("JPEG", quality=95)
TURNED = Image.Exif()
TURNED[0x0112] = 99
# Tags of types that Pillow cannot write, and a picture that lies on its side.
ODD = b"Exif\0\0MM\0*\0\0\0\x08\0\x03" + b"".join(
    struct.pack(">HHI4s", *tag)
    for tag in [
        (0x0100, 2, 4, b"abc\0"),  # ImageWidth, a text
        (0x0102, 11, 1, struct.pack(">f", 8.5)),  # BitsPerSample, a float
        (0x0112, 3, 1, b"\0\x06\0\0"),  # Orientation: turn to the right
    ]
)
CMYK = np.dstack([255 - RGB, np.zeros_like(RGB[..., :1])])
# Content, what it shows, and the mean difference that a lossy format may have.
READABLE = {
    "png called.jpg": (PNG, RGB, 0),
    "jpeg called.png": (JPEG, RGB, 25),
    "one pixel.png": (pillow("PNG", Image.new("RGB", (1, 1), "red")), None, 0),
    "long.png": (pillow("PNG", Image.new("RGB", (30000, 10), "blue")), None, 0),
    "1 bit.png": (pillow("PNG", IMAGE.convert("1")), None, 0),
    "animated.gif": (
        pillow("GIF", save_all=True, append_images=[IMAGE.rotate(90)]),
        RGB,
        40,
    ),
    "integers of 32 bits.tif": (tiff(RGB[..., 0].astype(np.int32) * 257), GRAY, 0),
    "floats.tif": (tiff((RGB / 255).astype(np.float32), photometric="rgb"), RGB, 1),
    "planes.tif": (
        tiff(np.moveaxis(DEEP, 2, 0), photometric="rgb", planarconfig="separate"),
        RGB,
        0,
    ),
    "white is 0.tif": (tiff(255 - RGB[..., 0], photometric="miniswhite"), GRAY, 0),
    "white is 0, 16 bits.tif": (
        tiff(65535 - DEEP[..., 0], photometric="miniswhite"),
        GRAY,
        0,
    ),
    "inks, 16 bits.tif": (
        tiff(CMYK.astype(np.uint16) * 257, photometric="separated"),
        RGB,
        2,
    ),
    "broken exif.jpg": (pillow("JPEG", quality=95, exif=b"Exif\0\0II*\0no"), RGB, 25),
    "odd exif.jpg": (
        pillow("JPEG", quality=95, exif=ODD + bytes(4)),
        np.rot90(RGB, -1),
        25,
    ),
    "no such orientation.jpg": (pillow("JPEG", quality=95, exif=TURNED), RGB, 25),
    "broken icc.jpg": (pillow("JPEG", quality=95, icc_profile=b"no" * 99), RGB, 25),
    "new\nline.png": (PNG, RGB, 0),
    "emoji 😀.png": (PNG, RGB, 0),
    os.fsdecode(b"not utf-8 \xe9.png"): (PNG, RGB, 0),
    "$(touch pwned);`x`'\".png": (PNG, RGB, 0),
    "-rf.png": (PNG, RGB, 0),
    "<img src=x onerror=alert(1)>.png": (PNG, RGB, 0),
}
UNREADABLE = {
    "empty.jpg": b"",
    "cut.jpg": JPEG[: len(JPEG) // 2],
    "cut.png": PNG[: len(PNG) // 2],
    "cut, 16 bits.png": imagecodecs.png_encode(DEEP)[:200],
    "cut.tif": tiff(DEEP)[:100],
    "zeros.png": bytes(1000),
    "text.png": b"no image",
    "no decoder.heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100),
    "bomb.png": png_of_size(60000, 60000, 8),
    "bomb of 16 bits.png": png_of_size(60000, 60000, 16),
    "not finite.tif": tiff(np.full((8, 8), np.nan, np.float32)),
    "bad\nname \x1b[31m.png": b"no image",
}


@pytest.fixture(scope="module")
def hostile_folder(tmp_path_factory):
    """All these files in one folder, with links and a pipe."""
    hostile_folder = tmp_path_factory.mktemp("hostile") / "in"
    hostile_folder.mkdir()
    for name, (content, *_) in READABLE.items():
        (hostile_folder / name).write_bytes(content)
    for name, content in UNREADABLE.items():
        (hostile_folder / name).write_bytes(content)
    (hostile_folder / "loop").symlink_to(hostile_folder)
    (hostile_folder / "dangling.png").symlink_to(hostile_folder / "nowhere.png")
    os.mkfifo(hostile_folder / "pipe.png")  # opening it waits for ever
    return hostile_folder


@pytest.mark.parametrize("name", READABLE)
def test_a_hostile_file_is_read_right(hostile_folder, name):
    rgb = to_8_bits(load(hostile_folder / name).rgb)
    _, expected, tolerance = READABLE[name]
    if expected is not None:
        assert rgb.shape == expected.shape
        assert np.abs(rgb.astype(int) - expected).mean() <= tolerance


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_file_is_refused_with_a_reason(hostile_folder, name):
    with pytest.raises((OSError, ValueError, SyntaxError)) as error:
        load(hostile_folder / name)
    assert str(error.value)


def test_all_are_listed_once(hostile_folder):
    names = [source.name for source in list_images([str(hostile_folder)])]
    assert sorted(names) == sorted([*READABLE, *UNREADABLE, "dangling.png"])
    assert listing_digest([str(hostile_folder)]) == listing_digest(
        [str(hostile_folder)]
    )


def test_a_folder_of_them_is_imported(hostile_folder, tmp_path):
    settings = folder.ImportSettings(
        [str(hostile_folder)], 32, 0.2, 0.2, windows=2, max_skipped=0.5
    )
    folder.prepare(tmp_path / "out", settings, threads=2, identity="")
    skipped = pd.read_csv(tmp_path / "out" / "skipped.csv", encoding_errors="replace")
    assert len(skipped) == len(UNREADABLE) + 1
    assert skipped["reason"].str.len().min() > 5


def test_files_without_permission_are_skipped(tmp_path):
    """In a process that lacks root's right to read any file."""
    (tmp_path / "in").mkdir()
    for i in range(40):
        IMAGE.save(tmp_path / "in" / f"{i}.png")
    (tmp_path / "in" / "0.png").chmod(0)
    (tmp_path / "in" / "lost").mkdir(0)
    code = (
        "from pathlib import Path; from colorization.data import folder;"
        "settings = folder.ImportSettings(['in'], 32, 0.3, 0.3, windows=1, max_skipped=0.1);"
        "folder.prepare(Path('out'), settings, threads=1, identity='')"
    )
    power = [] if os.geteuid() else WITHOUT_POWER
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [*power, sys.executable, "-c", code]
    options = dict(cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8")
    done = subprocess.run(command, **options)
    assert done.returncode == 0, done.stderr
    skipped = pd.read_csv(tmp_path / "out/skipped.csv")
    assert skipped["file"].tolist() == ["0.png", "lost"]
    assert skipped["reason"].str.contains("PermissionError").all()


def test_a_folder_that_cannot_be_listed_is_an_error(tmp_path, monkeypatch):
    (tmp_path / "photos").mkdir()
    IMAGE.save(tmp_path / "photos" / "0.png")
    walk = os.scandir

    def stale(path):
        if Path(path) == tmp_path / "photos":
            raise OSError(errno.ESTALE, "Stale file handle", str(path))
        return walk(path)

    monkeypatch.setattr(os, "scandir", stale)
    with pytest.raises(StageError, match=r"photos: cannot be listed: Stale file"):
        listing_digest([str(tmp_path)])


def test_a_folder_of_them_is_colorized(hostile_folder, tmp_path, model, caplog):
    sources = list_images([str(hostile_folder)])
    options = full_resolution.Options()
    rows = photographs.colorize_files(model, sources, tmp_path, options)
    done = {row["photograph"] for row in rows if row["result"]}
    assert done == set(READABLE)
    for row in rows:
        if row["result"]:
            assert load(tmp_path / row["result"]).rgb.shape[:2] == (
                row["height"],
                row["width"],
            )
    # One line each, without what would move a terminal's cursor.
    lines = [record.message for record in caplog.records]
    assert len(lines) == len(UNREADABLE) + 1
    assert all(line.isprintable() for line in lines)
