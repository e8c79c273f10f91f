"""STL-10 from a loopback server: the archive's layout at a fraction of its size."""

import errno
import io
import tarfile

import numpy as np
import pytest

from colorization.data import download, stl10
from colorization.data.dataset import open_split, read_labels
from colorization.data.listing import STL10_FILES
from colorization.runtime.log import StageError
from tests.support.stl10_server import UNLABELED
from workflow_scripts import stl10_download


def fetch(server, path, md5=None, **options):
    download.download(server.url, path, md5 or server.md5, pause=0.01, **options)


def test_download_unpack_and_read(server, tmp_path):
    fetch(server, tmp_path / "a.tar.gz")
    download.unpack(tmp_path / "a.tar.gz", tmp_path / "binary", STL10_FILES)
    stl10.prepare(tmp_path / "data", tmp_path / "binary", UNLABELED, 4)
    dataset_json = tmp_path / "data" / "dataset.json"
    # Column-major planes: (count, channel, column, row).
    unlabeled = server.images["unlabeled_X.bin"].transpose(0, 3, 2, 1)
    assert np.array_equal(open_split(dataset_json, "train"), unlabeled[:8])
    assert np.array_equal(open_split(dataset_json, "validation"), unlabeled[8:])
    labelled = server.images["train_X.bin"].transpose(0, 3, 2, 1)
    test = server.images["test_X.bin"].transpose(0, 3, 2, 1)
    assert np.array_equal(open_split(dataset_json, "test"), test)
    assert np.array_equal(open_split(dataset_json, "labelled"), labelled)
    labels, classes = read_labels(dataset_json, "test")
    assert [classes[label] for label in labels] == ["cat", "ship", "ape", "cat", "ship"]
    names = {path.name for path in (tmp_path / "binary").iterdir()}
    assert names == set(STL10_FILES)


def test_a_download_that_breaks_off_goes_on(server, tmp_path):
    server.breaks = 2
    fetch(server, tmp_path / "a.tar.gz")
    assert (tmp_path / "a.tar.gz").read_bytes() == server.body
    assert server.starts[0] == 0
    assert 0 < server.starts[1] < server.starts[2]


@pytest.mark.parametrize("fault", ["reset", "stall", "page"])
def test_faults_of_a_network_are_survived(server, tmp_path, fault):
    server.faults = ["reset", fault, fault]
    fetch(server, tmp_path / "a.tar.gz", timeout=0.3)
    assert (tmp_path / "a.tar.gz").read_bytes() == server.body
    if fault == "page":  # the page did not overwrite the bytes so far
        assert server.starts[-1] > 0


@pytest.mark.parametrize("fault", ["shorter", "longer"])
def test_a_wrong_file_is_refused_and_then_the_right_one_taken(server, tmp_path, fault):
    server.faults = [fault]
    with pytest.raises(StageError, match=r"md5 is .* bytes is removed"):
        fetch(server, tmp_path / "a.tar.gz")
    assert not list(tmp_path.iterdir())
    fetch(server, tmp_path / "a.tar.gz")
    assert (tmp_path / "a.tar.gz").read_bytes() == server.body


