"""Runs the real Snakefile in a folder of its own, on small data and settings."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SMALL = """
data:
  size: 32
  sample: {train: 64, validation: 16, test: 16}
network: {width: 0.125}
train:
  {steps: 6, batch: 8, crop: 24, validate_every: 3, precision: float32, device: cpu}
evaluate:
  {grid_images: 3, batch: 8, device: cpu, temperatures: [0.38, 1.0], sweep_images: 8}
"""


class Workflow:
    """The repository's workflow with results in `folder`."""

    def __init__(self, folder, settings=SMALL):
        self.folder = folder
        (folder / "small.yaml").write_text(settings)
        for name in ("config.yaml", "profiles"):
            (folder / name).symlink_to(ROOT / name)

    def options(self, *arguments):
        """What to start, as subprocess's functions take it."""
        command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
        command += ["--cores", "2", "--resources", "gpu=1"]
        command += ["--configfile", "small.yaml", *arguments]
        environment = os.environ | {"COLUMNS": "200"}
        return dict(
            args=list(map(str, command)), cwd=self.folder, text=True, env=environment
        )

    def __call__(self, *arguments, check=True):
        done = subprocess.run(**self.options(*arguments), capture_output=True)
        output = done.stdout + done.stderr
        assert not check or done.returncode == 0, output
        return output if check else (done.returncode, output)

    def planned(self, *arguments):
        """The rules that a dry run would run, but for those of every change."""
        output = self("-n", "--quiet", "progress", *arguments)
        return {
            line.removeprefix("rule ").rstrip(":")
            for line in output.splitlines()
            if line.startswith("rule ")
        } - {"all", "settings"}


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A workflow that has run once."""
    workflow = Workflow(tmp_path_factory.mktemp("workflow"))
    workflow()
    return workflow


@pytest.fixture
def fresh(tmp_path):
    """A workflow that has not run."""
    return Workflow(tmp_path)
