import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from colorization.images.image_file import load_rgb, quiet

RED, GREEN = (200, 30, 40), (20, 180, 60)


@pytest.fixture(autouse=True)
def without_warnings():
    with quiet():
        yield


def two_tone(width=32, height=16):
    """Left half red, right half green."""
    pixels = np.empty((height, width, 3), np.uint8)
    pixels[:, : width // 2], pixels[:, width // 2 :] = RED, GREEN
    return pixels


def close(image, expected, tolerance=2):
    difference = np.abs(
        np.asarray(image).astype(int) - np.asarray(expected).astype(int)
    )
    return image.mode == "RGB" and difference.max() <= tolerance


@pytest.mark.parametrize("suffix", ["png", "bmp", "tif", "ppm", "gif"])
def test_lossless_formats(tmp_path, suffix):
    Image.fromarray(two_tone()).save(tmp_path / f"a.{suffix}")
    assert close(load_rgb(tmp_path / f"a.{suffix}"), two_tone())


def test_exif_orientation_is_applied(tmp_path):
    image = Image.fromarray(two_tone())
    exif = image.getexif()
    exif[0x0112] = 6  # turn right by 90 degrees to show upright
    image.save(tmp_path / "a.png", exif=exif)
    assert close(load_rgb(tmp_path / "a.png"), np.rot90(two_tone(), -1))


def test_transparent_pixels_become_white(tmp_path):
    pixels = np.dstack([two_tone(), np.full((16, 32), 255, np.uint8)])
    pixels[:, 16:, 3] = 0
    expected = two_tone()
    expected[:, 16:] = 255
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert close(load_rgb(tmp_path / "a.png"), expected)


def test_palette_with_transparency(tmp_path):
    image = Image.fromarray(two_tone()).quantize(2)
    image.save(tmp_path / "a.png", transparency=image.getpixel((31, 0)))
    expected = two_tone()
    expected[:, 16:] = 255
    assert close(load_rgb(tmp_path / "a.png"), expected)


def test_cmyk_jpeg(tmp_path):
    Image.fromarray(two_tone()).convert("CMYK").save(tmp_path / "a.jpg", quality=95)
    rgb = np.asarray(load_rgb(tmp_path / "a.jpg"))
    assert np.abs(rgb[8, 4].astype(int) - RED).max() < 12
    assert np.abs(rgb[8, 28].astype(int) - GREEN).max() < 12


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_16_bit_gray(tmp_path, suffix):
    values = np.linspace(0, 65535, 256).astype(np.uint16).reshape(16, 16)
    Image.fromarray(values).save(tmp_path / f"a.{suffix}")
    expected = np.repeat(np.arange(256).reshape(16, 16, 1), 3, axis=2)
    assert close(load_rgb(tmp_path / f"a.{suffix}"), expected, 1)


def test_16_bit_colour_tiff(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", two_tone().astype(np.uint16) * 257)
    assert close(load_rgb(tmp_path / "a.tif"), two_tone())


def test_float_tiff(tmp_path):
    values = np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)
    tifffile.imwrite(tmp_path / "a.tif", values)
    expected = np.repeat(np.arange(256).reshape(16, 16, 1), 3, axis=2)
    assert close(load_rgb(tmp_path / "a.tif"), expected, 1)
    tifffile.imwrite(tmp_path / "b.tif", values * 7)
    with pytest.raises(ValueError, match="outside of 0…1"):
        load_rgb(tmp_path / "b.tif")


def test_gray_scale(tmp_path):
    Image.fromarray(np.full((8, 8), 77, np.uint8)).save(tmp_path / "a.png")
    assert close(load_rgb(tmp_path / "a.png"), np.full((8, 8, 3), 77))


def test_an_icc_profile_is_converted(tmp_path):
    # In a linear-light profile 0.5 is sRGB code 188.
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    image = Image.fromarray(two_tone())
    image.save(tmp_path / "a.png", icc_profile=b"broken")
    assert close(load_rgb(tmp_path / "a.png"), two_tone())
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image.save(tmp_path / "b.png", icc_profile=srgb)
    assert close(load_rgb(tmp_path / "b.png"), two_tone())
    assert profile  # an XYZ profile does not fit RGB: taken for sRGB
    image.save(tmp_path / "c.png", icc_profile=profile)
    assert close(load_rgb(tmp_path / "c.png"), two_tone(), 255)


@pytest.mark.parametrize(
    "content", [b"", b"not an image", b"\x89PNG\r\n\x1a\n", b"II*\0" + b"\xff" * 40]
)
@pytest.mark.parametrize("suffix", ["png", "tif", "jpg"])
def test_a_file_that_is_no_image_is_an_error(tmp_path, content, suffix):
    (tmp_path / f"a.{suffix}").write_bytes(content)
    with pytest.raises((OSError, ValueError, SyntaxError)):
        load_rgb(tmp_path / f"a.{suffix}")


def test_a_truncated_jpeg_is_an_error(tmp_path):
    Image.fromarray(two_tone(256, 256)).save(tmp_path / "a.jpg")
    content = (tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(content[: len(content) // 2])
    with pytest.raises(OSError, match="truncated"):
        load_rgb(tmp_path / "a.jpg")