def test_a_full_disk_is_not_tried_again(server, tmp_path, monkeypatch):
    def write(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(download, "open", write, raising=False)
    with pytest.raises(OSError, match="No space left"):
        fetch(server, tmp_path / "a.tar.gz")
    assert len(server.starts) == 1


def test_bytes_that_arrived_are_kept_for_the_next_call(server, tmp_path):
    server.breaks = download.ATTEMPTS
    with pytest.raises(StageError, match="bytes are kept"):
        fetch(server, tmp_path / "a.tar.gz")
    assert not (tmp_path / "a.tar.gz").exists()
    kept = (tmp_path / "a.tar.gz.part").stat().st_size
    fetch(server, tmp_path / "a.tar.gz")
    assert server.starts[-1] == kept > 0


def test_a_server_that_cannot_resume_starts_over(server, tmp_path):
    server.breaks, server.resumes = 1, False
    fetch(server, tmp_path / "a.tar.gz")
    assert (tmp_path / "a.tar.gz").read_bytes() == server.body


def test_an_archive_that_is_there_is_checked_too(server, tmp_path):
    archive, folder = tmp_path / "a.tar.gz", tmp_path / "binary"
    archive.write_bytes(b"put there by hand")
    (folder / ".unpack").mkdir(parents=True)  # left by a killed process
    (folder / ".unpack/half").write_bytes(b"half")
    stl10_download.main(server.url, server.md5, archive, folder)
    assert {path.name for path in folder.iterdir()} == set(STL10_FILES)
    assert not archive.exists()
    archive.write_bytes(server.body)  # downloaded, but not unpacked any more
    before = len(server.starts)
    stl10_download.main(server.url, server.md5, archive, folder)
    assert len(server.starts) == before


def test_a_wrong_checksum_is_refused_before_unpacking(server, tmp_path):
    with pytest.raises(StageError, match=r"md5 is .* expected 0000"):
        fetch(server, tmp_path / "a.tar.gz", "0" * 32)
    assert not list(tmp_path.iterdir())


def test_a_missing_file_is_one_clear_error_at_once(server, tmp_path):
    server.status = 404
    with pytest.raises(StageError, match=r"cannot download .* 404"):
        fetch(server, tmp_path / "a.tar.gz")
    assert len(server.starts) == 1


def test_offline_is_one_clear_error(tmp_path):
    url = "http://127.0.0.1:9/stl10_binary.tar.gz"  # nobody listens
    with pytest.raises(StageError, match=r"cannot download .* data\.stl10\.path"):
        download.download(url, tmp_path / "a.tar.gz", "0" * 32, pause=0.01)


def write(folder, files):
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.mark.parametrize(
    ("name", "bytes_left", "message"),
    [
        ("unlabeled_X.bin", -1, "cut short"),
        ("unlabeled_X.bin", 27648 * 7, "holds 7 images, not data.stl10.unlabeled = 12"),
        ("test_X.bin", 27648 * 4, "do not match test_y.bin"),
        ("test_X.bin", 100, "cut short"),
    ],
)
def test_a_file_cut_short_is_noticed(server, tmp_path, name, bytes_left, message):
    binary = write(tmp_path / "binary", server.files)
    data = server.files[name]
    (binary / name).write_bytes(data[:bytes_left])
    with pytest.raises(StageError, match=message):
        stl10.prepare(tmp_path / "data", binary, UNLABELED, 4)
    assert not (tmp_path / "data").exists()


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(StageError, match=r"unlabeled_X\.bin: missing"):
        stl10.prepare(tmp_path / "data", tmp_path / "binary", UNLABELED, 4)


@pytest.mark.parametrize("kind", ["parent", "absolute", "link", "device", "truncated"])
def test_hostile_archives_change_nothing_outside(server, tmp_path, kind):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        info = tarfile.TarInfo("stl10_binary/train_y.bin")
        if kind == "parent":
            info.name = "../../attacked"
        if kind == "absolute":
            info.name = str(tmp_path / "attacked")
        if kind == "link":
            info.type, info.linkname = tarfile.SYMTYPE, str(tmp_path)
        if kind == "device":
            info.type = tarfile.CHRTYPE
        tar.addfile(info, io.BytesIO(b""))
    data = (
        server.body[: len(server.body) // 2]
        if kind == "truncated"
        else buffer.getvalue()
    )
    (tmp_path / "a.tar.gz").write_bytes(data)
    with pytest.raises(StageError):
        download.unpack(tmp_path / "a.tar.gz", tmp_path / "in" / "binary", STL10_FILES)
    assert not (tmp_path / "attacked").exists()
    assert not list((tmp_path / "in" / "binary").iterdir())
