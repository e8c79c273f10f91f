"""Stopped anywhere, the same line goes on; and the end is the same to the byte."""

import os
import signal
import subprocess
import time

from benchmarks.reproduce import artifacts, compare


def test_a_killed_run_goes_on_and_ends_the_same(fresh, finished):
    train = fresh.folder / "results/logs/train/full.log"
    with open(fresh.folder / "log", "w") as log:
        options = fresh.options() | dict(stdout=log, stderr=log)
        process = subprocess.Popen(**options, start_new_session=True)
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


def test_a_setting_that_looks_like_a_reason_is_explained_too():
    from colorization.explain import in_words

    value = "{'weights': '/d/My; Models/w.pth'}"
    reason = f"Params have changed since last execution: before: {value} now: {value}"
    assert in_words(reason).startswith("its settings changed")


def test_explain_says_why_in_words(finished, capsys):
    from colorization.explain import explain

    settings = "--config", "train={steps: 7, mirror: false}", "evaluate={batch: 4}"
    lines = list(explain(finished("-n", "--quiet", "progress", *settings)))
    train = next(line for line in lines if line.startswith("train full"))
    assert (
        train == "train full: train.mirror is False, was True; train.steps is 7, was 6"
    )
    evaluate = next(line for line in lines if line.startswith("evaluate full"))
    assert "made anew before it: results/train/full/model.safetensors" in evaluate
    assert not list(explain(finished("-n", "--quiet", "progress")))
