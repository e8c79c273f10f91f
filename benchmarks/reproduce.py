"""make reproduce: run the workflow in two folders, and compare all artifacts."""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pandas as pd

from colorization.runtime.files import file_digest

ROOT = Path(__file__).parents[1]
# Files that are no artifacts or contain times: logs, states, the report.
LEFT_OUT = {
    "logs",
    "checkpoints",
    ".done.jsonl",
    ".snakemake_timestamp",
    "report.html",
    "crate.zip",
    "tensorboard",
}
# Fields of a record that may differ: times, and commits of the same code.
PASSING = ("started", "seconds", "git")
TIMED = ("history.csv", "report.html")


def content(path: Path) -> str:
    """Digest of an artifact, without what may differ between two equal runs."""
    if path.name == "history.csv":
        text = pd.read_csv(path).drop(columns="seconds").to_csv()
        return hashlib.sha256(text.encode()).hexdigest()
    if path.parent.name == "provenance":
        record = json.loads(path.read_text(encoding="utf-8"))
        for key in PASSING:
            del record[key]
        # Digests of files that contain times.
        for files in (record["inputs"], record["outputs"]):
            for key in [key for key in files if key.endswith(TIMED)]:
                del files[key]
        return hashlib.sha256(json.dumps(record).encode()).hexdigest()
    return file_digest(path)


def artifacts(results: Path) -> dict[str, str]:
    """Digests of all artifacts below a results folder, by their paths."""
    return {
        path.relative_to(results).as_posix(): content(path)
        for path in sorted(results.rglob("*"))
        if path.is_file() and not LEFT_OUT & set(path.relative_to(results).parts)
    }


def compare(left: dict[str, str], right: dict[str, str]) -> pd.DataFrame:
    """One row for each artifact: its digests, and whether they are equal."""
    names = sorted(left.keys() | right.keys())
    rows = [(name, left.get(name, "—"), right.get(name, "—")) for name in names]
    table = pd.DataFrame(rows, columns=["artifact", "first", "second"])
    return table.assign(equal=table["first"] == table["second"])


def main() -> int:
    """Exit status 0 if all digests are equal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("options", nargs="*", help="of snakemake, after --")
    options = parser.parse_args().options
    digests = []
    for number in ("first", "second"):
        with tempfile.TemporaryDirectory(prefix=f"{number}-") as folder:
            command = [sys.executable, "-m", "snakemake", "--snakefile"]
            command += [str(ROOT / "Snakefile"), "--directory", folder]
            # --cores comes last: a target would be taken for one of the --resources.
            command += ["--resources", "gpu=1", "--cores", "4"]
            subprocess.run([*command, *options], check=True)
            digests.append(artifacts(Path(folder, "results")))
    table = compare(*digests)
    for row in table.itertuples():
        print(f"{row.first[:16]}  {row.second[:16]}  {row.equal!s:5}  {row.artifact}")
    print(f"{table['equal'].sum()} of {len(table)} artifacts are equal")
    return int(not table["equal"].all())


if __name__ == "__main__":
    sys.exit(main())
