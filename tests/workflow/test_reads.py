"""A stage reads what it declares, and nothing else: whatever it read besides could change
without the stage running again."""

import fnmatch

from colorization.provenance.record import records

# What a stage has done so far, which it checks against what it was made from.
OWN = {
    "train": ["results/train/*/checkpoints/*", "results/train/*/history.csv"],
    "folder": ["results/data/*/.import*"],
    "colorize": ["results/colorize/*"],
}
OTHERS = {
    # Digests of the pictures are in photographs.csv.
    "gallery": ["results/colorize/*"],
    # A record is new when what it is about is new.
    "report": ["results/**/provenance/*.json", "results/provenance/*.json"],
}
# By a param that has the digests of their contents.
BY_CONTENT = ["photos/*", "mine/*", "w.pth"]


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
        allowed = [*OWN.get(rule, []), *OTHERS.get(rule, []), *BY_CONTENT]
        allowed += [".snakemake/*", f"results/logs/{rule}*"]
        undeclared = {
            path
            for path in paths - declared[rule]
            if not any(fnmatch.fnmatch(path, pattern) for pattern in allowed)
        }
        assert not undeclared, rule
