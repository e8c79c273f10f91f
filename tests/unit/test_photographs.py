import errno
import logging
import struct
import zlib

import imagecodecs
import numpy as np
import pytest
import torch
from PIL import Image

from colorization.__main__ import main
from colorization.data.colorized import Memory
from colorization.data.listing import Source, list_images
from colorization.images.image_file import load
from colorization.inference import full_resolution, photographs
from colorization.runtime.log import StageError

OPTIONS = full_resolution.Options()


def run(model, folder, out, memory=None):
    sources = list_images([str(folder)])
    return photographs.colorize_files(model, sources, out, OPTIONS, memory)


def test_files_of_many_kinds(model, cat, tmp_path, caplog):
    folder, out = tmp_path / "in", tmp_path / "out"
    (folder / "a b" / "été").mkdir(parents=True)
    image = Image.fromarray(cat)
    exif = image.getexif()
    exif[0x0112], exif[0x010F] = 6, "Camera"
    image.save(folder / "a b" / "turned.jpg", exif=exif)
    image.convert("L").save(folder / "a b" / "été" / "gray.png")
    image.convert("CMYK").save(folder / "cmyk.jpg")
    alpha = np.linspace(0, 255, 120 * 180).astype(np.uint8).reshape(120, 180)
    Image.fromarray(np.dstack([cat, alpha])).save(folder / "alpha.png")
    Image.fromarray(np.dstack([cat, alpha])).save(folder / "alpha.webp", lossless=True)
    deep = imagecodecs.png_encode(cat.astype(np.uint16) * 200)
    (folder / "deep.png").write_bytes(deep)
    (folder / "broken.jpg").write_bytes(b"no image")
    rows = {row["photograph"]: row for row in run(model, folder, out)}
    results = {name: row["result"] for name, row in rows.items() if row["result"]}
    assert results == {
        "a b/turned.jpg": "a b/turned.jpg",
        "a b/été/gray.png": "a b/été/gray.png",
        "alpha.png": "alpha.png",
        "alpha.webp": "alpha.webp.png",
        "cmyk.jpg": "cmyk.jpg",
        "deep.png": "deep.png",
    }
    assert rows["broken.jpg"]["reason"]
    assert [r.message for r in caplog.records if r.levelno == logging.ERROR] == [
        f"{folder}/broken.jpg: {rows['broken.jpg']['reason']}"
    ]
    sizes = {name: load(out / result).rgb.shape for name, result in results.items()}
    assert sizes.pop("a b/turned.jpg") == (180, 120, 3)
    assert set(sizes.values()) == {(120, 180, 3)}
    with Image.open(out / "a b" / "turned.jpg") as file:
        assert file.getexif().get(0x010F) == "Camera"
        assert 0x0112 not in file.getexif()
    for name in ("alpha.png", "alpha.webp.png"):
        assert np.array_equal(load(out / name).alpha, alpha)
    coloured = load(out / "deep.png").rgb
    assert coloured.dtype == np.uint16
    assert len(np.unique(coloured % 257)) > 200
    # Of one photograph in other clothes the colours are the same.
    turned = load(out / "a b" / "turned.jpg").rgb.astype(int)
    upright = load(out / "cmyk.jpg").rgb.astype(int)
    assert np.abs(np.rot90(turned).mean((0, 1)) - upright.mean((0, 1))).max() < 4


def test_a_colour_profile_is_converted(tmp_path, cat):
    # Swapped primaries: what is red in this space is green in sRGB.
    profile = imagecodecs.cms_profile(
        "rgb",
        whitepoint=[0.3127, 0.329, 1.0],
        primaries=[0.3, 0.6, 1.0, 0.64, 0.33, 1.0, 0.15, 0.06, 1.0],
        gamma=2.2,
    )
    for pixels in (cat, cat.astype(np.uint16) * 257):
        image = Image.fromarray(cat)
        image.save(tmp_path / "a.png", icc_profile=profile)
        if pixels.dtype == np.uint16:
            insert_deep(tmp_path / "a.png", pixels)
        coloured = load(tmp_path / "a.png").rgb / np.iinfo(pixels.dtype).max
        expected = (cat / 255)[..., [1, 0, 2]]
        assert np.abs(coloured - expected).mean() < 0.02
        assert load(tmp_path / "a.png").rgb.dtype == pixels.dtype


