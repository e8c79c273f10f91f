"""Jobs of a real workflow that imports another, whose rules write records, as a module."""

from pathlib import Path

import pytest
from snakemake.api import SnakemakeApi
from snakemake.settings.types import (
    DAGSettings,
    OutputSettings,
    Quietness,
    ResourceSettings,
)

from colorization.planning.workflow_jobs import jobs_of_results

OURS = """
rule train:
    output:
        model="results/train/{run}/model",
        log="results/train/{run}/log",
        provenance="results/train/{run}/provenance/train.json",

rule gallery:
    output:
        pictures=directory("results/pictures"),
        provenance="results/provenance/gallery.json",
"""
THEIRS = """
module ours:
    snakefile: "ours.smk"

use rule * from ours as ours_*

rule theirs:
    output: "results/train/{run}/theirs"

rule also_theirs:
    output: table="results/theirs.csv"
"""


@pytest.fixture
def workflow(tmp_path, monkeypatch):
    """The workflow, parsed in a folder with some results."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ours.smk").write_text(OURS, encoding="utf-8")
    (tmp_path / "Snakefile").write_text(THEIRS, encoding="utf-8")
    for name in ("train/a/model", "train/a/theirs", "train/b/theirs", "train/c-1/log"):
        path = Path("results", name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    Path("results/pictures").mkdir()
    Path("results/theirs.csv").touch()
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        parsed = api.workflow(ResourceSettings(cores=1), snakefile=Path("Snakefile"))
        parsed.dag(DAGSettings(targets={"results/theirs.csv"}))
        yield parsed._workflow


def test_only_jobs_of_rules_with_a_record_count(workflow):
    assert {"ours_train", "theirs"} <= {rule.name for rule in workflow.rules}
    a, c = "results/train/a", "results/train/c-1"
    assert jobs_of_results(workflow) == [
        ("results/pictures", "results/provenance/gallery.json"),
        (f"{a}/model", f"{a}/log", f"{a}/provenance/train.json"),
        (f"{c}/model", f"{c}/log", f"{c}/provenance/train.json"),
    ]
