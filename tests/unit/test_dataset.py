import hashlib
import json

import numpy as np
import pytest

from colorization.data import sample
from colorization.data.dataset import ImageWriter, open_split
from colorization.runtime.log import StageError


def test_writer_describes_what_it_wrote(tmp_path, rng):
    images = rng.integers(0, 256, (1234, 8, 8, 3), dtype=np.uint8)
    with open(tmp_path / "a.npy", "w+b") as file:
        for batch in (images[:1000], images[1000:]):  # the second is appended
            file.seek(0)
            writer = ImageWriter(file, 8)
            for image in batch:
                writer.append(image)
        entry = writer.finish("a.npy")
    assert np.array_equal(np.load(tmp_path / "a.npy"), images)
    assert entry["file"] == "a.npy" and entry["count"] == 1234
    assert entry["sha256"] == hashlib.sha256(images.tobytes()).hexdigest()


def test_an_interrupted_sample_leaves_no_file(tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(sample, "cut", interrupt)
    with pytest.raises(KeyboardInterrupt):
        sample.prepare(tmp_path, 32, dict(train=48, validation=12, test=12), seed=0)
    assert not list(tmp_path.iterdir())


def test_sample_is_deterministic(dataset, tmp_path):
    sample.prepare(tmp_path, 32, dict(train=48, validation=12, test=12), seed=0)
    for split in ("train", "validation", "test"):
        assert np.array_equal(
            open_split(dataset, split), open_split(tmp_path / "dataset.json", split)
        )
    sample.prepare(tmp_path, 32, dict(train=48, validation=12, test=12), seed=1)
    changed = open_split(tmp_path / "dataset.json", "train")
    assert not np.array_equal(open_split(dataset, "train"), changed)


@pytest.mark.parametrize("shape", [(600, 400), (451, 300), (300, 451), (512, 512)])
def test_splits_of_a_photograph_share_no_pixel(shape):
    seen = np.zeros(shape, int)
    for split in sample.SPLIT_BOXES:
        left, top, right, bottom = sample.split_box(*shape, split)
        assert min(right - left, bottom - top) >= sample.SMALLEST_WINDOW
        seen[left:right, top:bottom] += 1
    assert seen.max() == 1


def test_windows_stay_in_their_box(rng):
    from colorization.data.windows import random_window

    box = (300, 10, 420, 130)
    windows = [random_window(box, 72, rng) for _ in range(500)]
    for left, top, right, bottom in windows:
        assert 300 <= left < right <= 420
        assert 10 <= top < bottom <= 130
        assert right - left == bottom - top >= 72
    assert len({right - left for left, _, right, _ in windows}) > 20


def test_every_photograph_is_a_colour_photograph():
    for load in sample.PHOTOGRAPHS.values():
        photograph = load()
        assert photograph.shape[2] == 3
        assert np.ptp(photograph.astype(int), axis=2).mean() > 5


def test_a_file_cut_short_is_one_clear_error(dataset, tmp_path):
    for name in ("dataset.json", "test.npy"):
        (tmp_path / name).write_bytes((dataset.parent / name).read_bytes())
    with open(tmp_path / "test.npy", "rb+") as file:
        file.truncate(1000)
    with pytest.raises(StageError, match=r"test\.npy: cannot map 12 images"):
        open_split(tmp_path / "dataset.json", "test")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"splits": {}}', "\0"])
def test_a_broken_description_is_one_clear_error(tmp_path, text):
    (tmp_path / "dataset.json").write_text(text, encoding="utf-8")
    with pytest.raises(StageError, match=r"dataset\.json: "):
        open_split(tmp_path / "dataset.json", "train")


def test_an_unknown_order_is_refused(dataset, tmp_path):
    description = json.loads(dataset.read_text(encoding="utf-8"))
    description["splits"]["train"]["order"] = "CHWN"
    (tmp_path / "dataset.json").write_text(json.dumps(description), encoding="utf-8")
    with pytest.raises(StageError, match="splits: train: order: 'CHWN' is wrong:"):
        open_split(tmp_path / "dataset.json", "train")
