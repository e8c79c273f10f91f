"""A few of make chaos's faults, in workflows that other tests have finished."""

import json
import subprocess
import sys

import pytest

from tests.workflows import ROOT

FAULTS = 12


def test_random_faults_lose_nothing(study, downloaded, tmp_path):
    name_space = ["unshare", "--map-root-user", "--mount", "true"]
    if subprocess.run(name_space, capture_output=True).returncode:
        pytest.skip("this system lets nobody mount a disk to be filled")
    summary = tmp_path / "summary.json"
    command = [sys.executable, "-m", "tests.chaos", "--faults", str(FAULTS)]
    command += ["--seed", "1", "--json", str(summary)]
    command += [f"study={study.folder}", f"stl10={downloaded.folder}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(summary.read_text(encoding="utf-8"))
    assert found["recovered"] == found["injected"] >= FAULTS
    assert not found["unclear"], done.stdout
