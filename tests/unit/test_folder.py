import errno
import json
import os

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from colorization.data import folder, resumable_files
from colorization.data.dataset import open_split, read_labels
from colorization.data.listing import listing_digest
from colorization.runtime.log import StageError
from workflow_scripts import labels

SHARES = dict(validation=0.2, test=0.2)


@pytest.fixture
def photographs(tmp_path):
    """60 files of one colour each in two folders below `photos`."""
    root = tmp_path / "photos"
    for i in range(60):
        path = root / ("a" if i % 2 else "b ü") / f"{i:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (20 + i, 40), (4 * i, 100, 50)).save(path)
    return root


def prepare(root, out, max_skipped=0.0, threads=2, identity=""):
    settings = folder.ImportSettings(
        [str(root)], 16, **SHARES, windows=3, max_skipped=max_skipped
    )
    folder.prepare(out, settings, threads, identity)
    images = pd.read_csv(out / "images.csv")
    return {split: rows.set_index("index") for split, rows in images.groupby("split")}


def label(out):
    labels.main(out / "images.csv", out / "labels.csv")


def test_every_photograph_is_in_one_split(photographs, tmp_path):
    splits = prepare(photographs, tmp_path / "out")
    files = {split: set(rows["file"]) for split, rows in splits.items()}
    assert sum(map(len, files.values())) == 60
    assert len(set.union(*files.values())) == 60
    assert len(splits["train"]) == 3 * len(files["train"])
    for split, rows in splits.items():
        images = open_split(tmp_path / "out" / "dataset.json", split)
        assert images.shape == (len(rows), 16, 16, 3)
        for index, file in rows["file"].items():
            number = int(file.split("/")[1][:2])
            assert (
                images[index].reshape(-1, 3).tolist() == [[4 * number, 100, 50]] * 256
            )


def test_added_files_leave_others_in_their_splits(photographs, tmp_path):
    before = prepare(photographs, tmp_path / "before")
    for i in range(20):
        Image.new("RGB", (30, 30)).save(photographs / f"new{i}.png")
    after = prepare(photographs, tmp_path / "after")
    for split, rows in before.items():
        assert set(rows["file"]) <= set(after[split]["file"])


def test_thread_count_does_not_change_the_bytes(photographs, tmp_path):
    prepare(photographs, tmp_path / "one", threads=1)
    prepare(photographs, tmp_path / "four", threads=4)
    for name in ("train.npy", "test.npy", "dataset.json"):
        assert (tmp_path / "one" / name).read_bytes() == (
            tmp_path / "four" / name
        ).read_bytes()


def test_unreadable_files_are_listed(photographs, tmp_path, caplog):
    caplog.set_level("INFO")
    (photographs / "broken.jpg").write_bytes(b"no image")
    (photographs / "notes.txt").write_text("not looked at", encoding="utf-8")
    for i in range(60):
        (photographs / "a" / f"._{i:02}.png").write_bytes(b"no image")
    prepare(photographs, tmp_path / "out", max_skipped=0.1)
    assert "1 file is no image that can be read: 1 .txt" in caplog.text
    assert "left out as hidden or generated: 60 (" in caplog.text
    skipped = pd.read_csv(tmp_path / "out" / "skipped.csv")
    assert skipped["file"].tolist() == ["broken.jpg"]
    assert "no image of a kind" in skipped["reason"][0]


def test_too_many_unreadable_files_fail_the_import(photographs, tmp_path):
    for i in range(10):
        (photographs / f"broken{i}.jpg").write_bytes(b"no image")
    with pytest.raises(StageError, match=r"10 of 70 .* data.folder.max_skipped = 0.1"):
        prepare(photographs, tmp_path / "out", max_skipped=0.1)
    assert not (tmp_path / "out" / "dataset.json").exists()


