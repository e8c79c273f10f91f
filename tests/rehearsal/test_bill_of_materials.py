"""The bill of materials that `make sbom` writes, against what is installed."""

import json
import re
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

from tests.support.workflows import ROOT
from tests.unit.test_requirements import LOCKS, direct


@pytest.mark.rehearsal
def test_the_bill_of_materials_has_what_is_installed(tmp_path):
    bill = tmp_path / "sbom.json"
    environment = Path(sys.prefix)
    tool = ROOT / ".venv/audit/bin/cyclonedx-py"  # make rehearsal installs it
    command = [tool, "environment", environment, "-o", bill]
    subprocess.run(command, check=True, capture_output=True)
    components = json.loads(bill.read_text(encoding="utf-8"))["components"]
    listed = {(c["name"].lower().replace("_", "-"), c["version"]) for c in components}
    found = {
        (re.sub("[-_.]+", "-", d.name).lower(), d.version) for d in distributions()
    }
    missing = {name for name, _ in found} - {
        re.sub("[-_.]+", "-", name) for name, _ in listed
    }
    assert not missing
    assert set(direct(LOCKS[0])) <= {name for name, _ in listed}
