"""Runs with other data, parts, devices and processes."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from colorization.runtime.device import available
from tests.support.workflows import ROOT, files, forked

# A Snakefile that imports this one as a module, and renames its rules.
IMPORTING = f"""
module colorful:
    snakefile: {str(ROOT / "Snakefile")!r}
    config: config

use rule * from colorful as colorful_*

onstart:
    colorful.warn_of_hours()
"""


@pytest.mark.parametrize("target", ["all", "colorful_all"])
def test_hours_on_the_cpu_are_announced_once(fresh, target):
    if available() != ["cpu"]:
        pytest.skip("there is a GPU")
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
    (line,) = (line for line in lines if "training takes" in line)
    # Two runs of 8 × 90,000,000 images of a sixteenth of the pixels, at width 0.125.
    assert line.startswith("no GPU: training takes about 101 hours on two")


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
    forked(prepared)("--until", "prior", "--set-scatter", "count=5")
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
    forked(prepared)("--until", "train", "--cores", "8", "--config", runs)
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
    assert "gpu=1: training on 1" in forked(prepared)(*options)


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
