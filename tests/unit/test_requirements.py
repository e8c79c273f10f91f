import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]


def locked():
    """Versions by package; two where they depend on Python's."""
    versions = {}
    text = (ROOT / "requirements.txt").read_text()
    for name, version in re.findall(r"^([a-z0-9-]+)==([^\s;\\]+)", text, re.MULTILINE):
        versions.setdefault(name, set()).add(version)
    return versions


def test_every_locked_package_has_a_hash():
    text = (ROOT / "requirements.txt").read_text()
    blocks = re.split(r"\n(?=[a-z])", text)
    packages = [block for block in blocks if re.match(r"[a-z0-9-]+==", block)]
    assert len(packages) > 50
    assert all("--hash=sha256:" in block for block in packages)


def test_the_conda_environment_has_the_locks_versions():
    environment = yaml.safe_load((ROOT / "envs" / "colorization.yaml").read_text())
    pins = [line.split("==") for line in environment["dependencies"][-1]["pip"]]
    for name, version in pins:
        assert version in locked()[name], name
    direct = re.findall(
        r"^([a-z-]+)", (ROOT / "requirements.in").read_text(), re.MULTILINE
    )
    assert {name for name, _ in pins} == set(direct) - {"pytest", "ruff", "snakefmt"}
