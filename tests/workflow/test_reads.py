"""Stages read only what they declare: a change of anything else would not run them again."""

import fnmatch

from colorization.provenance.record import records

# A stage's own earlier work, which it checks before use.
EARLIER_WORK = {
    "train": ["results/train/*/checkpoints/*", "results/train/*/history.csv"],
    "folder": ["results/data/*/.import*"],
    "colorize": ["results/colorize/*"],
}
UNDECLARED = {
    # Digests of the pictures are in photographs.csv.
    "gallery": ["results/colorize/*"],
    # A record changes together with its results.
    "report": ["results/**/provenance/*.json", "results/provenance/*.json"],
}
# Files whose digests are in a param.
BY_CONTENT = ["photos/*", "mine/*", "w.pth", "start.safetensors"]


def test_stages_read_what_they_declare(study):
    declared, opened = {}, {}
    for record in records(study.folder / "results"):
        files = {*record.inputs, *record.images, *record.outputs}
        declared.setdefault(record.rule, set()).update(files)
    for path in study.folder.glob("reads/*"):
        rule = path.name.split(".")[1]
        opened.setdefault(rule, set()).update(
            path.read_text(encoding="utf-8").splitlines()
        )
    assert opened.keys() == declared.keys()
    for rule, paths in opened.items():
        allowed = [*EARLIER_WORK.get(rule, []), *UNDECLARED.get(rule, []), *BY_CONTENT]
        # A job's own temporary files are there, too.
        allowed += [".snakemake/*", f"results/logs/{rule}*", "*.part.*"]
        undeclared = {
            path
            for path in paths - declared[rule]
            if not any(fnmatch.fnmatch(path, pattern) for pattern in allowed)
        }
        assert not undeclared, rule
