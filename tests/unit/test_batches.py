import numpy as np
import torch

from colorization.data.dataset import open_split
from colorization.method.encoding import SoftEncoder
from colorization.method.torch_cielab import srgb_to_lab
from colorization.training.batches import (
    Batches,
    RawBatch,
    crop_and_mirror,
    make_example,
    resize,
    sides,
)
from tests.unit.test_trainer import SETTINGS


def numbered(count):
    """Images whose every byte is their number."""
    return np.arange(count, dtype=np.uint8)[:, None, None, None] * np.ones(
        (1, 32, 32, 3), np.uint8
    )


def test_every_image_is_seen_once_an_epoch_in_a_new_order():
    batches = Batches(numbered(24), SETTINGS)  # 3 batches of 8 an epoch
    seen = [batches[step].images[:, 0, 0, 0].tolist() for step in range(6)]
    first, second = seen[0] + seen[1] + seen[2], seen[3] + seen[4] + seen[5]
    assert sorted(first) == sorted(second) == list(range(24))
    assert first != second


def test_a_batch_depends_on_its_number_alone():
    forwards, backwards = (
        Batches(numbered(20), SETTINGS),
        Batches(numbered(20), SETTINGS),
    )
    expected = [forwards[step] for step in range(9)]
    for step in reversed(range(9)):
        for left, right in zip(backwards[step], expected[step], strict=True):
            assert torch.equal(left, right)


def test_crop_and_mirror_match_slicing(rng):
    images = torch.from_numpy(rng.integers(0, 256, (3, 32, 40, 3), dtype=np.uint8))
    top, left = torch.tensor([0, 3, 16]), torch.tensor([24, 5, 0])
    batch = RawBatch(images, top, left, torch.tensor([0, 1, 1]))
    cut = crop_and_mirror(batch, 16)
    for i, mirror in enumerate([False, True, True]):
        expected = images[i, top[i] : top[i] + 16, left[i] : left[i] + 16]
        assert torch.equal(cut[i], expected.flip(1) if mirror else expected)


def test_targets_are_sampled_at_every_fourth_pixel(dataset, bins):
    rgb = torch.from_numpy(open_split(dataset, "test")[:4].copy())
    example = make_example(rgb, SoftEncoder(bins, 5, 5))
    lab = srgb_to_lab(rgb)
    assert example.lightness.shape == (4, 1, 32, 32)
    torch.testing.assert_close(example.ab, lab[:, ::4, ::4, 1:])
    torch.testing.assert_close(example.lightness[:, 0], lab[..., 0])
    assert example.indices.shape == (4, 8, 8, 5)


def test_without_random_scales_windows_are_crops():
    assert {sides(SETTINGS, step, 32) for step in range(9)} == {(24, 24)}


def test_random_sizes_cover_their_range_and_follow_from_the_step():
    settings = SETTINGS.model_copy(update=dict(crop=96, smallest_crop=48, window=0.5))
    drawn = [sides(settings, step, 120) for step in range(2000)]
    assert {crop for _, crop in drawn} == set(range(48, 97, 8))
    assert {window for window, _ in drawn} == set(range(60, 121))
    assert drawn[7] == sides(settings, 7, 120)
    whole = settings.model_copy(update=dict(window=1.0, smallest_crop=None))
    assert sides(whole, 0, 120) == (120, 96)
    unscaled = settings.model_copy(update=dict(window=None))
    assert all(
        window == crop
        for window, crop in (sides(unscaled, step, 120) for step in range(50))
    )


def test_windows_of_random_size_lie_inside_the_images():
    settings = SETTINGS.model_copy(update=dict(window=0.5))
    batches = Batches(numbered(24), settings)
    for step in range(20):
        batch, window = batches[step], sides(settings, step, 32).window
        cut = crop_and_mirror(batch, window)
        assert cut.shape[1:] == (window, window, 3)
        assert torch.equal(cut[:, 0, 0, 0], batch.images[:, 0, 0, 0])


def test_resizing_averages_what_a_pixel_covers():
    checks = (np.indices((32, 32)).sum(0) % 2 * 255).astype(np.uint8)
    rgb = torch.from_numpy(np.repeat(checks[None, :, :, None], 3, axis=3))
    gray = resize(rgb, 16)
    assert gray.dtype == torch.uint8
    assert (gray.int() - 127).abs().max() <= 3  # a single sample would be 0 or 255
    assert torch.equal(resize(rgb, 32), rgb)
