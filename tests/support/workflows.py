"""The real Snakefile in a folder of its own, on small data and settings."""

import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import torch
from filelock import FileLock
from PIL import Image
from skimage import data

from colorization.data.colour_counts import count_colours
from colorization.inference.model_file import save_model
from colorization.method.network import ColorizationNet
from tests.support import jobs
from tests.support.models import make_state
from tests.support.starter import Starter
from tests.support.stl10_server import serve

ROOT = Path(__file__).parents[2]
# All that a clone needs to run.
CODE = ["Snakefile", "config.yaml", "config", "rules", "workflow_scripts"]
CODE += ["colorization", "schemas", "envs", "profiles"]
SMALL = """
data:
  size: 32
  sample: {train: 64, validation: 16, test: 16}
network: {width: 0.125}
train:
  {steps: 6, batch: 8, crop: 24, validate_every: 3, precision: float32, device: cpu,
   start: null, rebalance: true, learning_rate: 2.0e-3}
evaluate:
  {grid_images: 3, batch: 8, device: cpu, temperatures: [0.38, 1.0], sweep_images: 8,
   rebalance: 0, rebalances: [0, 0.5]}
"""


@functools.cache
def python_of_jobs():
    """Of several processes with tests, all have the same."""
    return os.environ.get("SHARED_PYTHON_OF_JOBS") or jobs.start()


class Workflow:
    """The workflow whose code is at `root`, with results in `folder`."""

    # Starts Snakemake; None imports it for each run.
    starter = Starter()
    # A command that runs Snakemake, in a process of its own, if set.
    prefix = ()
    # Whether jobs are forks, too; only for workflows that are built to be looked at.
    forks_jobs = False

    def __init__(self, folder, settings="", root=ROOT, small=SMALL):
        """`settings` override the small ones."""
        self.folder, self.root, self.environment = folder, root, {}
        (folder / "small.yaml").write_text(small, encoding="utf-8")
        (folder / "own.yaml").write_text(settings or "{}", encoding="utf-8")

    def options(self, *arguments):
        """The command, folder and environment, as arguments of subprocess's functions."""
        command = [*self.prefix, sys.executable, "-m", "snakemake", "--snakefile"]
        command += [self.root / "Snakefile"]
        command += ["--cores", "2", "--resources", "gpu=1"]
        command += ["--configfile", "small.yaml", "own.yaml", *arguments]
        environment = os.environ | {"COLUMNS": "200"} | self.environment
        if self.forks_jobs and self.starter and not self.prefix:
            environment["PYTHON_OF_JOBS"] = python_of_jobs()
        return dict(
            args=list(map(str, command)),
            cwd=self.folder,
            encoding="utf-8",
            env=environment,
        )

    def start(self, *arguments, **streams):
        """A process of Snakemake in its own process group."""
        options = self.options(*arguments) | streams | dict(start_new_session=True)
        if not self.starter or self.prefix:
            return subprocess.Popen(**options)
        del options["encoding"]
        options["args"] = options["args"][3:]  # after python -m snakemake
        return self.starter.start(**options)

    def __call__(self, *arguments, check=True):
        options = self.options(*arguments)
        if self.starter and not self.prefix:
            command = options["args"][3:]
            status, output = self.starter(command, options["cwd"], options["env"])
        else:
            done = subprocess.run(**options, capture_output=True)
            status, output = done.returncode, done.stdout + done.stderr
        assert not check or status == 0, output
        if check:
            assert not self.warnings(), self.warnings()
        return output if check else (status, output)

    def warnings(self):
        """Python's warnings in the logs of the jobs."""
        logs = (self.folder / "results/logs").glob("**/*.log")
        texts = (log.read_text(encoding="utf-8", errors="replace") for log in logs)
        return re.findall(r".*\.py:\d+: \w*Warning: .*", "\n".join(texts))

    def planned(self, *arguments):
        """The rules that a dry run would run."""
        output = self("-n", "--quiet", "progress", *arguments)
        return {
            line.split()[1].rstrip(":")
            for line in output.splitlines()
            if line.startswith(("rule ", "localrule "))
        } - {"all"}


def files(workflow, pattern):
    """The results whose names fit; there must be some."""
    found = sorted((workflow.folder / "results").glob(pattern))
    assert found, pattern
    return found


@functools.cache
def compile_loops():
    """Compile what is compiled when it is first used, so that copies of it are compiled."""
    with FileLock(ROOT / "colorization/__pycache__/loops.lock"):
        picture = np.zeros((1, 8, 8, 3), np.uint8)
        picture.flags.writeable = False
        count_colours(picture)
        with tempfile.TemporaryDirectory() as folder:
            Image.fromarray(data.chelsea()).save(Path(folder) / "cat.jpg")
            command = [sys.executable, "-m", "colorization", "colorize", "cat.jpg"]
            environment = os.environ | {"PYTHONPATH": str(ROOT)}
            subprocess.run(
                command,
                cwd=folder,
                env=environment,
                check=True,
                capture_output=True,
            )


def copy_code(target):
    """Copy the files of a clone."""
    compile_loops()
    target.mkdir()
    for name in CODE:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, target / name)
    return target


# In a network name space of its own, without any network.
OFFLINE = "unshare", "--map-root-user", "--net"


@functools.cache
def can_be_offline():
    if not shutil.which(OFFLINE[0]):
        return False
    return subprocess.run([*OFFLINE, "true"], capture_output=True).returncode == 0


