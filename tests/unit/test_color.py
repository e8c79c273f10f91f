import numpy as np
import torch
from skimage.color import lab2rgb, rgb2lab

from colorization import color, torch_color


def test_numpy_matches_scikit_image(rng):
    rgb = rng.integers(0, 256, (500, 3), dtype=np.uint8)
    np.testing.assert_allclose(color.srgb_to_lab(rgb), rgb2lab(rgb), atol=2e-3)


def test_torch_matches_scikit_image(rng):
    rgb = rng.integers(0, 256, (500, 3), dtype=np.uint8)
    lab = torch_color.srgb_to_lab(torch.from_numpy(rgb))
    np.testing.assert_allclose(lab, rgb2lab(rgb), atol=5e-3)
    lightness = torch_color.lightness(torch.from_numpy(rgb))
    np.testing.assert_allclose(lightness, rgb2lab(rgb)[:, 0], atol=5e-3)


def test_lightness_is_from_linear_light():
    gray = torch.full((1, 3), 119, dtype=torch.uint8)  # L* 50, not 119 / 255 · 100
    assert abs(torch_color.lightness(gray).item() - 50) < 0.2


def test_lab_to_srgb_inverts_every_code():
    codes = torch.from_numpy(color.unpack_codes(np.arange(0, 1 << 24, 997)))
    assert torch.equal(torch_color.lab_to_srgb(torch_color.srgb_to_lab(codes)), codes)


def test_lab_to_srgb_clips_like_scikit_image():
    lab = np.array([[50.0, 127, 0], [40, -80, 60], [99, 60, -60]])
    expected = np.rint(lab2rgb(lab) * 255)
    found = torch_color.lab_to_srgb(torch.from_numpy(lab).float())
    np.testing.assert_allclose(found, expected, atol=1)


def test_gamut_margin_is_positive_inside_and_negative_outside(rng):
    inside = color.srgb_to_lab(rng.integers(1, 255, (200, 3), dtype=np.uint8))
    assert (color.gamut_margin(inside) > 0).all()
    assert color.gamut_margin(np.array([50.0, -100, -50])) < 0
