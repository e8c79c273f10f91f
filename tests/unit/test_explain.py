"""Snakemake's reasons in words. What it prints is as Snakemake's own classes print it."""

from pathlib import Path

import pytest
from PIL import Image
from snakemake.persistence import ParamsChange

from colorization.planning.explain import explain, in_words
from colorization.runtime.files import write_json
from tests.support.records import record

ALL = dict(steps=7, mirror=True)
OLD, NEW, OTHER = ("a" * 64, "b" * 64, "c" * 64)


def changed(old, new):
    """Snakemake's reason for params with these values."""
    change = ParamsChange({*map(repr, old)}, {*map(repr, new)}, {"x"})
    return f"Params have changed since last execution: {change}"


@pytest.fixture
def outputs(tmp_path, monkeypatch):
    """A function that writes the record of a job with these params; the job's outputs."""
    monkeypatch.chdir(tmp_path)

    def write(**params):
        made = record(code=params.pop("code", OTHER), settings=params)
        path = Path("results/x/provenance/x.json")
        write_json(path, made.model_dump())
        return [Path("results/x/bins.npy"), path]

    return write


CASES = [
    (dict(settings=ALL), [ALL], [ALL | dict(steps=8)], "steps is 8, was 7"),
    (
        dict(encoding=dict(sigma=5.0), prior=dict(sigma=5.0, y=1)),
        [dict(sigma=5.0), dict(sigma=5.0, y=1)],
        [dict(sigma=4.0), dict(sigma=5.0, y=2)],
        {"encoding.sigma is 4.0, was 5.0", "prior.y is 2, was 1"},
    ),
    # What comes or goes as a whole is one phrase.
    (
        dict(runs=dict(full=ALL)),
        [dict(full=ALL)],
        [dict(full=ALL, other=ALL | dict(steps=9))],
        "run other: new",
    ),
    (
        dict(runs=dict(full=ALL, other=ALL)),
        [dict(full=ALL, other=ALL)],
        [dict(full=ALL | dict(mirror=False))],
        "run full.mirror is False, was True; run other: gone",
    ),
    (
        dict(settings=dict(a=1, perceptual=dict(x=1, y=dict(z=2)))),
        [dict(a=1, perceptual=dict(x=1, y=dict(z=2)))],
        [dict(a=1, perceptual=None)],
        "perceptual: gone",
    ),
    # Of lists, what is new and what is gone.
    (
        dict(settings=dict(t=[0.1, 0.2, 0.3])),
        [dict(t=[0.1, 0.2, 0.3])],
        [dict(t=[0.2, 0.5])],
        "t: 0.5 new, 0.1, 0.3 gone",
    ),
    (
        dict(settings=dict(t=[1, 2])),
        [dict(t=[1, 2])],
        [dict(t=[2, 1])],
        "t: in another order",
    ),
    # What digests stand for.
    (dict(code=OLD), [OLD], [NEW], "its code has changed"),
    (
        dict(contents=[OLD]),
        [[OLD]],
        [[NEW]],
        "the content of the files that it reads has changed",
    ),
    (
        dict(contents=[OLD], weights="/d/w.pth"),
        [[OLD]],
        [[NEW]],
        "the content of /d/w.pth has changed",
    ),
    (
        dict(templates=[OLD, NEW]),
        [[OLD, NEW]],
        [[NEW]],
        "the look of its page has changed",
    ),
    (dict(photographs=[]), [[]], [[NEW]], "photographs were colorized since"),
    (
        dict(photographs=[OLD, "unreadable"]),
        [[OLD, "unreadable"]],
        [[OLD, NEW], [NEW]],
        "photographs were colorized since",
    ),
    (
        dict(photographs=["unreadable"], datasets=dict(a="x"), runs=dict(a=ALL)),
        [["unreadable"], dict(a="x"), dict(a=ALL)],
        [["unreadable"] * 2, dict(a="x", b="x"), dict(a=ALL, b=ALL)],
        {"datasets.b: new", "run b: new"},
    ),
    (
        dict(photographs=OLD),
        [OLD],
        [NEW],
        "photographs were added, changed or removed",
    ),
    (
        dict(perceptual=dict(contents=dict(alexnet=[OLD]), alexnet=None)),
        [dict(contents=dict(alexnet=[OLD]), alexnet=None)],
        [dict(contents=dict(alexnet=[NEW]), alexnet=None)],
        "perceptual.contents.alexnet: the content has changed",
    ),
    (
        dict(code=OLD, settings=ALL),
        [OLD, ALL],
        [NEW, dict(steps=7, mirror=False)],
        {"its code has changed", "mirror is False, was True"},
    ),
    # Values that are neither.
    (
        dict(photographs="scikit-image 0.25"),
        ["scikit-image 0.25"],
        ["scikit-image 0.26"],
        "photographs is 'scikit-image 0.26', was 'scikit-image 0.25'",
    ),
    (dict(a="x", b="y"), ["x", "y"], ["z", "w"], {"a has changed", "b has changed"}),
    # Settings that look like what reasons are taken apart by.
    (
        dict(settings=dict(w="/d/My; Models before: 1 now: 2")),
        [dict(w="/d/My; Models before: 1 now: 2")],
        [dict(w="/d")],
        "w is '/d', was '/d/My; Models before: 1 now: 2'",
    ),
]