def insert_deep(path, pixels):
    """Give a PNG 16-bit pixels under the colour profile that it has."""
    with Image.open(path) as file:
        body = b"icc\0\0" + zlib.compress(file.info["icc_profile"])
    chunk = struct.pack(">I", len(body)) + b"iCCP" + body
    chunk += struct.pack(">I", zlib.crc32(b"iCCP" + body))
    deep = imagecodecs.png_encode(pixels)
    path.write_bytes(deep[:33] + chunk + deep[33:])


def test_a_broken_profile_is_none(tmp_path, cat):
    Image.fromarray(cat).save(tmp_path / "a.png", icc_profile=b"broken" * 40)
    assert np.array_equal(load(tmp_path / "a.png").rgb, cat)


def test_gray_profile(tmp_path, cat):
    profile = imagecodecs.cms_profile(
        "gray", whitepoint=[0.3127, 0.329, 1.0], gamma=1.0
    )
    gray = np.full((8, 8), 55, np.uint8)  # 0.2157 of linear light
    Image.fromarray(gray).save(tmp_path / "a.png", icc_profile=profile)
    assert abs(int(load(tmp_path / "a.png").rgb[0, 0, 0]) - 128) <= 2


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path):
    Image.new("1", (20000, 20000)).save(tmp_path / "bomb.png")
    with pytest.raises(ValueError, match="20000×20000 pixels are more than 90,000,000"):
        load(tmp_path / "bomb.png")


def test_only_new_and_changed_photographs_are_colorized(model, cat, tmp_path):
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for name in ("a.png", "b.png"):
        Image.fromarray(cat).save(folder / name)
    seen = []

    class Telling(Memory):
        def remember(self, source, row):
            seen.append(source.name)
            super().remember(source, row)

    def again(key="model"):
        seen.clear()
        return run(model, folder, out, Telling(out, key))

    first = again()
    assert seen == ["a.png", "b.png"]
    assert again() == first
    assert seen == []
    Image.fromarray(cat[::-1]).save(folder / "b.png")
    Image.fromarray(cat).save(folder / "c.png")
    assert len(again()) == 3
    assert seen == ["b.png", "c.png"]
    (out / "a.png").unlink()
    again()
    assert seen == ["a.png"]
    (out / "c.png").write_bytes(b"cut off")
    with open(out / ".done.jsonl", "a", encoding="utf-8") as file:
        file.write('{"id": "cut off')
    again()
    assert seen == ["c.png"]
    again("another model")
    assert seen == ["a.png", "b.png", "c.png"]


