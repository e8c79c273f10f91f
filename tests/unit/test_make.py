"""What make prints and runs."""

import json
import os
import re
import shlex
import subprocess
import sys

import pandas as pd
import pytest
from snakemake.cli import get_argument_parser

from benchmarks import audit, recipes
from tests.support.workflows import ROOT

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def make(*arguments):
    """What make prints; -n runs nothing."""
    done = subprocess.run(
        ["make", *arguments],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout


def test_help_has_a_line_for_each_target():
    targets = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)[1].split()
    listed = dict(re.findall(r"^make (\S+) +(\S.*)$", make("help"), re.MULTILINE))
    assert sorted(listed) == sorted(targets)
    assert all(len(text) > 8 for text in listed.values())


@pytest.mark.parametrize("target", ["run", "stl10", "demo", "explain", "reproduce"])
def test_options_of_snakemake_may_begin_with_a_target(target):
    given = "colorize --config colorize-photos=mine colorize-run=full"
    output = make("-n", target, f"WITH={given}").replace("\\\n", "")
    (line,) = (line for line in output.splitlines() if given in line)
    options = shlex.split(line)[1:]
    if target in ("explain", "reproduce"):
        options = options[options.index("--") + 1 :]
    parsed = get_argument_parser().parse_args(options)
    assert {*parsed.targets} == {"colorize", *(["demo"] if target == "demo" else [])}
    assert parsed.config == ["colorize-photos=mine", "colorize-run=full"]
    # reproduce adds resources itself.
    assert [*parsed.resources] == ([] if target == "reproduce" else ["gpu"])


def test_without_cuda_all_other_packages_are_installed_as_they_are_locked(tmp_path):
    environment = f"VENV={tmp_path}"
    plain = make("-n", "run", environment)
    assert "--require-hashes -r requirements.txt" in plain
    assert "download.pytorch.org" not in plain
    lines = make("-n", "run", environment, "TORCH=cpu").splitlines()
    (select,) = (line for line in lines if line.startswith("awk "))
    subprocess.run(["sh", "-c", select], cwd=ROOT, check=True)
    lock = re.compile(r"^([a-z0-9.-]+)==([^ ]+)", re.MULTILINE)
    whole, kept = (
        dict(lock.findall((folder / "requirements.txt").read_text(encoding="utf-8")))
        for folder in (ROOT, tmp_path)
    )
    assert kept.items() < whole.items()
    # The rest is PyTorch, and what its wheels for Linux ask for.
    left_out = {*whole} - {*kept, "torch", "torchvision", "triton"}
    assert left_out and all(name.startswith(("nvidia-", "cuda-")) for name in left_out)
    assert f"--require-hashes -r {tmp_path}/requirements.txt" in "\n".join(lines)
    (wheels,) = (line for line in lines if "--index-url" in line)
    pinned = subprocess.run(
        ["sh", "-c", f"echo {wheels.split('cpu ')[1]}"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    ).stdout.split()
    assert pinned == [f"{name}=={whole[name]}" for name in ("torch", "torchvision")]


PACKAGE = dict(name="pillow", version="9.0", vulns=[])
FOUND = dict(id="PYSEC-1", fix_versions=["9.1", "9.2"], aliases=[], description="…")


@pytest.mark.parametrize(
    ("packages", "lines", "missing"),
    [
        ([PACKAGE], [], None),
        (
            [PACKAGE | dict(vulns=[FOUND])],
            ["pillow 9.0: PYSEC-1, fixed in 9.1, 9.2"],
            None,
        ),
        (
            [PACKAGE, PACKAGE | dict(vulns=[FOUND | dict(fix_versions=[])])],
            ["pillow 9.0: PYSEC-1, fixed in no version yet"],
            None,
        ),
        ([dict(name="torch", skip_reason="not found")], [], audit.NO_ANSWER),
        (
            [PACKAGE, dict(name="torch", skip_reason="not found")],
            [],
            "the service gave no answer for torch",
        ),
    ],
)
def test_what_pip_audit_prints(packages, lines, missing):
    output = json.dumps(dict(dependencies=packages, fixes=[]))
    assert audit.of_pypi(output) == (lines, missing)


def test_what_npm_prints():
    one = dict(name="tar", severity="high", via=["x"], range="<6.2.1", nodes=[])
    output = json.dumps(dict(auditReportVersion=2, vulnerabilities=dict(tar=one)))
    assert audit.of_npm(output) == (["tar <6.2.1: high"], None)
    assert audit.of_npm(json.dumps(dict(vulnerabilities={}))) == ([], None)
    failed = json.dumps(dict(message="405", error=dict(summary="", detail="")))
    assert audit.of_npm(failed) == audit.of_npm("") == ([], audit.NO_ANSWER)


@pytest.mark.parametrize(
    ("pypi", "npm", "status"),
    [
        (dict(dependencies=[PACKAGE]), dict(vulnerabilities={}), 0),
        (dict(dependencies=[PACKAGE]), dict(error={}), 2),
        ("ERROR: no route to host", dict(vulnerabilities={}), 2),
        (
            dict(dependencies=[PACKAGE | dict(vulns=[FOUND])]),
            dict(error={}),
            1,
        ),
    ],
)
def test_both_services_are_asked(pypi, npm, status, tmp_path, monkeypatch, capsys):
    for name, said in [("pip-audit", pypi), ("npm", npm)]:
        text = said if isinstance(said, str) else json.dumps(said)
        program = tmp_path / name
        # As theirs, it fails where it has something to say.
        program.write_text(
            f"#!/bin/sh\necho {shlex.quote(text)}\nexit 1\n", encoding="utf-8"
        )
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert audit.main(str(tmp_path / "pip-audit")) == status
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == ["PyPI", "npm"]
    if status == 2:
        assert audit.NO_ANSWER in "".join(lines)


def history(losses):
    seconds = [10.0 * (i + 1) for i in range(len(losses))]
    return pd.DataFrame(dict(seconds=seconds, validation_loss=losses))


def test_recipes_say_when_the_default_was_as_good():
    row = recipes.compare(history([3, 2, 2.5]), history([2.5, 1.9]), "sample")
    assert row.figure == "2.000 after 20.0 s" and row.ratio == 1.5
    row = recipes.compare(history([3, 2]), history([2.5, 2.1]), "sample")
    assert row.figure == "2.000 never" and row.ratio == 0 and not row.met


def test_recipes_without_their_runs(tmp_path):
    command = [sys.executable, "-m", "benchmarks.recipes", tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{tmp_path}/train/seed/history.csv is missing: run")
    assert "config/recipes.yaml" in line
