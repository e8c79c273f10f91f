import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from datetime import datetime

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from PIL import Image
from safetensors import safe_open

from tests.support.report_page import check_page
from tests.support.workflows import OFFLINE, ROOT, Workflow, can_be_offline

# A Snakefile that imports this one as a module, and renames its rules.
IMPORTING = f"""
module colorful:
    snakefile: {str(ROOT / "Snakefile")!r}
    config: config

use rule * from colorful as colorful_*

onstart:
    colorful.warn_of_hours()
"""


@pytest.fixture(scope="module")
def starting(tmp_path_factory):
    """A workflow with a regression, none of it run."""
    runs = "runs: {l2: {train: {loss: regression, rebalance: false}}}"
    return Workflow(tmp_path_factory.mktemp("starting"), runs)


def files(workflow, pattern):
    found = sorted((workflow.folder / "results").glob(pattern))
    assert found, pattern
    return found


def test_artifacts_keep_their_contract(finished):
    (bins_path,) = files(finished, "gamut/seed326/bins.npy")
    bins = np.load(bins_path, allow_pickle=False)
    text = "\n".join(f"{int(a)},{int(b)}" for a, b in bins)
    assert hashlib.sha256(text.encode()).hexdigest().startswith("2227618363050adf")
    (table_path,) = files(finished, "prior/*/table.csv")
    table = pd.read_csv(table_path)
    assert abs((table["smoothed"] * table["weight"]).sum() - 1) < 1e-6
    assert abs(table["count"].sum() - 64 * 32 * 32) < 1
    weights = np.load(table_path.with_name("weights.npy"), allow_pickle=False)
    np.testing.assert_allclose(weights, table["weight"], rtol=1e-6)
    with safe_open(*files(finished, "train/full/model.safetensors"), "np") as model:
        metadata = {key: json.loads(value) for key, value in model.metadata().items()}
    assert metadata["settings"]["network"]["width"] == 0.125
    assert metadata["bins"] == bins.tolist()
    assert metadata["provenance"]["step"] in (3, 6)
    files(finished, "train/full/checkpoints/*/step-*.pt")
    history = pd.read_csv(*files(finished, "train/full/history.csv"))
    assert history["step"].tolist() == [3, 6]
    metrics = json.loads(
        files(finished, "evaluate/full/metrics.json")[0].read_text(encoding="utf-8")
    )
    assert metrics["images"] == 16
    assert set(metrics["methods"]) >= {"model", "gray"}
    comparison = pd.read_csv(*files(finished, "comparison.csv"))
    baselines = {"gray", "random", "prior mean", "ground truth"}
    assert set(comparison["run"]) == {"full"} | baselines
    auc = comparison[comparison["metric"] == "auc"]
    assert len(auc) == 5
    assert (auc["low"] <= auc["value"]).all() and (auc["value"] <= auc["high"]).all()


@pytest.mark.parametrize("pattern", ["gamut/*/*.png", "prior/*/*.png", "*/full/*.png"])
def test_pictures_show_something(finished, pattern):
    for path in files(finished, pattern):
        picture = np.asarray(Image.open(path).convert("RGB")).reshape(-1, 3)
        assert len(np.unique(picture, axis=0)) > 50, path


def test_the_report_holds_all_figures(finished):
    page = check_page(finished.folder / "results/report.html")
    assert page.count("<figure") == page.count("<img") == 10
    card = files(finished, "full/model_card.md")[0].read_text(encoding="utf-8")
    head = yaml.safe_load(card.split("---\n")[1])
    assert head["license"] == "mit"
    assert head["model-index"][0]["results"][0]["metrics"][0]["type"] == "auc"
    assert "| `train.steps` | 6 |" in card


def test_all_was_made_without_a_network(finished):
    """The run of `finished` was in a network name space without any network."""
    if not can_be_offline():
        pytest.skip("this system allows no network name space")
    assert files(finished, "report.html")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        code = (
            "import socket, sys; socket.create_connection(('127.0.0.1', sys.argv[1]))"
        )
        connect = [sys.executable, "-c", code, str(listening.getsockname()[1])]
        assert subprocess.run(connect).returncode == 0
        done = subprocess.run(
            [*OFFLINE, *connect], capture_output=True, encoding="utf-8"
        )
        assert "Network is unreachable" in done.stderr


def test_the_output_has_no_useless_messages(finished):
    assert "train full: done" in finished.output
    for noise in ("eligible for caching", "CUDA", "Config file"):
        assert noise not in finished.output


@pytest.mark.parametrize("target", ["all", "colorful_all"])
def test_hours_on_the_cpu_are_announced_once(fresh, target):
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device")
    if target == "colorful_all":
        fresh.root = fresh.folder
        (fresh.folder / "Snakefile").write_text(IMPORTING, encoding="utf-8")
    config = "--config", "train={device: auto, steps: 90000000}", "runs={wide: {}}"
    process = fresh.start(*config, "--", target, stderr=subprocess.PIPE)
    lines = []
    for line in process.stderr:
        lines.append(line)
        if "Select jobs" in line:
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    (line,) = (line for line in lines if "CUDA" in line)
    # Two runs of 8 × 90,000,000 images of a sixteenth of the pixels, at width 0.125.
    assert line.startswith("no CUDA device: training takes about 101 hours on two")


