import hashlib
import os
import sqlite3
from pathlib import Path

import pytest

from colorization.runtime import file_digests
from colorization.runtime.file_digests import content_digests


@pytest.fixture
def files(tmp_path):
    paths = [tmp_path / name for name in ("a", "ü b", "c")]
    for number, path in enumerate(paths):
        path.write_text(f"content {number}", encoding="utf-8")
        os.utime(path, (1e9, 1e9))
    return list(map(str, paths))


@pytest.fixture
def read(monkeypatch):
    """A list of the files that were read."""
    read = []

    def noting(path):
        read.append(path)
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()

    monkeypatch.setattr(file_digests, "file_digest", noting)
    return read


def test_only_what_changed_is_read_again(files, tmp_path, read, monkeypatch):
    memory = tmp_path / "deep" / "memory.sqlite"
    content_digests(files, memory)
    content_digests(files, memory)
    assert read == files * 2  # all are too young to be remembered
    del read[:]
    monkeypatch.setattr(file_digests, "YOUNG", 0)
    first = content_digests(files, memory)
    assert first[files[0]] == hashlib.sha256(b"content 0").hexdigest()
    assert read == files
    assert content_digests(files, memory) == first
    assert read == files
    os.utime(files[1])
    assert content_digests(files, memory) == first
    assert content_digests(files, memory) == first
    assert read == [*files, files[1]]
    # A change is seen even with the same size and an older or equal time.
    for path, text, time in [
        (files[2], "CONTENT 2", 5e8),
        (files[0], "CONTENT 0", 1e9),
    ]:
        Path(path).write_text(text, encoding="utf-8")
        os.utime(path, (time, time))
        assert content_digests(files, memory)[path] != first[path]


def test_a_file_that_cannot_be_read_is_called_unreadable(files, tmp_path):
    os.unlink(files[0])
    digests = content_digests([*files, str(tmp_path)])
    assert [digests[path] for path in (files[0], str(tmp_path))] == ["unreadable"] * 2


@pytest.mark.parametrize("broken", [b"no database", b""])
def test_a_broken_memory_costs_only_time(files, tmp_path, broken):
    memory = tmp_path / "memory.sqlite"
    memory.write_bytes(broken)
    assert content_digests(files, memory) == content_digests(files)
    memory.unlink()
    sqlite3.connect(memory).execute("CREATE TABLE contents (path TEXT)").close()
    assert content_digests(files, memory) == content_digests(files)
