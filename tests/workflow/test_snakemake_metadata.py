"""Snakemake's metadata can be restored from the records of provenance."""

import shutil
from pathlib import Path

import pytest
from snakemake.persistence import RECORD_FORMAT_VERSION

from colorization.planning.snakemake_metadata import Metadata, entry_of, records_of
from tests.support.workflows import Workflow


@pytest.mark.parametrize("name", ["finished", "study", "downloaded"])
def test_records_hold_what_snakemake_remembers(request, monkeypatch, name):
    monkeypatch.chdir(request.getfixturevalue(name).folder)
    metadata = Metadata(Path(".snakemake/metadata"), RECORD_FORMAT_VERSION)
    rules, paths = set(), list(map(str, Path("results").rglob("*")))
    records = records_of(paths)
    for path in paths:
        if remembered := metadata.read(path):
            rules.add(remembered["rule"])
            entry = entry_of(records[path])
            checksums = entry.pop("input_checksums")
            assert {key: remembered[key] for key in entry} == entry, path
            # A record has no digests of images, only of dataset.json.
            assert checksums.items() <= remembered["input_checksums"].items(), path
    assert len(rules) > 10


def test_another_locale_changes_nothing_and_breaks_nothing(finished, tmp_path):
    """In a locale in which files are ASCII unless an encoding is named."""
    for name in ("results", ".snakemake"):
        shutil.copytree(finished.folder / name, tmp_path / name, symlinks=True)
    workflow = Workflow(tmp_path)
    ascii_only = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    workflow.environment, workflow.starter = ascii_only, None
    assert workflow.planned() == set()
    pages = ["report", "gallery", "model_card", "compare", "settings"]
    workflow("--forcerun", *pages)
    for name in ("report.html", "gallery/index.html", "full/model_card.md"):
        text = (tmp_path / "results" / name).read_text(encoding="utf-8")
        assert len(text) > 1000 and not text.isascii() and "Ã" not in text, name