def test_a_second_run_has_nothing_to_do(finished):
    assert "Nothing to be done" in finished()


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


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("export/fulll/model.onnx", "no run 'fulll': did you mean 'full'?"),
        ("train/fulll/history.png", "no run 'fulll': did you mean 'full'?"),
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


def test_own_photographs_and_a_failing_import(fresh, rng):
    photos = fresh.folder / "my photos"
    photos.mkdir()
    for i in range(50):
        noise = rng.integers(0, 256, (8, 10, 3), dtype=np.uint8)
        Image.fromarray(noise).resize((60, 48)).save(photos / f"{i}.png")
    (photos / "broken.jpg").write_bytes(b"no image")
    folder = f"source: folder, folder: {{paths: ['{photos}'], max_skipped: %s}}"
    until = "--until", "folder", "--config"
    code, output = fresh(*until, f"data={{{folder % 0}}}", check=False)
    assert code != 0
    assert "1 of 51 images cannot be read" in output
    assert "Traceback" not in output
    fresh(*until, f"data={{{folder % 0.1}}}")
    (skipped,) = files(fresh, "data/folder-*/skipped.csv")
    assert pd.read_csv(skipped)["file"].tolist() == ["broken.jpg"]
    assert not fresh.planned(*until, f"data={{{folder % 0.1}}}")
    Image.new("RGB", (60, 48), "red").save(photos / "another.png")
    assert fresh.planned(*until, f"data={{{folder % 0.1}}}") == {"folder"}


def test_a_count_in_parts_is_the_same_count(finished, prepared):
    shutil.rmtree(prepared.folder / "results/prior")
    prepared("--until", "prior", "--set-scatter", "count=5")
    assert len(files(prepared, "data/*/colours/*-of-5.npy")) == 5
    for name in ("prior/*/table.csv", "prior/*/weights.npy"):
        (parts,), (whole,) = files(prepared, name), files(finished, name)
        assert parts.read_bytes() == whole.read_bytes()


def test_forty_runs_share_what_they_can(finished):
    runs = ", ".join(f"r{i}: {{train: {{seed: {i + 1}}}}}" for i in range(39))
    output = finished("-n", "--quiet", "rules", "--config", f"runs={{{runs}}}")
    counts = dict(re.findall(r"^(\w+) +(\d+)$", output, re.MULTILINE))
    assert counts["train"] == counts["evaluate"] == "39"
    assert not {"sample", "gamut", "count", "prior"} & counts.keys()


def test_one_gpu_trains_one_run_at_a_time(prepared):
    runs = "runs={another: {train: {seed: 1}}}"
    prepared("--until", "train", "--cores", "8", "--config", runs)
    spans = []
    for path in files(prepared, "train/*/provenance/train.json"):
        record = json.loads(path.read_text(encoding="utf-8"))
        start = datetime.fromisoformat(record["started"]).timestamp()
        spans.append((start, start + record["seconds"]))
    (_, end), (start, _) = sorted(spans)
    assert end <= start + 0.05  # seconds are rounded


def test_two_processes_train_a_run(prepared, finished):
    options = "--until", "train", "--config", "running={gpus: 2}"
    prepared(*options, "--resources", "gpu=2")
    histories = [
        pd.read_csv(*files(workflow, "train/full/history.csv"))
        for workflow in (prepared, finished)
    ]
    columns = ["step", "images", "train_loss", "validation_loss"]
    left, right = (history[columns] for history in histories)
    pd.testing.assert_frame_equal(left, right, rtol=1e-3)
    shutil.rmtree(prepared.folder / "results" / "train")
    assert "gpu=1: training on 1" in prepared(*options)


def test_a_missing_published_model_leaves_the_others(finished):
    run = "{kind: published, gamut: {bins: zhang313}, published: {weights: none.pth}}"
    output = finished("-n", "--config", f"runs={{authors: {run}}}")
    assert "runs.authors.published.weights: none.pth is missing" in output
    assert "Nothing to be done" in output


def test_a_wrong_checksum_is_refused(fresh, server):
    data = f"source: stl10, size: 96, stl10: {{url: '{server.url}', md5: {'0' * 32}}}"
    options = "--until", "stl10", "--config", f"data={{{data}}}"
    code, output = fresh(*options, check=False)
    assert code != 0
    assert "expected 00000000" in output
    assert "Traceback" not in output


def test_times_that_have_not_come_end_but_not_of_a_line_that_runs(fresh):
    result = fresh.folder / "results/gamut/any/bins.npy"
    locks = fresh.folder / ".snakemake/locks"
    for folder in (result.parent, locks):
        folder.mkdir(parents=True)
    result.touch()
    (locks / "0.input.lock").touch()
    later = time.time() + 1000
    os.utime(result, (later, later))
    fresh("-n", "--quiet")
    assert result.stat().st_mtime > time.time()
    (locks / "0.input.lock").unlink()
    fresh("-n", "--quiet")
    assert result.stat().st_mtime <= time.time()


def test_lint_finds_nothing(fresh):
    assert "good condition" in fresh("--lint")


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
