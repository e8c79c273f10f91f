"""make audit: known vulnerabilities of all locked packages, by PyPI's and npm's services.

Exit status 1 if there are any, 2 if a service did not answer for all packages.
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


def of_pypi(output: str) -> tuple[list[str], str | None]:
    """A line for each vulnerability in pip-audit's output, and what has no answer."""
    try:
        packages = json.loads(output)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return [], NO_ANSWER
    # A proxy in the place of the service makes pip-audit skip every package.
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    lines = [
        f"{package['name']} {package['version']}: {vulnerability['id']}, fixed in "
        f"{', '.join(vulnerability['fix_versions']) or 'no version yet'}"
        for package in packages
        for vulnerability in package.get("vulns", [])
    ]
    if len(unknown) == len(packages):
        return lines, NO_ANSWER
    names = ", ".join(unknown)
    return lines, f"the service gave no answer for {names}" if unknown else None


def of_npm(output: str) -> tuple[list[str], str | None]:
    """The same for npm's output."""
    try:
        packages = json.loads(output)["vulnerabilities"].values()
    except (ValueError, KeyError, TypeError):
        return [], NO_ANSWER
    return [f"{p['name']} {p['range']}: {p['severity']}" for p in packages], None


def main(pip_audit: str) -> int:
    """Ask both services, even if the first one fails."""
    status = 0
    services = [
        ("PyPI", [pip_audit, *PIP_AUDIT], ROOT, of_pypi),
        ("npm", ["npm", "audit", "--json"], ROOT / "colorization/pages/web", of_npm),
    ]
    for service, command, folder, read in services:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, encoding="utf-8"
        )
        lines, missing = read(done.stdout)
        for line in lines:
            print(f"{service}: {line}")
        if missing:
            errors = [
                line for line in done.stderr.splitlines() if "error" in line.lower()
            ]
            print(f"{service}: {missing}", *errors[:1])
        elif not lines:
            print(f"{service}: no known vulnerability")
        status = status or (1 if lines else 2 if missing else 0)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
