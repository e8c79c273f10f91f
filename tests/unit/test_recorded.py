"""The record of a job, and that none of its inputs may change while it runs."""

import os
import platform
import sys
from importlib.metadata import packages_distributions, version
from types import SimpleNamespace

import pytest

from colorization.provenance.record import loaded_versions, recorded
from colorization.runtime.log import StageError


@pytest.mark.parametrize("how", ["written to", "replaced", "removed"])
def test_an_input_that_changes_during_a_job_fails_it(tmp_path, how):
    path, replacement = tmp_path / "bins.npy", tmp_path / "replacement"
    path.write_bytes(b"before")
    replacement.write_bytes(b"beside")
    job = SimpleNamespace(rule="prior", wildcards=["x"], input=[str(path)], output=[])
    with (
        pytest.raises(StageError, match=r"bins\.npy has changed while prior x used it"),
        recorded(job),
    ):
        if how == "written to":
            path.write_bytes(b"longer than before")
        elif how == "replaced":
            os.replace(replacement, path)
        else:
            path.unlink()


def test_a_failure_is_explained_by_an_input_that_has_changed(tmp_path):
    path = tmp_path / "bins.npy"
    path.write_bytes(b"before")
    job = SimpleNamespace(rule="prior", wildcards=["x"], input=[str(path)], output=[])
    with pytest.raises(StageError, match=r"bins\.npy has changed"), recorded(job):
        path.write_bytes(b"cut")
        raise ValueError("no bins")
    with pytest.raises(ValueError, match="no bins"), recorded(job):
        raise ValueError("no bins")


def test_versions_are_those_of_imported_packages():
    names = packages_distributions()
    loaded = {name.split(".")[0] for name in sys.modules}
    packages = {package for name in loaded for package in names.get(name, [])}
    expected = {package: version(package) for package in packages}
    versions = loaded_versions()
    assert len(expected) > 10 and "numpy" in expected
    assert versions == expected | dict(python=platform.python_version())
