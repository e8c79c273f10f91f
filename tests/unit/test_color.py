import numpy as np
import pytest
import torch
from skimage.color import lab2rgb, rgb2lab
from skimage.color.colorconv import xyz_from_rgb

from colorization.method import cielab, torch_cielab


def test_numpy_matches_scikit_image(rng):
    rgb = rng.integers(0, 256, (500, 3), dtype=np.uint8)
    np.testing.assert_allclose(cielab.srgb_to_lab(rgb), rgb2lab(rgb), atol=2e-3)


def test_torch_matches_scikit_image(rng):
    rgb = rng.integers(0, 256, (500, 3), dtype=np.uint8)
    lab = torch_cielab.srgb_to_lab(torch.from_numpy(rgb))
    np.testing.assert_allclose(lab, rgb2lab(rgb), atol=5e-3)
    lightness = torch_cielab.lightness(torch.from_numpy(rgb))
    np.testing.assert_allclose(lightness, rgb2lab(rgb)[:, 0], atol=5e-3)


def test_lightness_is_from_linear_light():
    gray = torch.full((1, 3), 119, dtype=torch.uint8)  # L* 50, not 119 / 255 · 100
    assert abs(torch_cielab.lightness(gray).item() - 50) < 0.2


def test_lab_to_srgb_inverts_every_code():
    codes = cielab.unpack_codes(np.arange(0, 1 << 24, 997))
    # On the gamut's surface rounding may lead outside.
    face = cielab.unpack_codes(np.arange(1 << 16))
    faces = [face, face | np.array([255, 0, 0], np.uint8)]
    surface = [np.roll(face, i, axis=1) for face in faces for i in range(3)]
    codes = torch.from_numpy(np.concatenate([codes, *surface]))
    assert torch.equal(torch_cielab.lab_to_srgb(torch_cielab.srgb_to_lab(codes)), codes)


def largest_share(lab):
    """By trying: how much of a and b is in the gamut, from gray on; in steps of 1/2000."""
    share = np.linspace(0, 1, 2001)
    y, a, b = (lab[:, :1] + 16) / 116, share * lab[:, 1:2], share * lab[:, 2:]
    f = np.stack([y + a / 500, y + 0 * share, y - b / 200])
    xyz = np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29))
    xyz *= np.array([0.95047, 1, 1.08883])[:, None, None]
    linear = np.tensordot(np.linalg.inv(xyz_from_rgb), xyz, 1)
    outside = ((linear < 0) | (linear > 1)).any(0)
    return np.where(outside.any(1), share[outside.argmax(1)], 1)


def test_colours_outside_of_the_gamut_keep_lightness_and_hue(rng):
    lab = rng.uniform([2, -110, -110], [93, 110, 110], (300, 3))
    share = largest_share(lab)
    assert (share < 0.9).mean() > 0.5
    expected = lab * np.stack([np.ones(300), share, share], axis=1)
    paler = cielab.into_gamut(lab)
    np.testing.assert_array_equal(paler[:, 0], lab[:, 0])
    np.testing.assert_allclose(paler, expected, atol=0.2)
    in_torch = torch_cielab.lab_to_srgb(torch.from_numpy(lab).float()) / 255
    np.testing.assert_allclose(in_torch, lab2rgb(paler), atol=1 / 255)
    read = rgb2lab(in_torch.numpy())
    np.testing.assert_allclose(read[:, 0], lab[:, 0], atol=0.5)


@pytest.mark.parametrize("levels", [256, 65536])
def test_white_black_and_gray_have_no_colour(rng, levels):
    light = np.r_[
        -5:0, np.zeros(20), np.full(20, 100), 101:105, np.linspace(0, 100, 9999)
    ]
    lab = np.concatenate([light[:, None], rng.uniform(-110, 110, (len(light), 2))], 1)
    lab[50:, 1:] = 0
    codes = torch_cielab.lab_to_srgb(torch.from_numpy(lab).float(), levels).numpy()
    assert (
        np.ptp(codes, axis=1)[(light <= 0) | (light >= 100) | (lab[:, 1] == 0)] == 0
    ).all()
    assert (codes[light <= 0] == 0).all() and (codes[light >= 100] == levels - 1).all()


def test_gamut_margin_is_positive_inside_and_negative_outside(rng):
    inside = cielab.srgb_to_lab(rng.integers(1, 255, (200, 3), dtype=np.uint8))
    assert (cielab.gamut_margin(inside) > 0).all()
    assert cielab.gamut_margin(np.array([[50.0, -100, -50]])) < 0
