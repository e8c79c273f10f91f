import errno
import os
import subprocess
import sys

import pytest

from colorization.provenance.record import ROOT
from colorization.runtime.files import HOST, as_list, atomic, drop_leftovers


def test_a_file_is_whole_or_absent(tmp_path):
    with pytest.raises(KeyboardInterrupt), atomic(tmp_path / "a.txt") as temporary:
        temporary.write_text("half", encoding="utf-8")
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())
    with atomic(tmp_path / "a.txt") as temporary:
        temporary.write_text("whole", encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


def test_an_error_of_writing_names_the_file(tmp_path):
    with pytest.raises(OSError) as error, atomic(tmp_path / "a.txt") as temporary:
        temporary.write_text("half", encoding="utf-8")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert error.value.filename == str(tmp_path / "a.txt")
    assert not list(tmp_path.iterdir())


# More and less than C's buffers hold.
@pytest.mark.parametrize("count", [200, 200_000])
def test_an_array_that_does_not_fit_the_disk_is_an_error(count, tmp_path):
    code = (
        "import resource, signal, sys, numpy as np;"
        "from colorization.runtime.tables import write_array;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024));"
        f"write_array(sys.argv[1], np.ones({count}))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "a.npy")]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=ROOT)
    assert f"OSError: [Errno {errno.EFBIG}]" in done.stderr and "a.npy" in done.stderr
    assert not list(tmp_path.iterdir())


def test_only_files_of_dead_writers_are_removed(tmp_path):
    process = subprocess.Popen(["true"])
    process.wait()
    dead, alive = f"{HOST}-{process.pid}.part", f"{HOST}-{os.getpid()}.part"
    kept = [f".a.{alive}.txt", "a.txt", f".b.{dead}.txt", f".a.{process.pid}.txt"]
    elsewhere = "0" * 6  # a process there may be alive
    kept += [f".a.{elsewhere}-{process.pid}.part.txt", f".a.{HOST}-{9**20}.part.txt"]
    for name in (f".a.{dead}.txt", *kept):
        (tmp_path / name).touch()
    drop_leftovers(tmp_path / "a.txt")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)


@pytest.mark.parametrize("stem", ["長" * 83, "a" * 251])
def test_a_name_may_be_as_long_as_the_disk_allows(tmp_path, stem):
    path = tmp_path / f"{stem}.png"
    with atomic(path) as temporary:
        temporary.write_bytes(b"whole")
    assert list(tmp_path.iterdir()) == [path]


def test_a_single_path_becomes_a_list():
    assert as_list("a/b.csv") == ["a/b.csv"]
    assert as_list(["a", "b"]) == ["a", "b"]
    assert as_list([]) == []