def copy_of(tmp_path_factory, name, make):
    """A folder that `make`, a function of it, has filled.

    Of several processes with tests one makes it, and each has a copy.
    """
    base = tmp_path_factory.getbasetemp()
    whole = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    done = whole.with_suffix(".done")
    with FileLock(whole.with_suffix(".lock")):
        if not done.exists():
            shutil.rmtree(whole, ignore_errors=True)  # of a test that failed
            whole.mkdir()
            make(whole)
            done.touch()
    folder = tmp_path_factory.mktemp("workflow") / name
    return Path(shutil.copytree(whole, folder, symlinks=True))


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A workflow that has run once, without a network if the system allows that."""

    def make(folder):
        workflow = Workflow(folder)
        workflow.prefix = OFFLINE if can_be_offline() else ()
        (folder / "output").write_text(workflow(), encoding="utf-8")

    workflow = Workflow(copy_of(tmp_path_factory, "finished", make))
    output = workflow.folder / "output"
    workflow.output = output.read_text(encoding="utf-8")
    return workflow


# Two jobs of one thread each instead of one of two threads: most time goes into starting.
HEAVY = ("train", "evaluate", "pictures", "temperatures", "probe", "folder", "count")
SIDE_BY_SIDE = "--set-threads", *(f"{rule}=1" for rule in HEAVY), "--resources", "gpu=2"
STUDY = """
data:
  source: folder
  folder: {paths: [photos], windows: 2, labels: true}
runs:
  full: {seeds: 2, train: {steps: 3}}
  l2: {train: {loss: regression, rebalance: false, start: start.safetensors}}
  authors: {kind: published, gamut: {bins: zhang313}, published: {weights: w.pth}}
colorize: {photos: mine}
"""


# Names with special characters of shells, pages and tables.
LIGHT = "light '\"$(touch pwned)`touch pwned`;<b>{light}&amp;, ü"
CAT = "<img src=x onerror=alert(1)>'\"$(touch pwned);{cat}#?%41.jpg"


def make_study(folder, root=ROOT):
    """The paper's study on own photographs: all kinds of runs, seeds and labels."""
    rng = np.random.default_rng(0)
    for i in range(40):
        photos = folder / "photos" / (LIGHT if i % 2 else "dark")
        photos.mkdir(parents=True, exist_ok=True)
        noise = rng.integers(0, 100, (8, 8, 3)) + 150 * (i % 2)
        picture = Image.fromarray(noise.astype(np.uint8))
        picture.resize((48, 48)).save(photos / f"{i}.png")
    torch.save(make_state(), folder / "w.pth")
    make_start(folder / "start.safetensors")
    make_mine(folder)
    workflow = forked(Workflow(folder, STUDY, root))
    workflow(*SIDE_BY_SIDE)
    return workflow


def make_start(path):
    """A model of ab that a regression can begin from."""
    torch.manual_seed(0)
    network = ColorizationNet(2, 0.125)
    settings = dict(network=dict(width=0.125), train=dict(crop=24))
    save_model(path, network.state_dict(), np.zeros((326, 2), np.float32), settings, {})


def make_mine(folder):
    """Photographs to be colorized."""
    (folder / "mine" / "sub").mkdir(parents=True)
    Image.fromarray(data.chelsea()).save(folder / "mine" / "sub" / CAT)
    (folder / "mine" / "broken.jpg").write_bytes(b"no image")


def make_downloaded(folder, server):
    """A workflow on the small STL-10 of a server."""
    own = f"{{url: '{server.url}', md5: {server.md5}, unlabeled: 12, validation: 4}}"
    settings = f"data: {{source: stl10, size: 96, stl10: {own}}}\ntrain: {{steps: 2}}"
    workflow = forked(Workflow(folder, settings))
    workflow(*SIDE_BY_SIDE)
    return workflow


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    """The study; its jobs have noted what they read."""

    def make(folder):
        code = copy_code(tmp_path_factory.mktemp("code") / "study")
        shutil.copy(ROOT / "tests/support/watch_reads.py", code / "sitecustomize.py")
        make_study(folder, code)
        (folder / "code.txt").write_text(str(code), encoding="utf-8")

    folder = copy_of(tmp_path_factory, "study", make)
    code = Path((folder / "code.txt").read_text(encoding="utf-8"))
    return forked(Workflow(folder, STUDY, code))


@pytest.fixture(scope="session")
def downloaded(tmp_path_factory):
    """A workflow on STL-10 whose server has ended."""

    def make(folder):
        with serve(np.random.default_rng(0)) as server:
            make_downloaded(folder, server)

    folder = copy_of(tmp_path_factory, "stl10", make)
    own = (folder / "own.yaml").read_text(encoding="utf-8")
    return forked(Workflow(folder, own))


def forked(workflow):
    """The workflow, whose jobs are forks from now on."""
    workflow.forks_jobs = True
    return workflow


@pytest.fixture
def fresh(tmp_path):
    """A workflow that has not run."""
    return Workflow(tmp_path)


@pytest.fixture
def prepared(fresh, finished):
    """A workflow that has run up to the prior: results may be copied."""
    for name in ("data", "gamut", "prior"):
        results = fresh.folder / "results" / name
        shutil.copytree(finished.folder / "results" / name, results)
    return fresh