@pytest.mark.parametrize(("params", "before", "now", "words"), CASES)
def test_params_in_words(outputs, params, before, now, words):
    said = in_words(changed(before, now), outputs(**params))
    assert ({*said.split("; ")} if isinstance(words, set) else said) == words


def test_without_a_record_settings_are_told_all_the_same(outputs):
    nothing = [Path("results/none/x")]
    before, now = [OLD, ALL], [NEW, ALL | dict(steps=8)]
    assert {*in_words(changed(before, now), nothing).split("; ")} == {
        "steps is 8, was 7",
        "its code has changed (or the content of files that it reads)",
    }
    Path("results/x/provenance").mkdir(parents=True)
    broken = Path("results/x/provenance/x.json")
    broken.write_text("{", encoding="utf-8")
    assert "steps is 8, was 7" in in_words(changed(before, now), [broken])


def test_params_that_cannot_be_read(outputs):
    reason = "Params have changed since last execution: before: {'w': < now: >"
    assert in_words(reason, outputs()) == "its settings have changed"


def test_reasons_beside_the_params(outputs):
    reason = "; ".join(
        [
            "Updated input files: results/b, results/a",
            "Set of input files has changed since last execution",
            changed([dict(a=1)], [dict(a=2)]),
            "Software environment definition has changed since last execution",
        ]
    )
    assert in_words(reason, outputs(settings=dict(a=1))).split("; ") == [
        "the content of results/a, results/b has changed",
        "it is made from other files than before",
        "a is 2, was 1",
        "its software environment has changed",
    ]


def test_what_is_not_there_at_all(outputs, tmp_path):
    reason = "Missing output files: results/x/bins.npy; Updated input files: results/y"
    assert in_words(reason, [Path("results/none")]) == "not made yet"
    # Of what was made, some is gone.
    said = in_words(reason, outputs())
    assert said.startswith("results/x/bins.npy is missing; the content of results/y")


def photograph(path, colour="red"):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (8, 8), colour).save(path)


def test_photographs_that_came_and_went(tmp_path):
    """Where the workflow's folder is another than this process's."""
    for name in ("a.png", "sub/b.png", "c, é.png"):
        photograph(tmp_path / "photos" / name)
    folder = tmp_path / "results/data/folder-8"
    (folder / "provenance").mkdir(parents=True)
    (folder / "images.csv").write_text(
        "split,index,root,file\ntrain,0,photos,a.png\ntrain,1,photos,a.png\n"
        'test,0,photos,"c, é.png"\n',
        encoding="utf-8",
    )
    (folder / "skipped.csv").write_text(
        "root,file,reason\nphotos,sub/b.png,bad\n", encoding="utf-8"
    )
    name = "results/data/folder-8"
    settings = dict(source="folder", folder=dict(paths=["photos"], split={}))
    made = record(
        rule="folder",
        code=NEW,
        outputs={f"{name}/images.csv": "", f"{name}/skipped.csv": ""},
        settings=dict(settings=settings, listing=OLD),
    )
    write_json(folder / "provenance/folder.json", made.model_dump())

    def said():
        job = f"""
  Working directory: {tmp_path}
rule folder:
    output: {name}/train.npy, {name}/provenance/folder.json
    reason: {changed([OLD], [OTHER])}
    wildcards: dataset=folder-8
    resources: tmpdir=/tmp
"""
        (line,) = explain(job)
        return line.removeprefix("folder folder-8: ")

    assert said() == "the content of photographs has changed"
    photograph(tmp_path / "photos/new.png")
    assert said() == "1 photograph was added"
    photograph(tmp_path / "photos/newer.png")
    (tmp_path / "photos/a.png").unlink()
    assert said() == "2 photographs were added and 1 photograph was removed"
    (tmp_path / "photos").rename(tmp_path / "elsewhere")
    assert said() == "photographs were added, changed or removed"
