"""What params of rules hold: as text, which is what Snakemake compares."""

from pathlib import Path

import pytest
import yaml

from colorization.planning import stage_settings
from colorization.planning.config import SHIPPED, merge, read_file, resolve_runs


def run_of(text):
    return resolve_runs(merge(read_file(SHIPPED), yaml.safe_load(text)))["full"]


def names(paths):
    """In the place of digests."""
    return [f"digest of {Path(path).name}" for path in paths]


def test_pick_keeps_the_order_that_it_is_given():
    assert repr(stage_settings.pick(dict(a=1, b=2, c=3), "c", "a")) == (
        "{'c': 3, 'a': 1}"
    )


@pytest.mark.parametrize(("source", "labelled"), [("sample", False), ("stl10", True)])
def test_settings_of_evaluate(source, labelled):
    run = run_of(f"data: {{source: {source}}}")
    assert repr(stage_settings.evaluate_settings(run)) == (
        "{'device': 'auto', 'precision': 'float32', 'batch': 32, 'temperature': 0.38, "
        f"'rebalance': 0.9, 'labelled': {labelled}}}"
    )


def test_perceptual_settings_without_labels_have_no_classifier(tmp_path):
    found = stage_settings.perceptual_settings(run_of("{}"), names, tmp_path)
    assert found == dict(
        alexnet=None,
        inception=None,
        classifier=None,
        contents=dict(alexnet=[], inception=[]),
    )


def test_perceptual_settings_have_the_digests_of_weights(tmp_path):
    downloads = tmp_path / "hub/checkpoints"
    downloads.mkdir(parents=True)
    for name in ("vgg16-1.pth", "alexnet-b.pth", "alexnet-a.pth", "alexnet.txt"):
        (downloads / name).touch()
    run = run_of(
        "{data: {source: stl10}, evaluate: {perceptual: {inception: /data/own.pth}}}"
    )
    settings = stage_settings.perceptual_settings(run, names, tmp_path)
    assert settings["contents"] == dict(
        alexnet=["digest of alexnet-a.pth", "digest of alexnet-b.pth"],
        inception=["digest of own.pth"],
        vgg16=["digest of vgg16-1.pth"],
    )
    assert settings["classifier"] == dict(model="vgg16", weights=None, classes={})


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (dict(TORCH_HOME="/t", XDG_CACHE_HOME="/c"), Path("/t")),
        (dict(XDG_CACHE_HOME="/c"), Path("/c/torch")),
        ({}, Path.home() / ".cache/torch"),
    ],
)
def test_torch_home(environment, expected):
    assert stage_settings.torch_home(environment) == expected


def test_a_download_of_stl10_is_known_by_its_checksum():
    run = run_of("data: {source: stl10}")
    expected = "91f7769df0f17e558f3565bffb0c7dfb"
    assert stage_settings.stl10_contents(run, names) == expected
    local = run_of("data: {source: stl10, stl10: {path: here}}")
    digests = stage_settings.stl10_contents(local, names)
    assert "digest of unlabeled_X.bin" in digests and len(digests) > 3


def test_settings_of_report_and_card():
    run = run_of("{}")
    report = stage_settings.report_settings(run)
    slugs = dict(
        dataset="sample-96-43c802",
        gamut="seed326",
        prior="sample-96-43c802-seed326-k5-sigma5-lambda0.5-smooth5",
    )
    assert report == dict(settings=run, **slugs, labelled=False)
    card = stage_settings.card_settings(run)
    assert [*card] == [*report] and card.items() >= slugs.items()
    settings = card["settings"]
    assert " ".join(settings) == (
        "kind gamut encoding prior network train data evaluate"
    )
    assert settings["evaluate"] == dict(temperature=0.38, rebalance=0.9)
    assert settings["train"] == run["train"]
    assert {*settings["data"]} == {"source", "size", "sample"}
