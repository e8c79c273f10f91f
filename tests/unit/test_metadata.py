import os
from pathlib import Path

import pytest
from snakemake.persistence import RECORD_FORMAT_VERSION, MetadataRecord
from snakemake.persistence.file import FilePersistence

from colorization.planning import snakemake_metadata
from colorization.planning.snakemake_metadata import Metadata
from colorization.runtime.files import file_digest, write_json
from tests.support.records import record

ENTRY = dict(rule="one", params=["'a'"], input=["in"], input_checksums={})
VERSION = RECORD_FORMAT_VERSION


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A results folder with one job's output and its record, known to Snakemake."""
    monkeypatch.chdir(tmp_path)
    Path("results/provenance").mkdir(parents=True)
    Path("results/out").write_text("made", encoding="utf-8")
    write_record(outputs={"results/out": file_digest("results/out")})
    snakemake_metadata.reconcile(
        JOBS, Metadata(Path("memory"), VERSION), Path("digests")
    )
    return tmp_path


JOBS = [("results/out", "results/provenance/one.json")]


def write_record(**changes):
    made = record(**dict(rule="one", settings=dict(a=1), code="b") | changes)
    write_json("results/provenance/one.json", made.model_dump())


def params(path="results/out"):
    entry = Metadata(Path("memory"), VERSION).read(path)
    return entry and entry["params"]


def reconcile():
    snakemake_metadata.reconcile(
        JOBS, Metadata(Path("memory"), VERSION), Path("digests")
    )


@pytest.mark.parametrize("length", [3, 200, 1000])
def test_entries_are_snakemakes_own(tmp_path, monkeypatch, length):
    monkeypatch.chdir(tmp_path)
    name = "é/" + "n" * length
    snakemake = FilePersistence()
    ours = Metadata(Path(".snakemake/metadata"), VERSION)
    written = MetadataRecord(**ENTRY, record_format_version=VERSION, endtime=1.5)
    snakemake._write_record(name, written)
    assert ours.read(name).items() >= (ENTRY | dict(endtime=1.5)).items()
    other = f"other {name}"
    ours.write(other, ENTRY)
    assert snakemake._read_record(other).params == ENTRY["params"]


def test_entries_of_another_format_do_not_count(folder):
    assert params() is not None
    assert Metadata(Path("memory"), VERSION + 1).read("results/out") is None


def test_a_result_is_what_its_record_says(folder):
    assert params() == ["'b'", "1"]
    # Another one, with its record, is put in its place.
    Path("results/out").write_text("another", encoding="utf-8")
    write_record(
        settings=dict(a=2), outputs={"results/out": file_digest("results/out")}
    )
    reconcile()
    assert params() == ["'b'", "2"]


def test_an_edited_result_stays_and_is_the_newest(folder):
    Path("results/out").write_text("edited", encoding="utf-8")
    os.utime("results/out", (1, 1))
    reconcile()
    assert params() == ["'b'", "1"]
    assert os.stat("results/out").st_mtime > 1e9


@pytest.mark.parametrize("forgotten", [True, False])
def test_what_was_made_from_another_input_does_not_count(folder, forgotten):
    Path("results/in").write_text("input", encoding="utf-8")
    digest = file_digest("results/in")
    outputs = {"results/out": file_digest("results/out")}
    write_record(inputs={"results/in": digest}, outputs=outputs)
    os.utime("results/out", (1, 1))
    reconcile()
    assert params() == ["'b'", "1"]
    Path("results/in").write_text("other", encoding="utf-8")
    os.utime("results/out", (1, 1))
    if forgotten:
        for path in Path("memory").iterdir():
            path.unlink()
    reconcile()
    (reason,) = params()
    assert snakemake_metadata.REFUSED in reason and "results/in" in reason


def test_times_that_have_not_come_yet_become_the_present_one(folder):
    os.utime("results/out", (3e9, 3e9))
    Metadata(Path("memory"), VERSION).write("results/out", ENTRY)  # as Snakemake does
    reconcile()
    assert os.stat("results/out").st_mtime < 2.9e9


def test_without_a_valid_record_nothing_counts(folder):
    for path in Path("memory").iterdir():
        path.unlink()
    Path("results/out").write_text("of nobody", encoding="utf-8")
    reconcile()
    assert snakemake_metadata.NO_RECORD in params()[0]
    Path("results/provenance/one.json").write_text("no JSON", encoding="utf-8")
    for path in Path("memory").iterdir():
        path.unlink()
    reconcile()
    assert snakemake_metadata.NO_RECORD in params("results/provenance/one.json")[0]


def test_a_missing_output_does_not_hide_the_others_settings(folder):
    """Snakemake compares settings only if all of a job's outputs have an entry."""
    for path in Path("memory").iterdir():
        path.unlink()
    jobs = [(*JOBS[0], "results/more")]
    snakemake_metadata.reconcile(
        jobs, Metadata(Path("memory"), VERSION), Path("digests")
    )
    assert params("results/more") == ["'b'", "1"]


def test_cleaned_entries_stay_away_until_something_is_accepted(folder):
    own = Metadata(Path("memory"), VERSION)
    next(path for path in Path("memory").iterdir() if path.name[0] != ".").unlink()
    (cleaned,) = own.cleaned(JOBS[0])
    reconcile()
    assert params(cleaned) is None
    own.accept({cleaned: ENTRY})
    reconcile()
    assert params(cleaned) == ENTRY["params"]
