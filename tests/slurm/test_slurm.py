"""The real Snakefile on a real SLURM, with the shipped profile, and with faults."""

import json
import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest
import yaml

from colorization.planning.config import merge
from tests.slurm.cluster import Cluster, missing
from tests.support.killing import digest
from tests.support.workflows import ROOT, Workflow

pytestmark = pytest.mark.slurm
MODEL = "results/train/full/model.safetensors"
# What a cluster of one small machine without accounting needs on top of the profile.
OVERRIDES = {
    "default-resources": {"mem_mb": "300 * attempt", "runtime": "5 * attempt"},
    "set-resources": {
        "train": {"mem_mb": "600 * attempt", "runtime": "5 * attempt"},
        "count": {"mem_mb": "300 * attempt"},
    },
    "set-threads": {rule: 2 for rule in ("train", "evaluate", "pictures", "probe")},
    "latency-wait": 5,
    "slurm-status-command": "squeue",
    "slurm-no-account": True,
    "slurm-init-seconds-before-status-checks": 1,
    "seconds-between-status-checks": 1,
}
# Long enough to be disturbed, saved often.
LONG = "train: {steps: %d, validate_every: 200}\nrunning: {checkpoint_seconds: 0.5}"
STEPS = 2000


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    if reason := missing():
        pytest.fail(f"make test-slurm: {reason}")
    # Sockets want a short path.
    with Cluster(tmp_path_factory.mktemp("slurm")) as cluster:
        yield cluster


class OnSlurm(Workflow):
    """A workflow whose jobs go to the cluster."""

    def __init__(self, folder, cluster, settings="", **overrides):
        super().__init__(folder, settings)
        self.cluster = cluster
        shipped = yaml.safe_load(
            (ROOT / "profiles/slurm/profile.yaml").read_text(encoding="utf-8")
        )
        profile = merge(shipped, merge(OVERRIDES, overrides))
        (folder / "cluster").mkdir(exist_ok=True)
        (folder / "cluster/profile.yaml").write_text(
            yaml.safe_dump(profile), encoding="utf-8"
        )

    def options(self, *arguments):
        command = [sys.executable, "-m", "tests.slurm.impatient", "--snakefile"]
        command += [ROOT / "Snakefile", "--workflow-profile", "cluster"]
        command += ["--configfile", "small.yaml", "own.yaml", "--cores", "2"]
        environment = os.environ | self.cluster.environment
        environment |= dict(PYTHONPATH=str(ROOT), COLUMNS="200")
        command = list(map(str, [*command, *arguments]))
        return dict(args=command, cwd=self.folder, encoding="utf-8", env=environment)

    def start(self, *arguments):
        """Snakemake in the background, its messages in a file."""
        with open(self.folder / "snakemake.log", "a", encoding="utf-8") as log:
            options = self.options(*arguments) | dict(stdout=log, stderr=log)
            process = subprocess.Popen(**options, start_new_session=True)
        self.cluster.clients.append(process)
        return process

    def step(self):
        """The newest saved step."""
        states = self.folder.glob("results/train/full/checkpoints/*/step-*.pt")
        return max((int(path.stem.split("-")[1]) for path in states), default=0)

    def await_step(self, snakemake, step):
        wait(lambda: self.step() >= step, snakemake)

    def finish(self, snakemake):
        assert snakemake.wait(300) == 0, (self.folder / "snakemake.log").read_text(
            encoding="utf-8"
        )

    def train_log(self):
        return (self.folder / "results/logs/train/full.log").read_text(encoding="utf-8")


