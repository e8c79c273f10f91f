import numpy as np
import pytest
import torch
import yaml
from PIL import Image
from skimage import data
from skimage.color import lab2rgb, rgb2lab

from colorization.inference import full_resolution, predict, small_copy
from colorization.inference import join as joining
from colorization.inference.join import join
from colorization.method.decoding import Decoding
from colorization.method.torch_cielab import lab_to_srgb, lightness
from tests.support.killing import ROOT

OPTIONS = full_resolution.Options()


@pytest.mark.parametrize(
    ("height", "width", "seen"),
    [
        (4000, 6000, (96, 144)),
        (6000, 4000, (144, 96)),
        (96, 96, (96, 96)),
        (10, 12, (96, 112)),  # 115.2
        (96, 100, (96, 104)),  # half up
        (1, 30000, (96, 4096)),
    ],
)
def test_the_network_sees_the_photographs_shape_in_multiples_of_8(height, width, seen):
    assert small_copy.network_size(height, width, 96) == seen


@pytest.mark.parametrize(
    ("full", "small"),
    [
        ((97, 131), (96, 128)),
        ((300, 451), (96, 144)),
        ((2, 3), (1, 1)),
        ((400, 300), (10, 10)),
        ((64, 64), (64, 64)),
    ],
)
def test_reducing_is_pillows_bit_for_bit(rng, full, small):
    image = rng.integers(0, 256, (*full, 3), dtype=np.uint8)
    box = Image.Resampling.BOX
    expected = np.asarray(Image.fromarray(image).resize(small[::-1], box))
    np.testing.assert_array_equal(small_copy.resized(image, small), expected)


@pytest.mark.parametrize(
    ("full", "small"), [((1000, 50), (96, 8)), ((9, 500), (7, 499))]
)
def test_reducing_what_is_long_is_pillows_but_for_rounding(rng, full, small):
    image = rng.integers(0, 256, (*full, 3), dtype=np.uint8)
    box = Image.Resampling.BOX
    expected = np.asarray(Image.fromarray(image).resize(small[::-1], box))
    difference = small_copy.resized(image, small).astype(int) - expected
    assert np.abs(difference).max() <= 1


def test_at_the_networks_own_size_it_is_the_evaluation(model, cat):
    rgb = np.ascontiguousarray(cat[:64, :96])
    batch = next(predict.batches(rgb[None], 1, torch.device("cpu")))
    method = predict.model_method(model, Decoding(0.38), "float32", torch.device("cpu"))
    with torch.no_grad():
        expected = predict.colorize(batch, method(batch))[0].numpy()
    coloured = full_resolution.colorize_array(model, rgb, OPTIONS)
    assert np.abs(coloured.astype(int) - expected).max() <= 1


def test_joining_against_a_loop_over_pixels(rng):
    rgb = rng.integers(60, 200, (13, 22, 3), dtype=np.uint8)
    ab, small = rng.uniform(-10, 10, (2, 4, 6)), (16, 24)
    lab = rgb2lab(rgb)
    for y in range(13):
        for x in range(22):
            # the pixel's middle in the small image, then in samples at 0, 4, 8, …
            v = min(max(((y + 0.5) * 16 / 13 - 0.5) / 4, 0), 3)
            u = min(max(((x + 0.5) * 24 / 22 - 0.5) / 4, 0), 5)
            i, j = int(v), int(u)
            down, right = min(i + 1, 3), min(j + 1, 5)
            upper = ab[:, i, j] * (1 - u + j) + ab[:, i, right] * (u - j)
            lower = ab[:, down, j] * (1 - u + j) + ab[:, down, right] * (u - j)
            lab[y, x, 1:] = upper * (1 - v + i) + lower * (v - i)
    expected = np.rint(255 * lab2rgb(lab))
    coloured = join(rgb, ab.astype(np.float32), small, 2)
    assert np.abs(coloured - expected).max() <= 1