def test_empty_and_missing_folders_are_clear_errors(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(StageError, match="no image in"):
        prepare(tmp_path / "empty", tmp_path / "out")
    with pytest.raises(StageError, match="is neither a folder nor a file"):
        prepare(tmp_path / "missing", tmp_path / "out")
    Image.new("RGB", (30, 30)).save(tmp_path / "empty" / "only.png")
    with pytest.raises(StageError, match="split is empty"):
        prepare(tmp_path / "empty", tmp_path / "out")


def test_the_listing_digest_depends_on_names_and_contents_alone(photographs):
    before = listing_digest([str(photographs)])
    (photographs / "notes.txt").write_text("no image", encoding="utf-8")
    os.utime(photographs / "a" / "01.png", ns=(0, 0))
    assert listing_digest([str(photographs)]) == before
    moved = photographs.rename(photographs.with_name("moved"))
    assert listing_digest([str(moved)]) == before
    (moved / "a" / "01.png").rename(moved / "a" / "001.png")
    assert listing_digest([str(moved)]) != before


def test_the_first_folder_is_the_label(photographs, tmp_path):
    splits = prepare(photographs, tmp_path / "out")
    label(tmp_path / "out")
    numbers, classes = read_labels(tmp_path / "out" / "dataset.json", "test")
    assert numbers.flags.writeable  # PyTorch warns of arrays that are not
    assert classes == ["a", "b ü"]
    expected = splits["test"].sort_index()["file"].str.split("/").str[0]
    assert [classes[label] for label in numbers] == expected.tolist()
    Image.new("RGB", (30, 30)).save(photographs / "on_top.png")
    with pytest.raises(StageError, match=r"'on_top\.png' lies in no folder"):
        prepare(photographs, tmp_path / "other")
        label(tmp_path / "other")


def test_tiny_photographs_are_enlarged(tmp_path):
    for i in range(40):
        (tmp_path / "photos").mkdir(exist_ok=True)
        Image.new("RGB", (1, 5), (10, 200, 30)).save(tmp_path / "photos" / f"{i}.png")
    prepare(tmp_path / "photos", tmp_path / "out")
    images = open_split(tmp_path / "out" / "dataset.json", "train")
    assert np.unique(images.reshape(-1, 3), axis=0).tolist() == [[10, 200, 30]]


@pytest.fixture
def stops(monkeypatch):
    """Saves after each file; a function that makes reading stop after `count` files."""
    monkeypatch.setattr(resumable_files, "INTERVAL", 0)
    read, seen = folder.read_windows, []

    def stop_after(count):
        def stopping(source, *rest):
            if len(seen) == count:
                raise KeyboardInterrupt
            seen.append(source.name)
            return read(source, *rest)

        seen.clear()
        monkeypatch.setattr(folder, "read_windows", stopping)
        return seen

    return stop_after


def test_a_stopped_import_goes_on_and_ends_the_same(photographs, tmp_path, stops):
    (photographs / "a/broken.jpg").write_bytes(b"no image")
    prepare(photographs, tmp_path / "whole", max_skipped=0.1)
    for count in (7, 20, 20, 100):
        seen = stops(count)
        options = dict(max_skipped=0.1, threads=1)
        if count < 100:
            with pytest.raises(KeyboardInterrupt):
                prepare(photographs, tmp_path / "out", **options)
            # As if it was killed while it wrote an image.
            with open(tmp_path / "out/.import/train.npy", "ab") as file:
                file.write(b"half an image")
        else:
            prepare(photographs, tmp_path / "out", **options)
    assert len(seen) < 61 - 7
    for path in (tmp_path / "whole").iterdir():
        assert path.read_bytes() == (tmp_path / "out" / path.name).read_bytes()
    left = {path.name for path in (tmp_path / "out").iterdir()}
    assert left == {path.name for path in (tmp_path / "whole").iterdir()}


@pytest.mark.parametrize("damage", ["another identity", "cut short", "no state"])
def test_an_import_that_cannot_go_on_starts_anew(photographs, tmp_path, stops, damage):
    stops(20)
    with pytest.raises(KeyboardInterrupt):
        prepare(photographs, tmp_path / "out", threads=1)
    left = tmp_path / "out/.import"
    assert json.loads((left / "state.json").read_text(encoding="utf-8"))["done"]
    if damage == "cut short":
        os.truncate(left / "train.npy", 100)
    if damage == "no state":
        (left / "state.json").write_text("{", encoding="utf-8")
    seen = stops(100)
    prepare(photographs, tmp_path / "out", identity=damage, threads=1)
    assert len(seen) == 60


def test_files_that_failed_for_a_while_are_read_again(
    photographs, tmp_path, monkeypatch
):
    def fail(path):
        raise OSError(errno.EIO, "Input/output error", str(path))

    with monkeypatch.context() as failing:
        failing.setattr(folder, "load_rgb", fail)
        with pytest.raises(StageError, match=r"60 of 60 .*Input/output error"):
            prepare(photographs, tmp_path / "out", max_skipped=0.9)
    splits = prepare(photographs, tmp_path / "out")
    assert sum(rows["file"].nunique() for rows in splits.values()) == 60


def test_allowing_more_unreadable_files_reads_nothing_again(
    photographs, tmp_path, stops
):
    (photographs / "broken.jpg").write_bytes(b"no image")
    with pytest.raises(StageError, match="1 of 61"):
        prepare(photographs, tmp_path / "out")
    assert not stops(0)
    prepare(photographs, tmp_path / "out", max_skipped=0.1)
    assert pd.read_csv(tmp_path / "out/skipped.csv")["file"].tolist() == ["broken.jpg"]


def test_a_file_that_vanishes_is_skipped(photographs, tmp_path, monkeypatch):
    read = folder.read_windows

    def vanish(source, *rest):
        if source.name.endswith("01.png"):
            (photographs / source.name).unlink()
        return read(source, *rest)

    monkeypatch.setattr(folder, "read_windows", vanish)
    prepare(photographs, tmp_path / "out", max_skipped=0.1)
    (row,) = pd.read_csv(tmp_path / "out/skipped.csv").itertuples()
    assert row.file == "a/01.png" and "FileNotFoundError" in row.reason
