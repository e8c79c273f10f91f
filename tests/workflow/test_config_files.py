"""Which settings count, and what is said of wrong ones and of names that nothing has."""

import json
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tests.support.workflows import ROOT, Workflow


@pytest.mark.parametrize(
    "setting",
    [
        "train={bach: 8}",
        "train={batch: none}",
        "data={source: folder}",
        "runs={'a/b': {}}",
    ],
)
def test_a_bad_config_stops_before_any_job(finished, setting):
    before = sorted((finished.folder / "results").rglob("*"))
    code, output = finished("--config", setting, check=False)
    assert code != 0
    assert "Traceback" not in output
    assert sum(line.startswith("config: ") for line in output.splitlines()) == 1
    assert sorted((finished.folder / "results").rglob("*")) == before


def bins_planned(workflow, *options):
    output = workflow("-n", "--quiet", "progress", "--until", "gamut", *options)
    return re.findall(r"results/gamut/([^/]+)/bins.npy", output)[0]


def test_the_more_particular_config_counts(fresh):
    """The clone's config, one in the working folder, --configfile, --config."""
    assert bins_planned(fresh) == "seed326"
    (fresh.folder / "config.yaml").write_text(
        "gamut: {bins: knn320, grid: 11}\n", encoding="utf-8"
    )
    assert bins_planned(fresh) == "knn320-grid11"
    (fresh.folder / "own.yaml").write_text("gamut: {grid: 12}\n", encoding="utf-8")
    assert bins_planned(fresh) == "knn320-grid12"
    assert bins_planned(fresh, "--config", "gamut={grid: 10}") == "knn320"
    (fresh.folder / "config.yaml").write_text(
        "samples: of another project\n", encoding="utf-8"
    )
    status, output = fresh("-n", check=False)
    assert status and "config: samples: unknown key" in output
    assert f"({fresh.folder}/config.yaml counts, too)" in output


def test_the_working_folder_may_be_another(fresh):
    """Paths in settings start there, and its config.yaml counts."""
    (fresh.folder / "2024").mkdir()
    Image.new("RGB", (60, 48), "red").save(fresh.folder / "2024/a.png")
    (fresh.folder / "config.yaml").write_text(
        "colorize: {photos: '2024'}\n", encoding="utf-8"
    )
    command = [sys.executable, "-m", "snakemake", "-n", "--directory", fresh.folder]
    done = subprocess.run(
        [*command, "--cores", "1", "colorize"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "colorize" in done.stdout
    assert "profiles/default" in done.stderr


def test_digits_are_names(fresh):
    status, output = fresh(
        "-n", "colorize", "--config", "colorize-photos=2024_05", check=False
    )
    assert status
    assert "config: colorize.photos: '2024_05' is neither a folder nor a file" in output
    (fresh.folder / "2024").mkdir()
    config = "--config", "colorize-photos=2024", "colorize-run=2024", "runs={2024: {}}"
    assert "colorize" in fresh.planned(*config, "--", "colorize")


@pytest.fixture(scope="module")
def starting(tmp_path_factory):
    """A workflow with a regression, none of it run."""
    runs = "runs: {l2: {train: {loss: regression, rebalance: false}}}"
    return Workflow(tmp_path_factory.mktemp("starting"), runs)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("export/fulll/model.onnx", "no run 'fulll': did you mean 'full'?"),
        ("train/fulll/history.csv", "no run 'fulll': did you mean 'full'?"),
        ("no_such/model_card.md", "no run 'no_such': the config has full, l2"),
        ("data/sample-32/train.npy", "no dataset 'sample-32': did you mean 'sample-"),
        ("prior/x/prior.png", "no prior 'x': the config has sample-32-"),
        ("gamut/zhang31/gamut.png", "no bins 'zhang31': gamut.bins: 'zhang31' is not"),
        ("probe/full/probe.png", "run 'full' has images without classes"),
        ("evaluate/l2/temperatures.png", "run 'l2' is a regression"),
    ],
)
def test_a_name_that_nothing_has_is_said_in_a_line(starting, target, message):
    status, output = starting("-n", "--", f"results/{target}", check=False)
    assert status
    assert "Traceback" not in output and "Exception" not in output
    assert sum(message in line for line in output.splitlines()) == 1
    assert output.splitlines()[-1].startswith(message)


def test_bins_that_no_run_uses(starting):
    folder = starting.folder / "results/gamut"
    starting("--", "results/gamut/zhang313/bins.npy")
    assert np.load(folder / "zhang313/bins.npy").shape == (313, 2)
    target = "results/gamut/seed326-grid12/gamut.png"
    assert starting.planned("--", target) == {"gamut", "draw_gamut"}


def test_a_missing_published_model_leaves_the_others(finished):
    run = "{kind: published, gamut: {bins: zhang313}, published: {weights: none.pth}}"
    output = finished("-n", "--config", f"runs={{authors: {run}}}")
    assert "runs.authors.published.weights: none.pth is missing" in output
    assert "Nothing to be done" in output


BOMB = "a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12)
)

MERGES = "a0: &a0 {x: 1}\n" + "".join(
    f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 10)}]}}\n" for i in range(1, 12)
)
TEMPLATE = "__use_yte__: true\ntrain: {?str(__import__('os').mkdir('pwned')): 1}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TEMPLATE, "__use_yte__: a config may not run code"),
        (json.dumps(dict(__use_yte__=True)), "__use_yte__: a config may not run code"),
        ("train: " + "[" * 3000 + "]" * 3000, "cannot be read"),
        ("train: " + "[" * 30 + "]" * 30, "nested more than 20 levels"),
        (BOMB, "more than 10,000 values"),
        (MERGES, "more than 10,000 values"),
        ("runs: &r\n  full: *r\n", "nested more than 20 levels"),
        (f"{TEMPLATE}x: !!python/tuple [1]\n", "constructor for the tag"),
        ("train: {seed: !!bool foo}", "cannot be read: 'foo'"),
        ("train: {seed: !!int ''}", "cannot be read"),
        ("- &a a\n---\n- b", "cannot be read: expected a single document"),
        (f"train: {{steps: {'9' * 5000}}}", "cannot be read"),
    ],
    ids=[
        "template",
        "JSON",
        "deep",
        "nested",
        "bomb",
        "merges",
        "loop",
        "tag",
        "bool",
        "int",
        "two",
        "huge",
    ],
)
def test_a_config_that_is_none_is_refused(fresh, text, message):
    (fresh.folder / "config.yaml").write_text(text, encoding="utf-8")
    status, output = fresh("-n", check=False)
    assert status and message in output and "Traceback" not in output
    assert not (fresh.folder / "pwned").exists()


def test_a_bomb_on_top_of_the_config_is_refused(fresh):
    (fresh.folder / "own.yaml").write_text(BOMB, encoding="utf-8")
    status, output = fresh("-n", check=False)
    assert status and "config: more than 10,000 values" in output


@pytest.mark.parametrize("tag", ["object/apply:os.system", "object/new:os.system"])
def test_a_config_runs_no_code(fresh, tag):
    (fresh.folder / "own.yaml").write_text(
        f"data: !!python/{tag} ['touch pwned']\n", encoding="utf-8"
    )
    status, output = fresh("-n", check=False)
    assert status and "not valid JSON or YAML" in output
    assert not (fresh.folder / "pwned").exists()
