"""Names of results, results that are lost, and folders of results."""

import itertools
import json
import unicodedata

import pytest
from PIL import Image

from colorization.data.colorized import (
    Memory,
    ProtectedFiles,
    claim,
    count_lost,
    result_name,
    write_listed,
)
from colorization.data.listing import SUFFIXES, Source, list_images
from colorization.runtime.log import StageError


def test_no_two_photographs_of_a_folder_have_a_result_of_one_name():
    endings = [*sorted(SUFFIXES), *sorted(s.upper() for s in SUFFIXES)]
    names = [f"a{e}" for e in endings]
    names += [
        f"a{e}{f}" for e, f in itertools.product(endings, [".png", ".jpg", ".PNG"])
    ]
    names += [f"a{e}.png.png" for e in endings]
    # Photographs of 16 bits or with transparency need a PNG.
    results = {}
    for name, only_png in itertools.product(names, [False, True]):
        results.setdefault(result_name(name, only_png), set()).add(name)
    assert all(len(photographs) == 1 for photographs in results.values())


@pytest.mark.parametrize(
    ("name", "result", "only_png"),
    [
        *[("h/a.jpg", "h/a.jpg", False), ("h/a.jpg", "h/a.jpg.png", True)],
        *[("a.PNG", "a.PNG", True), ("a.2019.png", "a.2019.png", False)],
        *[("a.tif", "a.tif.png", False), ("a.tif.png", "a.tif.png.png", False)],
        *[("x.tif/a.png", "x.tif/a.png", False), ("scan", "scan.png", False)],
    ],
)
def test_results_keep_names_that_can_hold_them(name, result, only_png):
    assert result_name(name, only_png) == result


@pytest.mark.parametrize(
    ("first", "second"),
    [("A.jpg", "a.JPG"), ("Ä.png", unicodedata.normalize("NFD", "ä.png"))],
)
def test_names_that_a_file_system_takes_for_the_same(tmp_path, first, second):
    protected = ProtectedFiles([])
    (tmp_path / first).touch()
    protected.add(tmp_path / first, "why")
    # On this file system they are two names.
    assert protected.overwritten_by(tmp_path / second) is None
    (tmp_path / second).touch()
    assert protected.overwritten_by(tmp_path / second) is None
    # As on a system where they are one: the file also exists under the second name.
    (tmp_path / second).unlink()
    (tmp_path / second).symlink_to(tmp_path / first)
    assert protected.overwritten_by(tmp_path / second) == "why"


def test_photographs_are_protected_under_all_their_names(tmp_path):
    (tmp_path / "h").mkdir()
    (tmp_path / "h/a.png").touch()
    (tmp_path / "link").symlink_to("h")
    protected = ProtectedFiles([Source(str(tmp_path / "link"), "a.png")])
    assert "the photograph" in protected.overwritten_by(tmp_path / "h/a.png")
    assert "the photograph" in protected.overwritten_by(tmp_path / "link/../h/a.png")
    assert protected.overwritten_by(tmp_path / "a.png") is None


@pytest.fixture
def done(tmp_path):
    """Two results that a table lists, and the rows of the table."""
    rows = []
    memory = Memory(tmp_path, "key")
    for name in ("a.png", "sub/b \udcff.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(name.encode(errors="replace"))
        rows.append(dict(result=name, reason=""))
        memory.remember(Source(str(tmp_path), name), rows[-1])
    rows.append(dict(result="", reason="broken"))
    write_listed(tmp_path, rows, 0)
    return tmp_path, rows


def test_the_number_of_lost_results_changes_when_one_is_lost_and_not_when_it_is_back(
    done, tmp_path
):
    out, rows = done
    assert count_lost(out) == 0
    content = (out / "a.png").read_bytes()
    for number, damage in enumerate([b"", content[:-1], None], 1):
        (out / "a.png").unlink()
        if damage is not None:
            (out / "a.png").write_bytes(damage)
        assert count_lost(out) == number
        (out / "a.png").write_bytes(content)
        write_listed(out, rows, number)
        assert count_lost(out) == number
    (out / rows[1]["result"]).unlink()
    (out / "a.png").unlink()
    assert count_lost(out) == 5


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"lost": 1}', '{"lost": 1, "results": 2}']
)
def test_a_damaged_note_counts_as_none(done, text):
    (done[0] / ".listed.json").write_text(text, encoding="utf-8")
    assert count_lost(done[0]) == 0


def test_a_cut_off_line_damages_no_other(done):
    out, _ = done
    with open(out / ".done.jsonl", "a", encoding="utf-8") as file:
        file.write('{"id": "cut o')
    (out / "c.png").touch()
    source = Source(str(out), "c.png")
    Memory(out, "key").remember(source, dict(result="c.png", reason=""))
    assert Memory(out, "key").recall(source)
    assert not Memory(out, "other code").recall(source)


def image(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4)).save(path)


def test_a_folder_of_results_is_not_listed(tmp_path):
    image(tmp_path / "a.png")
    claim(tmp_path / "out", [str(tmp_path)])
    image(tmp_path / "out/a.png")
    claim(tmp_path / "out", [str(tmp_path)])
    assert [source.name for source in list_images([str(tmp_path)])] == ["a.png"]


@pytest.mark.parametrize("out", ["h", "h/sub", "link"])
def test_results_among_photographs_are_refused(tmp_path, out):
    image(tmp_path / "h/sub/a.png")
    (tmp_path / "link").symlink_to("h/sub")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(StageError, match=r"holds photographs of .*: choose another"):
        claim(tmp_path / out, [str(tmp_path / "h")])
    claim(tmp_path, [str(tmp_path / "h")])  # a folder above the photographs is allowed
    claim(tmp_path / out, [str(tmp_path / "h/sub/a.png")])
    assert sorted(tmp_path.rglob("*")) == before
    (tmp_path / "file").touch()
    with pytest.raises(StageError, match="file is no folder"):
        claim(tmp_path / "file", [])


def test_the_list_of_results_is_json(done):
    listed = json.loads((done[0] / ".listed.json").read_text(encoding="utf-8"))
    assert listed["lost"] == 0 and len(listed["results"]) == 2
