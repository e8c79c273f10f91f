"""Another Snakefile imports this workflow as a module."""

import shutil
import subprocess
import sys

import pytest

from tests.support.workflows import ROOT

PLAIN = """
configfile: "all.yaml"


module colorful:
    snakefile:
        "{root}/Snakefile"
    config:
        config


use rule * from colorful
"""
PREFIXED = """
configfile: "mine.yaml"


module colorful:
    snakefile:
        "{root}/Snakefile"
    config:
        config["colorful"]


use rule * from colorful as colorful_*


rule mine:
    input:
        "results/gamut/knn320/bins.npy",
    output:
        "results/mine.txt",
    shell:
        "wc -c {{input}} > {{output}}"
"""


@pytest.fixture
def snakemake(tmp_path):
    """Runs a Snakefile of this text in a folder of its own; what it prints."""

    def run(text, *options):
        (tmp_path / "Snakefile").write_text(text.format(root=ROOT), encoding="utf-8")
        command = [sys.executable, "-m", "snakemake", "--cores", "2", *options]
        piped = dict(stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        done = subprocess.run(command, cwd=tmp_path, encoding="utf-8", **piped)
        assert done.returncode == 0, done.stdout
        return done.stdout

    return run


def test_all_of_its_rules_are_there(snakemake, tmp_path):
    shutil.copy(ROOT / "config.yaml", tmp_path / "all.yaml")
    plan = snakemake(PLAIN, "-n", "--quiet", "progress")
    rules = {"sample", "gamut", "count", "prior", "train", "evaluate", "report"}
    assert all(f"rule {rule}:" in plan for rule in rules)


def test_with_a_prefix_beside_rules_of_the_other(snakemake, tmp_path):
    (tmp_path / "mine.yaml").write_text(
        "colorful: {gamut: {bins: knn320}}\n", encoding="utf-8"
    )
    snakemake(PREFIXED, "mine")
    # 320 pairs of float32, and a header of 128 bytes.
    made = (tmp_path / "results/mine.txt").read_text(encoding="utf-8").split()[0]
    assert int(made) == 128 + 320 * 2 * 4
    assert "Nothing to be done" in snakemake(PREFIXED, "-n", "mine")