@pytest.mark.parametrize("step", [255, 65535])
def test_tables_give_what_powers_give(rng, colours, step):
    dtype = np.uint8 if step == 255 else np.uint16
    # All grays, and noise; more columns than the loops do at a time.
    rgb = rng.integers(0, step + 1, (40, 1100, 3)).astype(dtype)
    ramp = np.linspace(0, step, 20 * 1100).astype(dtype).reshape(20, 1100, 1)
    rgb[::2] = ramp
    light = lightness(torch.from_numpy(rgb if step == 255 else rgb.astype(np.int32)))
    for ab in [*colours, torch.from_numpy(rng.uniform(-110, 110, (2, 1, 1)))]:
        ab = ab[:, :1, :1].float()
        lab = torch.cat([light[None], ab.expand(2, *light.shape)]).permute(1, 2, 0)
        expected = lab_to_srgb(lab, step + 1).numpy().astype(int)
        joined = join(rgb, ab.numpy(), (8, 8), 2).astype(int)
        difference = np.abs(joined - expected)
        # Of a colour that sRGB lacks, rounding may decide on the last halving of its
        # share: in 16 bits this is more than a code, but no code of 8 bits.
        assert difference.max() <= (1 if step == 255 else 65535 // 255)
        assert (difference > 1).mean() < 0.001


def test_stripes_do_not_show(model, cat, monkeypatch):
    whole = full_resolution.colorize_array(model, cat, OPTIONS)
    monkeypatch.setattr(joining, "STRIPE", 7 * 180)
    assert np.array_equal(full_resolution.colorize_array(model, cat, OPTIONS), whole)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_result_may_take_the_photographs_place(rng, colours, dtype):
    rgb = rng.integers(0, np.iinfo(dtype).max, (60, 1100, 3), dtype)
    ab = colours[0].float().numpy()
    expected, before = join(rgb, ab, (8, 8), 2), rgb.copy()
    assert np.array_equal(rgb, before)
    before.flags.writeable = False
    assert np.array_equal(join(before, ab, (8, 8), 2, overwrite=True), expected)
    assert np.array_equal(before, rgb)
    assert join(rgb, ab, (8, 8), 2, overwrite=True) is rgb
    assert np.array_equal(rgb, expected)


@pytest.fixture
def colours(rng, bins):
    """Fields of ab at a stride of 4 that most pixels cannot have, and one of none."""
    vivid = [(60, 60), (-60, 60), (60, -60), (-60, -60), (3, 0), (0, 0)]
    fields = torch.tensor(vivid).float()[:, :, None, None]
    chosen = bins[rng.integers(len(bins), size=(2, 2))]
    return [*fields, torch.from_numpy(chosen).permute(2, 0, 1)]


@pytest.mark.parametrize("picture", ["ramp", "noise", "chelsea", "page", "astronaut"])
def test_lightness_is_the_photographs_own_in_8_and_16_bits(picture, colours, rng):
    if picture == "ramp":
        ramp = np.linspace(0, 65535, 64 * 64).astype(np.uint16).reshape(64, 64, 1)
        deep = np.repeat(ramp, 3, axis=2)
    elif picture == "noise":
        deep = rng.integers(0, 65536, (64, 64, 3), dtype=np.uint16)
    else:
        whole = getattr(data, picture)()[::4, ::4].astype(np.uint16) * 257
        deep = whole if whole.ndim == 3 else np.repeat(whole[..., None], 3, axis=2)
    for rgb, step in [(deep, 65535), ((deep // 257).astype(np.uint8), 255)]:
        for ab in colours:
            coloured = join(rgb, ab.numpy().astype(np.float32), (8, 8), 2)
            assert coloured.dtype == rgb.dtype
            error = rgb2lab(coloured / step)[..., 0] - rgb2lab(rgb / step)[..., 0]
            assert np.abs(error).mean() < (0.2 if step == 255 else 0.005)
            assert np.abs(error).max() < (0.5 if step == 255 else 0.02)
            spread = np.ptp(coloured, axis=2)
            assert (spread[(rgb == step).all(2) | (rgb == 0).all(2)] == 0).all()
            assert (spread == 0).all() or ab.any()


def test_16_bits_are_more_than_8_bits_enlarged():
    ramp = np.linspace(0, 65535, 64 * 64).astype(np.uint16).reshape(64, 64, 1)
    ab = np.full((2, 1, 1), 3, np.float32)
    coloured = join(np.repeat(ramp, 3, axis=2), ab, (8, 8), 2)
    assert len(np.unique(coloured[..., 0])) > 2000


def test_colour_and_gray_photographs_of_the_same_lightness_come_out_alike(model, cat):
    light = rgb2lab(cat)[..., 0]
    gray = np.rint(255 * lab2rgb(np.dstack([light, 0 * light, 0 * light])))
    coloured = [
        full_resolution.colorize_array(model, rgb, OPTIONS).astype(int)
        for rgb in (cat, gray.astype(np.uint8))
    ]
    assert np.abs(coloured[0] - coloured[1]).mean() < 1.5


def test_the_default_temperature_is_the_papers():
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    assert config["evaluate"]["temperature"] == OPTIONS.temperature == 0.38
