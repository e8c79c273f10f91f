"""From a picture back to the data, and the run as an RO-Crate."""

import hashlib
import json
import shutil
import subprocess
import zipfile

import numpy as np
import pytest

from colorization.__main__ import main
from colorization.provenance import crate
from colorization.provenance import record as record_module
from colorization.provenance.chain import chain
from colorization.runtime.log import StageError
from tests.support.crate import problems

GRID = "results/evaluate/full/grid.png"


@pytest.fixture
def copied(finished, tmp_path):
    """The finished results, in another place."""
    shutil.copytree(finished.folder / "results", tmp_path / "results")
    return tmp_path


def test_every_artifact_has_a_record(finished):
    results = finished.folder / "results"
    recorded = {
        finished.folder / key
        for record in record_module.records(results)
        for key in record.outputs
    }
    for path in results.rglob("*"):
        own = path.relative_to(results).parts
        unrecorded = own[0] == "logs"
        unrecorded |= own[-1] == ".snakemake_timestamp"  # of a folder that is an output
        if path.is_file() and not unrecorded and "checkpoints" not in own:
            assert path in recorded or path.parent.name == "provenance", path


def test_a_record_says_all(finished):
    path = finished.folder / "results/train/full/provenance/train.json"
    record = record_module.read_record(path)
    assert record.settings["settings"]["train"]["steps"] == 6
    assert record.versions["torch"].startswith("2.")
    assert record.hardware.cores >= 1
    assert record.code is not None and len(record.code) == 64
    assert record.seconds > 0
    assert all(len(digest) == 64 for digest in record.inputs.values())
    assert record.git is None or len(record.git.commit) == 40


def test_the_chain_leads_to_the_data(copied, capsys):
    rules = {}
    for key, fault, record in chain(copied / GRID):
        assert fault is None, key
        rules.setdefault(record.rule, []).append(key)
    assert set(rules) == {
        *("draw_pictures", "pictures", "evaluate", "train", "prior", "count"),
        *("gamut", "sample"),
    }
    assert main(["provenance", str(copied / GRID)]) == 0
    said = capsys.readouterr().out
    record = json.loads(
        (copied / "results/train/full/provenance/train.json").read_text(
            encoding="utf-8"
        )
    )
    model = (copied / "results/train/full/model.safetensors").read_bytes()
    # All that docs/how-it-works.md names.
    assert '"steps": 6' in said and record["code"][:12] in said
    assert f"sha256 {hashlib.sha256(model).hexdigest()}" in said
    assert f"torch {record['versions']['torch']}" in said
    assert record["hardware"]["processor"] in said
    assert (record["git"] or dict(commit="commit unknown"))["commit"][:12] in said
    assert f"made by train in {record['seconds']:g} s" in said


def test_what_has_changed_since_is_said(copied, capsys):
    (bins,) = (copied / "results/gamut").glob("*/bins.npy")
    np.save(bins, np.zeros((3, 2), np.float32))
    (copied / "results/train/full/model.safetensors").unlink()
    assert main(["provenance", str(copied / GRID)]) == 1
    lines = capsys.readouterr().out.splitlines()
    faults = {line.split("  [")[0]: line for line in lines if "  [" in line}
    assert "has changed since it was used" in faults["results/gamut/seed326/bins.npy"]
    assert "is gone" in faults["results/train/full/model.safetensors"]
    assert len(faults) == 2


def test_what_is_no_record_is_named(copied, capsys):
    (copied / "results/provenance/compare.json").write_text(
        '{"rule": "compare"}', encoding="utf-8"
    )
    assert main(["provenance", str(copied / "results/comparison.csv")]) == 1
    assert "compare.json: 'wildcards' is missing" in capsys.readouterr().err
    assert main(["provenance", "nothing.png"]) == 1
    assert "no such file" in capsys.readouterr().err


def test_what_has_changed_since_is_no_part_of_a_crate(copied, tmp_path, caplog):
    (copied / "results/comparison.csv").write_text(
        "name,auc\nfull,1\n", encoding="utf-8"
    )
    crate.export(copied / "results", tmp_path / "crate.zip")
    with zipfile.ZipFile(tmp_path / "crate.zip") as archive:
        names = set(archive.namelist())
    assert "results/paired.csv" in names and "results/comparison.csv" not in names
    assert "results/comparison.csv is left out" in caplog.text


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the validator's own
def test_the_run_is_an_ro_crate(copied, tmp_path):
    path = tmp_path / "crate.zip"
    crate.export(copied / "results", path)
    assert problems(path, tmp_path / "memory") == []
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        graph = json.loads(archive.read("ro-crate-metadata.json"))["@graph"]
    assert {GRID, "results/train/full/model.safetensors", "rules/train.smk"} <= names
    train = next(entity for entity in graph if entity["@id"] == "#train/full")
    (prior,) = (name for name in names if name.endswith("/table.csv"))
    assert {"@id": prior} in train["object"]
    assert {"@id": "results/train/full/model.safetensors"} in train["result"]

    # The validator is not blind.
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "broken")
    for entity in graph:
        entity.pop("instrument", None)
    text = json.dumps({"@context": "https://w3id.org/ro/crate/1.1/context"})
    broken = json.loads(text) | {"@graph": graph}
    (tmp_path / "broken/ro-crate-metadata.json").write_text(
        json.dumps(broken), encoding="utf-8"
    )
    assert problems(tmp_path / "broken", tmp_path / "memory")


@pytest.fixture
def nested(tmp_path, monkeypatch):
    """A repository with the code in a folder of it, and a function to run git there."""
    for name in ("Snakefile", "rules/one.smk", "colorization/one.py"):
        path = tmp_path / "code" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
    (tmp_path / "notes").write_text("", encoding="utf-8")
    monkeypatch.setattr(record_module, "ROOT", tmp_path / "code")
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]

    def git(*command):
        subprocess.run(["git", *who, *command], cwd=tmp_path, check=True)

    git("init", "--quiet")
    return tmp_path, git


def test_a_commit_that_does_not_hold_the_code_is_not_named(nested):
    folder, git = nested
    (folder / ".gitignore").write_text("code/\n", encoding="utf-8")
    git("add", ".")
    git("commit", "--quiet", "--message", "without the code")
    assert record_module._git() is None
    # A module that is ignored is in no commit either.
    (folder / ".gitignore").write_text("one.py\n", encoding="utf-8")
    git("add", ".")
    git("commit", "--quiet", "--message", "without a module")
    assert record_module._git().clean is False
    (folder / ".gitignore").write_text("", encoding="utf-8")
    git("add", ".")
    git("commit", "--quiet", "--message", "all of it")
    (folder / "notes").write_text("changed, but no code", encoding="utf-8")
    assert record_module._git().clean is True
    (folder / "code/rules/one.smk").write_text("# changed", encoding="utf-8")
    assert record_module._git().clean is False


def test_nothing_to_export(tmp_path):
    with pytest.raises(StageError, match="run the workflow first"):
        crate.export(tmp_path, tmp_path / "crate.zip")
