"""Photographs in archives: read like those of a folder, hostile archives refused."""

import gzip
import io
import os
import shutil
import stat
import tarfile
import zipfile

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from colorization.data import archive, folder, resumable_files
from colorization.data.listing import MARK, list_photographs, photographs_digest
from colorization.runtime.log import StageError

KEY = "data.folder.paths"
ENDINGS = [".tar", ".tar.gz", ".tgz", ".zip"]


@pytest.fixture
def photographs(tmp_path):
    """A folder of forty photographs in two folders, and what is left out."""
    root, rng = tmp_path / "photos", np.random.default_rng(0)
    for i in range(40):
        path = root / ("dogs" if i % 2 else "c ats/ü") / f"{i:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = rng.integers(0, 255, (30, 24 + i, 3), dtype=np.uint8)
        Image.fromarray(noise).save(path)
    for name in ("._a.png", "dogs/__MACOSX/b.png", "out/c.png", f"out/{MARK}", "d.txt"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_bytes(b"no image")
    (root / "dogs/broken.jpg").write_bytes(b"no image")
    return root


def pack(root, path):
    """Pack a folder's content, in another order than that of names."""
    files = sorted((f for f in root.rglob("*") if f.is_file()), key=lambda f: f.name)
    names = [(file, file.relative_to(root).as_posix()) for file in files]
    if path.suffix == ".zip":
        methods = zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED
        with zipfile.ZipFile(path, "w") as packed:
            for i, (file, name) in enumerate(names):
                packed.write(file, name, methods[i % 2])
    else:
        kind = tarfile.GNU_FORMAT if path.suffix == ".tgz" else tarfile.PAX_FORMAT
        mode = "w" if path.suffix == ".tar" else "w:gz"
        with tarfile.open(path, mode, format=kind) as packed:
            for file, name in names:
                packed.add(file, f"./{name}")
    return path


def prepare(out, *paths, split=None, threads=2, validation=0.2):
    settings = folder.ImportSettings(
        [*map(str, paths)],
        16,
        validation=validation,
        test=0.3,
        windows=3,
        max_skipped=0.1,
        split={name: [*map(str, roots)] for name, roots in (split or {}).items()},
    )
    folder.prepare(out, settings, threads, "")
    return pd.read_csv(out / "images.csv")


def contents(out):
    """All that an import wrote, but for the roots of photographs."""
    found = {path.name: path.read_bytes() for path in out.iterdir()}
    for name in ("images.csv", "skipped.csv"):
        found[name] = pd.read_csv(out / name).drop(columns="root").to_csv()
    return found


@pytest.fixture
def expected(photographs, tmp_path):
    prepare(tmp_path / "expected", photographs)
    return contents(tmp_path / "expected")


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_archive_gives_what_its_folder_gives(
    photographs, expected, tmp_path, ending, caplog
):
    caplog.set_level("INFO")
    packed = pack(photographs, tmp_path / f"packed{ending}")
    prepare(tmp_path / "out", packed)
    assert contents(tmp_path / "out") == expected
    for line in ("1 .txt", "hidden or generated: 2", "results: "):
        assert line in caplog.text


@pytest.mark.parametrize("ending", [".tar", ".tar.gz", ".zip"])
def test_an_import_of_an_archive_that_was_killed_twice_ends_the_same(
    photographs, expected, tmp_path, ending, monkeypatch
):
    monkeypatch.setattr(resumable_files, "INTERVAL", 0)
    packed, seen = pack(photographs, tmp_path / f"x{ending}"), []
    read = folder.read_windows

    def stopping(source, *rest):
        if len(seen) == limits[0]:
            raise KeyboardInterrupt
        seen.append(source.name)
        return read(source, *rest)

    monkeypatch.setattr(folder, "read_windows", stopping)
    limits = [10, 25, 100]
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            prepare(tmp_path / "out", packed, threads=1)
        del limits[0]
    prepare(tmp_path / "out", packed, threads=1)
    assert len(seen) <= 41 + 2
    assert contents(tmp_path / "out") == expected


def test_a_folder_of_archives_is_a_folder_of_folders(photographs, tmp_path, expected):
    """As ImageNet comes: a tar for each class, in a folder or in another tar."""
    classes = tmp_path / "classes"
    classes.mkdir()
    for name in ("dogs", "c ats", "out"):
        pack(photographs / name, classes / f"{name}.tar")
    prepare(tmp_path / "one", classes)
    prepare(tmp_path / "two", pack(classes, tmp_path / "all.tar"))
    for key in ("train.npy", "validation.npy", "test.npy", "images.csv"):
        assert contents(tmp_path / "one")[key] == expected[key]
        assert contents(tmp_path / "two")[key] == expected[key]


def test_an_archive_beside_its_folder_is_left_out(photographs, tmp_path, expected):
    pack(photographs / "dogs", photographs / "dogs.zip")
    (photographs / "again.tar").symlink_to("again.tar.gz")
    prepare(tmp_path / "out", photographs)
    assert contents(tmp_path / "out") == expected


def test_of_two_members_with_a_name_the_last_counts(photographs, tmp_path, expected):
    changed = tmp_path / "changed.tar"
    with tarfile.open(changed, "w") as packed:
        packed.add(photographs / "dogs/01.png", "dogs/03.png")
        for path in sorted(photographs.rglob("*")):
            packed.add(path, path.relative_to(photographs), recursive=False)
    prepare(tmp_path / "out", changed)
    assert contents(tmp_path / "out") == expected


def test_a_damaged_member_is_skipped(photographs, tmp_path):
    packed = pack(photographs, tmp_path / "packed.zip")
    with zipfile.ZipFile(packed) as file:
        info = file.getinfo("dogs/01.png")
    data = bytearray(packed.read_bytes())
    data[info.header_offset + 30 + len(info.filename) + 20] ^= 255
    packed.write_bytes(data)
    prepare(tmp_path / "out", packed)
    skipped = pd.read_csv(tmp_path / "out/skipped.csv").set_index("file")["reason"]
    assert "damaged in" in skipped["dogs/01.png"]


def tar_of(**fields):
    """A tar with one member, of zeros."""
    info = tarfile.TarInfo("a.png")
    for key, value in fields.items():
        setattr(info, key, value)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as packed:
        packed.addfile(info, io.BytesIO(bytes(max(info.size, 0))))
    return out.getvalue()


def zip_of(name="a.png", mode=stat.S_IFREG, content=b"x" * 99, method=0):
    info = zipfile.ZipInfo(name)
    info.external_attr, info.compress_type = mode << 16, method
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        packed.writestr(info, content)
    return out.getvalue()


def encrypted():
    data = bytearray(zip_of())
    data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


def negative_size():
    """A header whose size is −512, so that its end is its beginning."""
    data = bytearray(tar_of(size=512))
    data[124:136] = b"\xff" * 10 + b"\xfe\x00"
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    return bytes(data)


WHOLE = tar_of(size=5000)
HOSTILE = {
    "link.tar": (tar_of(type=tarfile.SYMTYPE, linkname="/etc/passwd"), "is a link"),
    "hard.tar": (tar_of(type=tarfile.LNKTYPE, linkname="b"), "is a link"),
    "device.tar": (tar_of(type=tarfile.CHRTYPE), "no plain file"),
    "absolute.tar": (tar_of(name="/a.png"), "leads out"),
    "above.tar": (tar_of(name="b/../../a.png"), "leads out"),
    "negative.tar": (negative_size(), "cut short|damaged"),
    "cut.tar": (WHOLE[:3000], "cut short"),
    "endless.tar": (WHOLE[: 512 + 5120], "damaged or cut short"),
    "noise.tar": (WHOLE[:5632] + b"\7" * 4096, "damaged or cut short"),
    "nothing.tar": (b"", "damaged"),
    "page.tar.gz": (b"<html>" * 99, "damaged"),
    "cut.tar.gz": (gzip.compress(os.urandom(9000))[:4000], "damaged"),
    "bomb.tar.gz": (gzip.compress(bytes(5 << 20)), "100 times its size"),
    "bomb.zip": (zip_of(content=bytes(5 << 20), method=8), "100 times its size"),
    "link.zip": (zip_of(mode=stat.S_IFLNK), "is a link"),
    "absolute.zip": (zip_of("/a.png"), "leads out"),
    "above.zip": (zip_of("../a.png"), "leads out"),
    "rare.zip": (zip_of(method=zipfile.ZIP_LZMA), "rare way"),
    "encrypted.zip": (encrypted(), "encrypted"),
    "cut.zip": (zip_of()[:-30], "damaged"),
    "many.tar": (b"".join(tar_of()[:512] for _ in range(9)) + bytes(1024), "members"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused(tmp_path, monkeypatch, name):
    monkeypatch.setattr(archive, "FREE", 1 << 20)
    monkeypatch.setattr(archive, "MOST_MEMBERS", 8)
    data, reason = HOSTILE[name]
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(data)
    with pytest.raises(StageError, match=reason) as error:
        prepare(tmp_path / "out", tmp_path / "in" / name)
    assert name in str(error.value) and len(str(error.value).splitlines()) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"in", "out"}
    left = [path for path in (tmp_path / "out").rglob("*") if path.suffix == ".tar"]
    assert not left


def test_a_photograph_that_would_fill_the_memory_is_not_read(monkeypatch):
    monkeypatch.setattr(archive, "MOST_BYTES", 1000)
    with pytest.raises(ValueError, match="more than 1,000"):
        archive.Content("none.tar", 0, 1001, 1001).read()


def test_the_digest_of_an_archive_does_not_open_it(photographs, tmp_path):
    packed = tmp_path / "packed.tar"
    packed.write_bytes(b"no archive")
    before = photographs_digest({KEY: [str(packed)]})
    moved = shutil.move(packed, tmp_path / "moved.tar")
    assert photographs_digest({KEY: [str(moved)]}) == before
    pack(photographs, moved)
    after = photographs_digest({KEY: [str(moved)]})
    assert after != before
    assert photographs_digest({KEY: [str(moved), str(photographs)]}) != after


def test_sets_that_are_split_already(photographs, tmp_path):
    split = dict(train=[photographs / "dogs"], test=[photographs / "c ats"])
    table = prepare(tmp_path / "carved", split=split)
    files = {name: set(rows["file"]) for name, rows in table.groupby("split")}
    assert len(files["test"]) == 20 and all(f.startswith("ü/") for f in files["test"])
    assert len(files["train"]) + len(files["validation"]) == 20
    assert files["validation"] and not files["train"] & files["validation"]

    (photographs / "own").mkdir()
    for i in range(5):
        shutil.move(
            photographs / f"dogs/{i:02}.png"
            if i % 2
            else photographs / f"c ats/ü/{i:02}.png",
            photographs / "own",
        )
    split["validation"] = [pack(photographs / "own", tmp_path / "own.zip")]
    counts = prepare(tmp_path / "whole", split=split)["split"].value_counts()
    assert counts.to_dict() == dict(train=3 * 18, validation=5, test=17)


@pytest.mark.parametrize("packed", [False, True])
def test_a_photograph_in_two_splits_is_refused(photographs, tmp_path, packed):
    pack(photographs / "dogs", photographs / "dogs2.tar")
    inner = photographs / ("dogs2.tar" if packed else "dogs/01.png")
    lists = {"data.folder.split.train": [str(photographs)]}
    lists["data.folder.split.test"] = [str(inner)]
    with pytest.raises(StageError, match=f"split.test: '{inner}' is in .*train, too"):
        list_photographs(lists)
