"""The shipped run, killed ten times with Snakemake, gives the results of an undisturbed one."""

import subprocess

import pytest
import yaml

from tests.support.killing import ROOT, digest, kill_at_random
from tests.support.workflows import Workflow


@pytest.mark.soak
def test_the_sample_run_survives_ten_kills(tmp_path, pytestconfig):
    workflows = {}
    for name in ("undisturbed", "killed"):
        (tmp_path / name).mkdir()
        # Saved often, so that ten kills cost little time.
        workflows[name] = Workflow(
            tmp_path / name, small="running: {checkpoint_seconds: 5}\n"
        )
    workflows["undisturbed"]()
    killed = workflows["killed"]
    steps = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))["train"][
        "steps"
    ]
    hits = kill_at_random(
        lambda: subprocess.Popen(
            **killed.options(), stderr=subprocess.PIPE, start_new_session=True
        ),
        killed.folder / "results/train/full/checkpoints",
        steps,
        kills=pytestconfig.getoption("kills"),
        seed=0,
        recover=lambda: killed("--unlock"),
    )
    print(*hits, sep="\n")
    for path in ("train/full/model.safetensors", "evaluate/full/metrics.json"):
        files = [w.folder / "results" / path for w in workflows.values()]
        assert digest(files[0]) == digest(files[1]), path
