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

    def __init__(self, folder):
        self.folder = folder
        (folder / "small.yaml").write_text(SMALL)
        for name in ("config.yaml", "profiles"):
            (folder / name).symlink_to(ROOT / name)

    def __call__(self, *arguments, check=True):
        command = [sys.executable, "-m", "snakemake", "--snakefile", ROOT / "Snakefile"]
        command += [
            "--cores",
            "2",
            "--resources",
            "gpu=1",
            "--configfile",
            "small.yaml",
        ]
        done = subprocess.run(
            [*map(str, command), *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            env=os.environ | {"COLUMNS": "200"},
        )
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
