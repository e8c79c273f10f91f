"""make audit: known vulnerabilities of all that is locked, from PyPI's and npm's services.

Exit status 1 if there are any, 2 if a service has not answered for all.
"""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PIP_AUDIT = ["--format", "json", "--disable-pip", "--require-hashes"]
PIP_AUDIT += ["--progress-spinner", "off"]
PIP_AUDIT += ["-r", "requirements.txt", "-r", "envs/audit.txt"]
NO_ANSWER = "the service gave no answer: is this machine offline?"


def of_pypi(said: str) -> tuple[list[str], str | None]:
    """A line for each vulnerability that pip-audit prints, and what was not answered."""
    try:
        packages = json.loads(said)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return [], NO_ANSWER
    # What pip-audit says of every package, too, where a proxy answers for the service.
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    found = [
        f"{package['name']} {package['version']}: {one['id']}, mended in "
        f"{', '.join(one['fix_versions']) or 'no version yet'}"
        for package in packages
        for one in package.get("vulns", [])
    ]
    if len(unknown) == len(packages):
        return found, NO_ANSWER
    names = ", ".join(unknown)
    return found, f"the service gave no answer for {names}" if unknown else None


def of_npm(said: str) -> tuple[list[str], str | None]:
    """The same of npm."""
    try:
        packages = json.loads(said)["vulnerabilities"].values()
    except (ValueError, KeyError, TypeError):
        return [], NO_ANSWER
    return [f"{p['name']} {p['range']}: {p['severity']}" for p in packages], None


def main(pip_audit: str) -> int:
    """Ask both services, whatever the first one says."""
    status = 0
    halves = [
        ("PyPI", [pip_audit, *PIP_AUDIT], ROOT, of_pypi),
        ("npm", ["npm", "audit", "--json"], ROOT / "colorization/pages/web", of_npm),
    ]
    for service, command, folder, read in halves:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, encoding="utf-8"
        )
        found, missing = read(done.stdout)
        for line in found:
            print(f"{service}: {line}")
        if missing:
            errors = [
                line for line in done.stderr.splitlines() if "error" in line.lower()
            ]
            print(f"{service}: {missing}", *errors[:1])
        elif not found:
            print(f"{service}: no known vulnerability")
        status = status or (1 if found else 2 if missing else 0)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
