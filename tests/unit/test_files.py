import os
import subprocess

import pytest

from colorization.files import atomic, drop_leftovers


def test_a_file_is_whole_or_absent(tmp_path):
    with pytest.raises(KeyboardInterrupt), atomic(tmp_path / "a.txt") as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())
    with atomic(tmp_path / "a.txt") as temporary:
        temporary.write_text("whole")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_only_what_dead_writers_left_is_removed(tmp_path):
    process = subprocess.Popen(["true"])
    process.wait()
    dead, alive = f".a.{process.pid}.part.txt", f".a.{os.getpid()}.part.txt"
    others = [alive, "a.txt", f".b.{process.pid}.part.txt", f".a.{process.pid}.txt"]
    for name in (dead, *others):
        (tmp_path / name).touch()
    drop_leftovers(tmp_path / "a.txt")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(others)
