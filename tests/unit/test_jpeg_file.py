"""JPEGs read and written without Pillow: the same pixels, the same bytes."""

import io

import numpy as np
import pytest
from PIL import Image
from skimage import data

from colorization.images import jpeg_file
from colorization.images.image_file import UNREADABLE, Photograph, load, save


def written(array, **options):
    file = io.BytesIO()
    Image.fromarray(array).save(file, "JPEG", **options)
    return file.getvalue()


@pytest.mark.parametrize("subsampling", [0, 1, 2])
@pytest.mark.parametrize("quality", [30, 95])
def test_reading_gives_pillows_pixels(quality, subsampling):
    file = written(data.chelsea(), quality=quality, subsampling=subsampling)
    with Image.open(io.BytesIO(file)) as image:
        np.testing.assert_array_equal(jpeg_file.decode(image, file), np.asarray(image))


def test_reading_gray_gives_pillows_pixels():
    file = written(data.camera())
    with Image.open(io.BytesIO(file)) as image:
        np.testing.assert_array_equal(jpeg_file.decode(image, file), np.asarray(image))


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file[:-1],
        lambda file: file[: len(file) // 2],
        lambda file: file + b"more",
        lambda file: written(data.chelsea(), progressive=True),
    ],
)
def test_what_pillow_may_see_better_is_left_to_it(change):
    file = change(written(data.chelsea()))
    with Image.open(io.BytesIO(file)) as image:
        assert jpeg_file.decode(image, file) is None


def test_a_file_cut_short_is_still_refused(tmp_path):
    file = written(data.chelsea())
    (tmp_path / "cut.jpg").write_bytes(file[: len(file) // 2])
    with pytest.raises(OSError, match="truncated"):
        load(tmp_path / "cut.jpg")


@pytest.mark.parametrize("tags", [{}, {0x010F: "A camera", 0x8298: "(c) somebody"}])
def test_writing_gives_pillows_bytes(tmp_path, tags):
    rgb, exif = data.chelsea(), Image.Exif()
    exif.update(tags)
    passed_on = exif.tobytes() if tags else b""
    save(tmp_path / "x.jpg", Photograph(rgb, None, passed_on))
    with Image.open(tmp_path / "x.jpg") as image:
        kept = image.info.get("exif", b"")
        assert {tag: image.getexif()[tag] for tag in tags} == tags
    expected = written(rgb, quality=97, subsampling=0, exif=kept)
    assert (tmp_path / "x.jpg").read_bytes() == expected


def test_exif_that_a_jpeg_cannot_hold_is_left_out(tmp_path):
    plain = jpeg_file.encode(data.chelsea(), 97, b"")
    assert jpeg_file.encode(data.chelsea(), 97, bytes(70_000)) == plain


def test_a_picture_that_a_jpeg_cannot_hold_is_the_photographs_fault(tmp_path):
    """One wide photograph ends no line: `colorize_files` notes what is UNREADABLE."""
    wide = Photograph(np.zeros((8, 65_501, 3), np.uint8), None, b"")
    with pytest.raises(UNREADABLE, match=r"65501×8 pixels.*65,500"):
        save(tmp_path / "wide.jpg", wide)
    assert not list(tmp_path.iterdir())