def wait(condition, snakemake=None, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        assert snakemake is None or snakemake.poll() is None
        time.sleep(0.05)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The long run without disturbance, on this machine, for comparison."""
    workflow = Workflow(tmp_path_factory.mktemp("undisturbed"), LONG % STEPS)
    workflow("--", MODEL)
    return workflow.folder / MODEL


@pytest.fixture
def long_run(tmp_path, cluster, undisturbed):
    """A run on the cluster in which only the training is missing."""
    before = len(cluster.jobs("train"))
    workflow = OnSlurm(tmp_path, cluster, LONG % STEPS)
    prior = Workflow(tmp_path, LONG % STEPS)
    prior("--until", "prior", "--", MODEL)
    workflow.jobs = lambda: cluster.jobs("train")[before:]
    return workflow


def test_the_whole_workflow(tmp_path, cluster):
    workflow = OnSlurm(tmp_path, cluster)
    workflow("all")
    assert (tmp_path / "results/report.html").exists()
    jobs = {}
    for rule in ("sample", "gamut", "count", "prior", "train", "evaluate"):
        (jobs[rule],) = cluster.jobs(rule)
        assert jobs[rule]["JobState"] == "COMPLETED"
    assert jobs["train"]["TresPerJob"].endswith("gpu:1")
    assert jobs["train"]["Partition"] == "gpu"
    for rule in ("sample", "gamut", "count", "prior", "evaluate"):
        assert "TresPerJob" not in jobs[rule]
        assert jobs[rule]["Partition"] == "cpu"
    # Local rules were not queued.
    assert not cluster.jobs("draw_gamut") and not cluster.jobs("compare")
    # The stage's own log, and SLURM's of the job around it.
    assert "step 6: training loss" in workflow.train_log()
    (log,) = (tmp_path / "results/logs/slurm").glob("rule_train/**/*.log")
    assert "rule train" in log.read_text(encoding="utf-8")
    assert "Nothing to be done" in workflow("all")


def test_a_requeued_and_a_cancelled_job_go_on(long_run, undisturbed):
    snakemake = long_run.start(MODEL)
    long_run.await_step(snakemake, 50)
    (job,) = long_run.jobs()
    assert job["GRES"].startswith("gpu:1(")  # asked for one, has one
    ask = long_run.cluster.ask
    ask("scontrol", "requeue", job["JobId"])

    def restarted():
        # SLURM would hold it for two minutes.
        ask("scontrol", "update", f"JobId={job['JobId']}", "StartTime=now")
        (now,) = long_run.jobs()
        return now["Restarts"] == "1" and now["JobState"] == "RUNNING"

    wait(restarted, snakemake)
    left = long_run.step()
    long_run.await_step(snakemake, left + 100)
    assert "resuming at step" in long_run.train_log()
    ask("scancel", job["JobId"])
    long_run.finish(snakemake)
    first, second = long_run.jobs()
    assert first["JobState"] == "CANCELLED"
    assert second["JobState"] == "COMPLETED"
    # The second attempt has more time.
    assert (first["TimeLimit"], second["TimeLimit"]) == ("00:05:00", "00:10:00")
    assert "resuming at step" in long_run.train_log()
    assert digest(long_run.folder / MODEL) == digest(undisturbed)


def test_a_job_at_its_time_limit_goes_on(tmp_path, cluster, long_run):
    limits = {"set-resources": {"train": {"runtime": "1 if attempt == 1 else 5"}}}
    steps = STEPS * 5
    workflow = OnSlurm(tmp_path, cluster, LONG % steps, **limits)
    snakemake = workflow.start(MODEL)
    wait(lambda: len(long_run.jobs()) == 2, snakemake)
    assert long_run.jobs()[0]["JobState"] == "TIMEOUT"
    assert 0 < workflow.step() < steps
    workflow.finish(snakemake)
    assert "resuming at step" in workflow.train_log()
    assert workflow.step() == steps


def test_snakemake_is_killed_and_its_job_goes_on(long_run, undisturbed):
    snakemake = long_run.start(MODEL)
    long_run.await_step(snakemake, 50)
    snakemake.send_signal(signal.SIGKILL)
    snakemake.wait()
    (first,) = long_run.jobs()
    assert first["JobState"] == "RUNNING"
    long_run("--unlock")
    again = long_run.start(MODEL)
    wait(lambda: len(long_run.jobs()) == 2, again)
    # Both jobs run, but only one trains.
    log = long_run.folder / "results/logs/train/full.log"
    waits = "another process trains this run"
    wait(lambda: log.exists() and waits in log.read_text(encoding="utf-8"), again)
    assert [job["JobState"] for job in long_run.jobs()] == ["RUNNING"] * 2
    long_run.finish(again)
    assert [job["JobState"] for job in long_run.jobs()] == ["COMPLETED"] * 2
    assert f"resuming at step {STEPS} of {STEPS}" in long_run.train_log()
    assert digest(long_run.folder / MODEL) == digest(undisturbed)
    record = long_run.folder / "results/train/full/provenance/train.json"
    assert json.loads(record.read_text(encoding="utf-8"))["seconds"] > 0


def test_two_nodes_train_one_run(tmp_path):
    """Two fake nodes, each with one launcher and one process."""
    folder = tmp_path / "slurm"
    folder.mkdir()
    with Cluster(folder, nodes=2, gpus=1) as cluster:
        (tmp_path / "one").mkdir()
        one = Workflow(tmp_path / "one")
        one("--", MODEL)
        (tmp_path / "two").mkdir()
        # As the profile says, for two nodes.
        several = dict(nodes=2, tasks=2, tasks_per_gpu=0, mpi="srun")
        on_two = {"set-resources": {"train": several}}
        two = OnSlurm(tmp_path / "two", cluster, "running: {gpus: 2}", **on_two)
        two(MODEL)
        (job,) = cluster.jobs("train")
    assert job["NumNodes"] == "2"
    histories = [
        pd.read_csv(workflow.folder / "results/train/full/history.csv")
        for workflow in (one, two)
    ]
    columns = ["step", "images", "train_loss", "validation_loss"]
    left, right = (history[columns] for history in histories)
    pd.testing.assert_frame_equal(left, right, rtol=1e-3)
    assert "2 processes on 2 nodes" in two.train_log()
