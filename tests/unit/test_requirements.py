import ast
import functools
import itertools
import re
import sys
import tomllib
from importlib.metadata import metadata, packages_distributions
from pathlib import Path

import pytest
import yaml

from colorization.planning.code_digest import imported_files

ROOT = Path(__file__).parents[2]


LOCKS = [ROOT / "requirements.txt", ROOT / "envs" / "audit.txt"]


def locked():
    """Versions by package; two where they depend on Python's."""
    versions = {}
    text = LOCKS[0].read_text(encoding="utf-8")
    for name, version in re.findall(r"^([a-z0-9-]+)==([^\s;\\]+)", text, re.MULTILINE):
        versions.setdefault(name, set()).add(version)
    return versions


def direct(lock):
    """What is asked for in the file that a lock is made from."""
    if lock == LOCKS[0]:
        project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
        project = project["project"]
        extras = project["optional-dependencies"].values()
        lines = {*project["dependencies"], *itertools.chain(*extras)}
        return sorted({re.match(r"[a-z0-9-]+", line)[0] for line in lines})
    text = lock.with_suffix(".in").read_text(encoding="utf-8")
    return re.findall(r"^([a-z0-9-]+)", text, re.M)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_every_locked_package_has_a_hash(lock):
    text = lock.read_text(encoding="utf-8")
    blocks = re.split(r"\n(?=[a-z])", text)
    packages = [block for block in blocks if re.match(r"[a-z0-9-]+==", block)]
    assert len(packages) > 40 and set(direct(lock)) <= {
        p.split("==")[0] for p in packages
    }
    assert all("--hash=sha256:" in block for block in packages)


ENVIRONMENTS = sorted((ROOT / "envs").glob("*.yaml"))


def pins(environment):
    packages = yaml.safe_load(environment.read_text(encoding="utf-8"))["dependencies"]
    return dict(line.split("==") for line in packages[-1]["pip"])


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda path: path.stem)
def test_a_conda_environment_has_the_locks_versions(environment):
    for name, version in pins(environment).items():
        assert version in locked()[name], name
    assert (
        yaml.safe_load(environment.read_text(encoding="utf-8"))["dependencies"][0]
        == "python=3.11"
    )


def environments():
    """The environment file and the script of each rule."""
    for path in (ROOT / "rules").glob("*.smk"):
        for rule in re.split(
            r"^rule ", path.read_text(encoding="utf-8"), flags=re.MULTILINE
        )[1:]:
            conda = re.search(r"envs/(\w+\.yaml)", rule).group(1)
            yield ROOT / "envs" / conda, re.search(r"(\w+)\.py", rule).group(1)


distributions_of_modules = functools.cache(packages_distributions)


@pytest.mark.parametrize(("environment", "script"), list(environments()))
def test_an_environment_has_what_its_scripts_import(environment, script):
    packages = distributions_of_modules()
    have = pins(environment).keys()
    for path in imported_files(ROOT / "workflow_scripts" / f"{script}.py", ROOT):
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            modules = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                modules = [node.module]
            for module in {name.split(".")[0] for name in modules}:
                if module not in {*sys.stdlib_module_names, "colorization"}:
                    names = {
                        name.lower().replace("_", "-") for name in packages[module]
                    }
                    assert have & names, (path, module)


def test_the_container_has_the_lock():
    text = (ROOT / "envs" / "Dockerfile").read_text(encoding="utf-8")
    assert "FROM python:3.11-" in text
    assert "pip install --no-cache-dir --require-hashes -r requirements.txt" in text
    assert "==" not in text


def test_snakemake_starts_without_what_only_an_audit_needs():
    # A grammar that it compiles at each import of jsonschema takes a second.
    assert "rfc3987-syntax" not in locked()


def test_every_direct_dependency_has_its_licence_listed():
    names = [name for lock in LOCKS for name in direct(lock)]
    text = (
        (ROOT / "docs/licences.md")
        .read_text(encoding="utf-8")
        .split("## What is installed")[1]
    )
    listed = dict(re.findall(r"^\| ([a-z0-9-]+) \| (\S.*) \|$", text, re.M))
    assert set(listed) - {"package"} == set(names)
    for name in direct(LOCKS[0]):
        said = listed[name]
        about = metadata(name)
        declared = about.get("License-Expression") or " ".join(
            c for c in about.get_all("Classifier") or [] if c.startswith("License")
        )
        if declared:
            kind = re.search(r"MIT|Apache|BSD|MPL|Mozilla|Python", declared)[0]
            assert kind.replace("Mozilla", "MPL") in said, (name, declared)
