"""A workflow that is stopped anywhere goes on, and its results are the same to the byte."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time

from benchmarks.reproduce import artifacts, compare
from colorization.planning.explain import explain
from tests.support.workflows import ROOT


def test_a_killed_run_goes_on_and_ends_the_same(fresh, finished):
    train = fresh.folder / "results/logs/train/full.log"
    with open(fresh.folder / "log", "w", encoding="utf-8") as log:
        process = fresh.start("--until", "evaluate", stdout=log, stderr=log)
    end = time.monotonic() + 120
    while not train.exists():
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (fresh.folder / "results/evaluate/full/metrics.json").exists()
    fresh("--unlock")
    planned = fresh.planned()
    assert "train" in planned and not {"gamut", "prior", "count"} & planned
    fresh("--until", "evaluate")
    found, whole = (artifacts(w.folder / "results") for w in (fresh, finished))
    table = compare(found, {name: whole[name] for name in found})
    assert table["equal"].all(), table[~table["equal"]]
    assert {"train/full/model.safetensors", "evaluate/full/metrics.json"} <= set(found)


def test_explain_prints_what_the_documents_say(finished):
    """The example in docs/how-it-works.md, on small data."""
    text = (ROOT / "docs/how-it-works.md").read_text(encoding="utf-8")
    example = re.search(r"    make explain WITH=\"(.*)\"\n((?:    .*\n)+)", text)
    command = [sys.executable, "-m", "colorization", "explain", "--"]
    options = [*finished.options()["args"][3:], *shlex.split(example[1])]
    done = subprocess.run(
        [*command, *options],
        cwd=finished.folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    *shown, more = [line.strip() for line in example[2].splitlines()]
    assert len(shown) >= 3 and more == "…"
    # Of jobs that do not wait for each other, Snakemake names any first.
    assert {*shown} < {*done.stdout.splitlines()}


def test_explain_of_a_new_run_is_short(finished):
    config = "--config", "runs={other: {train: {seed: 9}}}"
    lines = list(explain(finished("-n", "--quiet", "progress", *config)))
    assert "settings: run other: new" in lines
    assert "train other: not made yet" in lines
    assert not any("None" in line for line in lines)
    assert max(map(len, lines)) < 250


def test_explain_says_why_in_words(finished):
    settings = "--config", "train={steps: 7, mirror: false}", "evaluate={batch: 4}"
    lines = list(explain(finished("-n", "--quiet", "progress", *settings)))
    train = next(line for line in lines if line.startswith("train full"))
    assert (
        train == "train full: train.mirror is False, was True; train.steps is 7, was 6"
    )
    evaluate = next(line for line in lines if line.startswith("evaluate full"))
    assert "made anew before it: results/train/full/model.safetensors" in evaluate
    assert not list(explain(finished("-n", "--quiet", "progress")))
