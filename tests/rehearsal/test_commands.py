"""Every make target and every command in the documents, typed as it is written there.

In a clone whose settings are tiny. They run in the order of the list, one after the other,
as a reader would type them: most of what a later one needs is there by then.
"""

import os
import re
import shutil
import signal
import subprocess
import time
import urllib.request
from typing import NamedTuple

import numpy as np
import pytest
import torch
import yaml
from PIL import Image
from skimage import data

from colorization.planning.config import merge
from tests.support.commands import documented
from tests.support.models import make_state
from tests.support.stl10_server import serve
from tests.support.workflows import ROOT, SMALL

TINY = merge(
    yaml.safe_load(SMALL),
    dict(
        data=dict(sample=dict(train=24, validation=8, test=8)),
        train=dict(steps=2, validate_every=1),
        evaluate=dict(sweep_images=4, temperatures=[0.38]),
    ),
)


class Row(NamedTuple):
    """How a command is tried."""

    # Appended to it: sizes, if it takes any.
    sizes: str = ""
    # Text that it must print.
    says: str = ""
    # A file that it must write.
    writes: str = ""
    # Another test that types this command, with all that it needs.
    elsewhere: str = ""
    statuses: tuple[int, ...] = (0,)
    # A page that it serves until it is stopped.
    serves: str = ""
    # Tried by make test, too: quick, and needs nothing that another line makes.
    in_make_test: bool = False


REPORT = "results/report.html"
ALL = "snakemake --cores 4 --resources gpu=1"
FOLDER = "--config 'data={source: folder, folder: {paths: [/data/photos]}}'"
COLORIZE = "colorization colorize photo.jpg"
NO_TEST = " WITH='-k no_test_has_this_name'"
# They run in this order.
ROWS = {
    "make help": Row(says="make run", in_make_test=True),
    "make check": Row(" WITH='-k gamut_slug'", says="passed"),
    "pytest tests/unit/test_loss.py": Row(says="passed"),
    "make run": Row(writes=REPORT),
    ALL: Row(says="Nothing to be done"),
    f"{ALL} -n": Row(says="Nothing to be done"),
    "colorization explain": Row(says="Nothing would run"),
    "make explain WITH=\"--config 'train={seed: 3}'\"": Row(says="train.seed is 3"),
    "colorization provenance results/evaluate/full/grid.png": Row(says="made by"),
    "snakemake --cores 4 colorize --config colorize-photos=holiday/": Row(
        writes="results/colorize/full/cat.png"
    ),
    "snakemake --cores 4 realism": Row(writes="results/realism/index.html"),
    COLORIZE: Row(says="1 of 1 colorized", writes="colorized/photo.jpg"),
    f"{COLORIZE} -o out/ --hints photo-hints.json": Row(says="1 of 1 colorized"),
    f"{COLORIZE} holiday/": Row(says="2 of 2 colorized", writes="colorized/photo.jpg"),
    f"{COLORIZE} holiday/ -o out/ --vividness 0.75 --side-by-side": Row(
        says="2 of 2 colorized"
    ),
    "snakemake --cores 4 results/export/full/model.onnx": Row(
        writes="results/export/full/model.fp16.onnx"
    ),
    "make demo": Row(
        writes="results/export/base/export.json", serves="demo/index.html"
    ),
    "make demo RUN=full": Row(
        writes="results/export/full/export.json", serves="demo/index.html"
    ),
    "make sbom": Row(writes="results/sbom.python.json"),
    "make crate": Row(writes="results/crate.zip"),
    "snakemake --unlock": Row(),
    "make stl10": Row(writes="results/gallery/index.html"),
    f"{ALL} --configfile config/stl10.yaml": Row(says="Nothing to be done"),
    f"{ALL} {FOLDER}": Row(writes=REPORT),
    f"{ALL} --configfile config/ablation.yaml": Row(
        writes="results/evaluate/l2/metrics.json"
    ),
    # Its runs are those of the ablation.
    f"{ALL} --configfile config/imagenet.yaml": Row(says="Nothing to be done"),
    "python -m docs.rebalancing results": Row(writes="docs/rebalancing.csv"),
    f"{ALL} --configfile config/recipes.yaml": Row(
        writes="results/train/seed/history.csv"
    ),
    "make recipes": Row(says="default against seed"),
    "make reproduce": Row(" WITH='--until gamut'", says="artifacts are equal"),
    "make base PHOTOS='photos holiday'": Row(writes="colorization/base/base.md"),
    "make rulegraph": Row(writes="docs/rulegraph.svg", in_make_test=True),
    "colorization schema": Row(writes="docs/settings.md", in_make_test=True),
    "make bench": Row(" WITH='--share 0.0006'", writes="results/bench.json"),
    "make scale": Row(" WITH='--share 0.0002'", writes="results/scale.json"),
    "make chaos": Row(" WITH='--minutes 0.1 --faults 1 sample'", says='"lost": 0'),
    "make soak": Row(" WITH='--kills 1'", says="1 passed"),
    "make test": Row(" WITH='-k gamut_slug'", says="passed"),
    "make test-browser": Row(NO_TEST, says="deselected", statuses=(2,)),
    "make test-slurm": Row(NO_TEST, says="deselected", statuses=(2,)),
    "make rehearsal": Row(NO_TEST, says="deselected", statuses=(2,)),
    # The status tells whether the services answered.
    "make audit": Row(says="npm", statuses=(0, 2)),
    "snakemake --workflow-profile profiles/slurm": Row(
        elsewhere="tests/slurm/test_slurm.py"
    ),
    "make run TORCH=cpu": Row(elsewhere="tests/unit/test_make.py"),
    "pip install .": Row(elsewhere="tests/unit/test_package.py"),
    "make clean-env": Row(),
}


