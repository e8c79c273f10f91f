import json

import pytest

from colorization.pages.npm import install
from colorization.provenance.record import ROOT
from colorization.runtime.log import StageError

LOCK = ROOT / "colorization/pages/web" / "package-lock.json"


def test_without_a_registry_the_error_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    with pytest.raises(StageError, match=r"npm ci failed \(ECONNREFUSED\).*registry"):
        install(LOCK, tmp_path)


def test_the_lock_has_digests_and_no_addresses():
    packages = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    wanted = json.loads(LOCK.with_name("package.json").read_text(encoding="utf-8"))[
        "dependencies"
    ]
    for name, version in wanted.items():
        assert packages[f"node_modules/{name}"]["version"] == version
    assert all("integrity" in entry for key, entry in packages.items() if key)
    assert "http" not in LOCK.read_text(encoding="utf-8")
