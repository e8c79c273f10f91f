"""A few of make chaos's faults, in workflows that other tests have finished."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.chaos import __main__ as chaos
from tests.support.workflows import ROOT

FAULTS = 6


@pytest.fixture(autouse=True)
def mounts():
    name_space = ["unshare", "--map-root-user", "--mount", "true"]
    if subprocess.run(name_space, capture_output=True).returncode:
        pytest.skip("this system lets nobody mount a disk to be filled")


def test_random_faults_lose_nothing(study, downloaded, tmp_path):
    summary = tmp_path / "summary.json"
    command = [sys.executable, "-m", "tests.chaos", "--faults", str(FAULTS)]
    command += ["--seed", "1", "--json", str(summary)]
    command += [f"study={study.folder}", f"stl10={downloaded.folder}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(summary.read_text(encoding="utf-8"))
    assert found["recovered"] == found["injected"] >= FAULTS
    assert not found["unclear"], done.stdout


def inside(folder):
    """The processes that work in a folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if Path(process.cwd()).is_relative_to(folder):
                found.append(process)
        except psutil.Error:
            pass
    return found


def test_a_campaign_that_is_ended_leaves_nothing_behind(study, tmp_path):
    command = [sys.executable, "-m", "tests.chaos", f"study={study.folder}"]
    places = dict(cwd=ROOT, env=os.environ | {"TMPDIR": str(tmp_path)})
    streams = dict(stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    campaign = subprocess.Popen(command, **places, **streams)
    end = time.monotonic() + 120
    while not inside(tmp_path) and time.monotonic() < end:
        time.sleep(0.1)
    assert inside(tmp_path)
    campaign.send_signal(signal.SIGTERM)
    assert campaign.wait(120) != 0
    end = time.monotonic() + 60
    while inside(tmp_path) and time.monotonic() < end:
        time.sleep(0.1)  # a Snakemake that gets a signal ends its jobs
    assert not inside(tmp_path)
    assert not list(tmp_path.glob("chaos-*"))


def test_an_undisturbed_run_says_how_far_it_is(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(chaos, "INTERVAL", 0.01)
    (tmp_path / "results/provenance").mkdir(parents=True)
    (tmp_path / "results/provenance/one.json").write_text("{}", encoding="utf-8")
    with chaos.progress("study", tmp_path):
        time.sleep(0.2)
    said = capsys.readouterr().out
    assert "study: an undisturbed run" in said
    assert "study: 1 jobs done after 0 s" in said