def targets():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()


def test_every_command_line_of_the_documents_is_tried():
    commands = documented(ROOT)
    missing = {line: files for line, files in commands.items() if line not in ROWS}
    assert not missing


def test_every_make_target_is_tried():
    tried = {line.split()[1] for line in ROWS if line.startswith("make ")}
    assert set(targets()) <= tried


def test_nothing_is_tried_that_is_neither_documented_nor_a_target():
    commands, named = documented(ROOT), {f"make {target}" for target in targets()}
    assert not ROWS.keys() - commands.keys() - named


def test_what_is_tried_elsewhere_is_tried_there():
    for line, row in ROWS.items():
        if row.elsewhere:
            text = (ROOT / row.elsewhere).read_text(encoding="utf-8")
            assert line.split()[1] in text, line


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """A clone with tiny settings, photographs, and a server of STL-10's archive."""
    folder = tmp_path_factory.mktemp("clone")
    command = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    for name in listed.stdout.decode().split("\0"):
        if not (ROOT / name).is_file():
            continue
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    # Marked as installed: the marks must be newer than what they depend on.
    (folder / ".venv").symlink_to(ROOT / ".venv")
    for name in ("requirements.txt", "pyproject.toml", "envs/audit.txt"):
        os.utime(folder / name, (0, 0))
    photographs = [*("chelsea", "coffee", "rocket", "astronaut")] * 6
    for name in ("holiday", "photos"):
        (folder / name).mkdir()
    for number, name in enumerate(photographs):
        image = Image.fromarray(getattr(data, name)()).resize((64, 48))
        image.save(folder / f"photos/{number}.png")
    Image.fromarray(data.chelsea()[:96, :128]).save(folder / "holiday/cat.png")
    Image.fromarray(data.coffee()[:96, :128]).save(folder / "photo.jpg")
    hints = '{"hints": [{"x": 0.5, "y": 0.5, "a": -20, "b": 40}]}'
    (folder / "photo-hints.json").write_text(hints, encoding="utf-8")
    torch.save(make_state(), folder / "w.pth")
    with serve(np.random.default_rng(0)) as server:
        stl10 = dict(url=server.url, md5=server.md5, unlabeled=12, validation=4)
        change(
            folder / "config.yaml", TINY | dict(data=TINY["data"] | dict(stl10=stl10))
        )
        for overlay in (folder / "config").glob("*.yaml"):
            change(overlay, {}, only=("runs", "colorize"))
        change(folder / "config/stl10.yaml", dict(data=dict(source="stl10", size=96)))
        yield folder


def change(path, settings, only=None):
    """Override settings of a config file, or keep only some keys."""
    now = yaml.safe_load(path.read_text(encoding="utf-8"))
    kept = {key: value for key, value in now.items() if only is None or key in only}
    path.write_text(yaml.safe_dump(merge(kept, settings)), encoding="utf-8")


def typed(clone, line, serves=""):
    """Status and output of a command, typed in a shell in the clone."""
    environment = os.environ | {"PATH": f"{clone}/.venv/bin:{os.environ['PATH']}"}
    process = subprocess.Popen(
        ["bash", "-c", line],
        cwd=clone,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        start_new_session=True,
    )
    if serves:
        wait_for(f"http://127.0.0.1:8000/{serves}", process)
        os.killpg(process.pid, signal.SIGINT)
    output, _ = process.communicate()
    return process.returncode, output


def wait_for(address, process):
    while process.poll() is None:
        try:
            with urllib.request.urlopen(address) as answer:
                assert answer.status == 200
                return
        except OSError:
            time.sleep(0.2)


def lines():
    for line, row in ROWS.items():
        marks = [] if row.in_make_test else [pytest.mark.rehearsal]
        if not row.elsewhere:
            yield pytest.param(line, marks=marks)


@pytest.mark.parametrize("line", list(lines()))
def test_a_command_line(clone, line):
    row = ROWS[line]
    whole = line + row.sizes
    for there, here in {"/data/colorization_release_v2-9b330a0b.pth": "w.pth"}.items():
        whole = whole.replace(there, here)
    whole = whole.replace("/data/", "")
    status, output = typed(clone, whole, row.serves)
    assert status in row.statuses or row.serves, output
    assert row.says in output, output
    assert not row.writes or (clone / row.writes).exists(), output
    assert "Traceback" not in output