def test_a_full_disk_is_no_fault_of_a_photograph(model, cat, tmp_path, monkeypatch):
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    Image.fromarray(cat).save(folder / "a.png")

    def fill(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    def again():
        return run(model, folder, out, Memory(out, "model"))

    with monkeypatch.context() as full:
        full.setattr(photographs, "save", fill)
        with pytest.raises(StageError, match=r"a\.png: No space left .* make room"):
            again()
    (row,) = again()
    assert row["result"] == "a.png" and not row["reason"]


def test_what_was_away_for_a_while_is_tried_again(model, cat, tmp_path, monkeypatch):
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    Image.fromarray(cat).save(folder / "a.png")

    def fail(path, *_):
        raise OSError(errno.EIO, "Input/output error", str(path))

    def again():
        return run(model, folder, out, Memory(out, "model"))

    with monkeypatch.context() as away:
        away.setattr(photographs, "read", fail)
        assert "Input/output error" in again()[0]["reason"]
    assert again()[0]["result"] == "a.png"


def command(model_path, *arguments):
    return main(["colorize", "--model", str(model_path), *map(str, arguments)])


def test_the_command_line(model_path, cat, tmp_path, capsys):
    Image.fromarray(cat).save(tmp_path / "a.jpg")
    out = tmp_path / "out"
    options = "--side-by-side", "--temperature", "0.7", "--size", "48"
    assert command(model_path, tmp_path, "-o", out, "--device", "cpu", *options) == 0
    assert capsys.readouterr().out == f"1 of 1 colorized, in {out}\n"
    both = load(out / "a.jpg").rgb.astype(int)
    assert both.shape == (120, 360, 3)
    chroma = np.ptp(both, axis=2).mean(0)
    assert chroma[:170].max() < 8 < chroma[190:].mean()
    # What lies in the output already is no photograph, though it is below the folder.
    assert command(model_path, tmp_path, "-o", tmp_path / "2", "--device", "cpu") == 0
    assert capsys.readouterr().out == f"1 of 1 colorized, in {tmp_path}/2\n"
    (tmp_path / "b.jpg").write_bytes(b"no image")
    assert command(model_path, tmp_path, "-o", out, "--device", "cpu") == 1
    assert capsys.readouterr().out == f"1 of 2 colorized, in {out}\n"
    assert load(out / "a.jpg").rgb.shape == (120, 180, 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "-o", "out"], "'nowhere' is neither a folder nor a file"),
        ([".", "-o", "out"], "no image in ."),
    ],
)
def test_the_command_line_says_what_is_wrong(
    model_path, arguments, message, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert command(model_path, *arguments) == 1
    assert capsys.readouterr().err == f"{message}\n"


@pytest.mark.parametrize(
    "option",
    [("--temperature", "0"), ("--vividness", "2"), ("--size", "8")],
)
def test_the_command_line_refuses_what_makes_no_sense(model_path, option, capsys):
    with pytest.raises(SystemExit):
        command(model_path, ".", "-o", "out", *option)
    assert option[0] in capsys.readouterr().err


def test_results_may_lie_above_the_photographs(
    model_path, cat, tmp_path, monkeypatch, capsys, caplog
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "h").mkdir()
    Image.fromarray(cat).save("h/a.jpg")
    before = (tmp_path / "h/a.jpg").read_bytes()
    for _ in range(2):
        assert command(model_path, "h", "-o", ".") == 0
        assert capsys.readouterr().out == "1 of 1 colorized, in .\n"
    assert load("a.jpg").rgb.shape == cat.shape
    assert command(model_path, "h/a.jpg", "-o", "h") == 1
    assert "h/a.jpg: the result would overwrite the photograph" in caplog.text
    assert command(model_path, "h", "-o", "h") == 1
    assert capsys.readouterr().err.startswith(
        "h holds photographs of h: choose another"
    )
    assert (tmp_path / "h/a.jpg").read_bytes() == before


def test_the_command_line_says_once_what_it_does_not_look_at(
    model_path, cat, tmp_path, caplog
):
    caplog.set_level(logging.INFO)
    Image.fromarray(cat).save(tmp_path / "a.jpg")
    (tmp_path / "@eaDir/a.jpg").mkdir(parents=True)
    for name in ("@eaDir/a.jpg/THUMB.jpg", "._a.jpg", "x.mov"):
        (tmp_path / name).write_bytes(b"no image")
    assert command(model_path, tmp_path, "-o", tmp_path / "out") == 0
    lines = [record.message for record in caplog.records][:2]
    assert lines == [
        f"in {tmp_path}: 1 file is no image that can be read: 1 .mov",
        f"in {tmp_path}: left out as hidden or generated: 2 (@eaDir, ._a.jpg)",
    ]


def test_a_photograph_is_never_written_over(model, cat, tmp_path):
    Image.fromarray(cat).save(tmp_path / "a.png")
    before = (tmp_path / "a.png").read_bytes()
    (row,) = run(model, tmp_path, tmp_path)
    assert "overwrite" in row["reason"]
    assert (tmp_path / "a.png").read_bytes() == before


def test_of_two_photographs_of_one_name_the_first_is_kept(model, cat, tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    Image.fromarray(cat).save(tmp_path / "a" / "x.png")
    Image.fromarray(cat[:60]).save(tmp_path / "b" / "x.png")
    sources = list_images([str(tmp_path / "a"), str(tmp_path / "b")])
    out = tmp_path / "out"
    for _ in range(2):
        memory = Memory(out, "model")
        one, two = photographs.colorize_files(model, sources, out, OPTIONS, memory)
        assert not one["reason"]
        assert (
            f"overwrite that of {tmp_path}/a/x.png: give one of the two"
            in two["reason"]
        )
        assert load(out / "x.png").rgb.shape == cat.shape
    # The reason was the first photograph: without it the second is colorized.
    (row,) = photographs.colorize_files(model, sources[1:], out, OPTIONS, memory)
    assert row["result"] == "x.png" and load(out / "x.png").rgb.shape[0] == 60


def test_each_photograph_has_a_result_of_its_own(model, cat, tmp_path):
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    for width, name in enumerate(["b.tif", "b.tif.png", "A.jpg", "a.JPG"], 100):
        Image.fromarray(cat[:, :width]).save(folder / name)
    results = {row["photograph"]: row["result"] for row in run(model, folder, out)}
    assert len(set(results.values())) == 4
    for name, result in results.items():
        assert load(out / result).rgb.shape == load(folder / name).rgb.shape
    # Where other names are for one file, the second photograph is refused.
    (out / results["a.JPG"]).unlink()
    (out / results["a.JPG"]).symlink_to("A.jpg")
    reasons = {row["photograph"]: row["reason"] for row in run(model, folder, out)}
    assert f"overwrite that of {folder}/A.jpg" in reasons.pop("a.JPG")
    assert not any(reasons.values())


def test_no_photograph_of_another_folder_is_written_over(model, cat, tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        Image.fromarray(cat).save(tmp_path / folder / f"{folder}.png")
    (tmp_path / "b" / "a.png").symlink_to("b.png")
    Image.fromarray(cat).save(tmp_path / "a" / "b.png")
    sources = list_images([str(tmp_path / "a"), str(tmp_path / "b")])
    before = (tmp_path / "b" / "b.png").read_bytes()
    rows = photographs.colorize_files(model, sources, tmp_path / "b", OPTIONS)
    assert (tmp_path / "b" / "b.png").read_bytes() == before
    assert [bool(row["reason"]) for row in rows] == [True, True, True]


def test_one_file_is_named_by_itself(cat, tmp_path):
    Image.fromarray(cat).save(tmp_path / "a.png")
    sources = list_images([str(tmp_path / "a.png")])
    assert sources == [Source(str(tmp_path), "a.png")]


def test_photographs_in_flight_are_bounded_and_have_different_names(monkeypatch):
    monkeypatch.setattr(photographs, "MOST_IN_FLIGHT", 100)
    flight = [
        photographs._InFlight(Source("in", name), 40, None, None)
        for name in ("a/x.jpg", "é.tif.png")
    ]

    def may_start(name, pixels=20, most=3):
        return photographs._may_start(Source("in", name), pixels, flight, most)

    assert may_start("b/x.jpg") and not may_start("b/x.jpg", pixels=21)
    assert not may_start("b/x.jpg", most=2)
    # File systems and names of results make these one.
    for name in ("A/X.JPG", "a/x.jpg.png", "e\u0301.tif", "É.TIF"):
        assert not may_start(name)
    flight.clear()
    assert may_start("huge.jpg", pixels=100)


def test_several_in_flight_give_what_one_at_a_time_gives(model, cat, tmp_path):
    (tmp_path / "in").mkdir()
    for i in range(12):
        Image.fromarray(cat[i : 60 + 2 * i]).save(tmp_path / f"in/{i}.png")
    (tmp_path / "in/5.jpg").write_bytes(b"no image")
    threads, written = torch.get_num_threads(), []
    try:
        for count in (1, 4):
            torch.set_num_threads(count)
            out = tmp_path / str(count)
            rows = run(model, tmp_path / "in", out)
            files = {p.name: load(p).rgb for p in out.iterdir() if p.suffix == ".png"}
            written.append((rows, files))
    finally:
        torch.set_num_threads(threads)
    (alone, first), (together, second) = written
    assert alone == together and len(first) == 12
    for name, pixels in first.items():
        # torch adds in another order with other threads
        assert np.abs(pixels.astype(int) - second[name]).max() <= 1
