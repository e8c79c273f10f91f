"""Snakemake's cache between workflows: two clones compute bins, prior and data once."""

from pathlib import Path

import pytest
from PIL import Image

from tests.support.workflows import Workflow, copy_code

CACHED = ["gamut/*/bins.npy", "prior/*/table.csv", "prior/*/weights.npy"]
CACHED += ["data/*/train.npy", "data/*/dataset.json", "data/*/colours/*.npy"]
PHOTOS = "data: {source: folder, folder: {paths: [photos]}}"


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A function that makes a clone, code and all, that shares the one cache."""
    base = tmp_path_factory.mktemp("clones")
    cache = base / "cache"
    cache.mkdir()

    def make(name, settings=""):
        folder = base / name
        folder.mkdir()
        workflow = Workflow(folder, settings, copy_code(folder / "code"))
        workflow.environment = {"SNAKEMAKE_OUTPUT_CACHE": str(cache)}
        workflow.forks_jobs = True
        return workflow

    return make


def prepare(workflow, *options):
    """Up to the prior; where each cached file really lies, and what it holds."""
    workflow("--until", "prior", "--cache", *options)
    results, found = workflow.folder / "results", {}
    for pattern in CACHED:
        (path,) = results.glob(pattern)
        found[pattern] = path.resolve()
    return found


@pytest.fixture(scope="module")
def here(clone):
    """What a first clone has computed."""
    return prepare(clone("first"))


def test_two_clones_compute_once(clone, here, finished):
    second = clone("second")
    times = {path: path.stat().st_mtime_ns for path in here.values()}
    there = prepare(second)
    assert here == there
    assert times == {path: path.stat().st_mtime_ns for path in there.values()}
    for pattern, path in there.items():
        assert path.parent.name == "cache"
        (computed,) = (finished.folder / "results").glob(pattern)
        assert path.read_bytes() == computed.read_bytes(), pattern
    # All else works on top of what came from the cache.
    second("--until", "train", "--cache")
    model = "results/train/full/model.safetensors"
    expected = (finished.folder / model).read_bytes()
    assert (second.folder / model).read_bytes() == expected


def misses(before, after):
    return {pattern for pattern in CACHED if before[pattern] != after[pattern]}


def test_changed_code_and_settings_miss(clone, here):
    other_code = clone("code")
    with open(
        other_code.root / "colorization/method/prior.py", "a", encoding="utf-8"
    ) as file:
        file.write("\n_changed = 1\n")
    prior = {"prior/*/table.csv", "prior/*/weights.npy"}
    assert misses(here, prepare(other_code)) == prior
    setting = "prior: {sigma: 3}"
    assert misses(here, prepare(clone("setting", setting))) == prior
    parts = clone("parts")
    parts("--until", "count", "--cache", "--set-scatter", "count=2")
    one, two = (parts.folder / "results").glob("data/*/colours/*.npy")
    assert one.resolve() != two.resolve()


def test_changed_data_miss(clone, rng):
    def with_photos(name):
        workflow = clone(name, PHOTOS)
        (workflow.folder / "photos").mkdir()
        for i in range(40):
            picture = Image.new("RGB", (48, 48), (6 * i, 100, 40))
            picture.save(workflow.folder / "photos" / f"{i}.png")
        return workflow

    before = prepare(with_photos("photographs"))
    assert misses(before, prepare(with_photos("same"))) == set()
    changed = with_photos("other")
    Image.new("RGB", (48, 48), "blue").save(changed.folder / "photos/7.png")
    after = prepare(changed)
    assert misses(before, after) == set(CACHED) - {"gamut/*/bins.npy"}
    assert Path(before["gamut/*/bins.npy"]).exists()
