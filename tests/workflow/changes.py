"""What may change after a run beside settings and modules: files, times, records, metadata.

Each row has the workflow that it is about, as in matrix.py, the change, options of
Snakemake, and the stages that it hits directly.
"""

import itertools
import json
import os
import shutil
import time

from PIL import Image

from colorization.runtime.files import file_digest
from tests.support.mirror import remove
from tests.support.workflows import ROOT
from tests.workflow import matrix


def append(name, text="\n_changed = 1\n"):
    """Append to one file of the code."""

    def change(clone):
        with open(clone.root / name, "a", encoding="utf-8") as file:
            file.write(text)

    return change


def replace(name, old, new):
    """Replace a text in one file of the code."""

    def change(clone):
        text = (clone.root / name).read_text(encoding="utf-8")
        assert old in text
        (clone.root / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return change


def on_files(pattern, action, backwards=False):
    """An action on files of the workflow's folder, in the order of their names."""

    def change(clone):
        paths = sorted(clone.folder.glob(pattern), reverse=backwards)
        assert paths, pattern
        for path in paths:
            action(path)

    return change


TIMES = itertools.count(time.time())


def touch(path):
    """Each file becomes a second newer than the one before."""
    if path.is_file():
        os.utime(path, (next(TIMES),) * 2)


def put_another(path):
    """Other content of the same size, with an older time."""
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    os.utime(path, (1e9, 1e9))


def forget(clone):
    """Results without Snakemake's metadata and with other times, as after a copy."""
    remove(clone.folder / ".snakemake")
    for path in clone.folder.glob("results/**/*"):
        os.utime(path, (1e9, 1e9), follow_symlinks=False)


def forget_records(clone):
    forget(clone)
    on_files("results/**/provenance", remove)(clone)


def put_over(clone):
    """A model that was trained with another seed, with its record, in place of this."""
    record = clone.folder / "results/train/full/provenance/train.json"
    text = record.read_text(encoding="utf-8")
    record.write_text(text.replace('"seed": 0', '"seed": 9'), encoding="utf-8")
    on_files("results/train/full/**/*", touch)(clone)


def put_back(clone):
    """An older model and its record, with their old times, in place of this one."""
    record = clone.folder / "results/train/full/provenance/train.json"
    content = json.loads(record.read_text(encoding="utf-8"))
    model = "results/train/full/model.safetensors"
    put_another(clone.folder / model)
    content["outputs"][model] = file_digest(clone.folder / model)
    record.write_text(json.dumps(content), encoding="utf-8")
    on_files("results/train/full/**/*", lambda path: os.utime(path, (1e9, 1e9)))(clone)


def clean(clone):
    """Clean the metadata, as Snakemake advises for a change that does not matter."""
    results = clone.folder / "results/train/full"
    outputs = [results / name for name in ("model.safetensors", "history.csv")]
    outputs += [results / "provenance/train.json"]
    clone("--cleanup-metadata", *(path.relative_to(clone.folder) for path in outputs))


def clean_and_look(clone):
    clean(clone)
    clone("-n")


def add_photograph(clone):
    Image.new("RGB", (50, 50), "red").save(clone.folder / "photos/dark/new.png")


def put_weights(clone):
    """Put a network's weights into the folder of torchvision's downloads."""
    clone.environment = {"TORCH_HOME": str(clone.folder / "torch")}
    path = clone.folder / "torch/hub/checkpoints/alexnet-owt-7be5be79.pth"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"weights")


PHOTO = "photos/dark/0.png"


def change_last_byte(path):
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


MODEL = "results/train/*/model.safetensors"
MODEL_USERS = {"evaluate", "pictures", "temperatures"}
EVERYTHING = matrix.COMMON | {"sample", "settings"}
AFTER_FOLDER = {"folder"}
# What changes: workflow, change, options of snakemake, stages hit directly.
CASES = {
    "nothing": ("sample", None, [], set()),
    "a photograph": ("study", on_files(PHOTO, put_another), [], AFTER_FOLDER),
    "a photograph more": ("study", add_photograph, [], AFTER_FOLDER),
    "a photograph less": ("study", on_files(PHOTO, remove), [], AFTER_FOLDER),
    "a photograph's name": (
        "study",
        on_files(PHOTO, lambda path: path.rename(path.with_name("x.png"))),
        [],
        AFTER_FOLDER,
    ),
    "the model that a run starts from": (
        "study",
        on_files("start.safetensors", change_last_byte),
        [],
        # Another run's model colorizes, and a regression has no temperatures.
        {"train", "-colorize", "-temperatures", "-draw_temperatures"},
    ),
    "its time": ("study", on_files("start.safetensors", touch), [], set()),
    "times of photographs": ("study", on_files("photos/*/*", touch), [], set()),
    "a file beside them": (
        "study",
        lambda clone: (clone.folder / "photos/notes.txt").write_text(
            "no image", encoding="utf-8"
        ),
        [],
        set(),
    ),
    "published weights": ("study", on_files("w.pth", put_another), [], {"published"}),
    "their time": ("study", on_files("w.pth", touch), [], set()),
    "weights that were missing": ("sample", put_weights, [], {"evaluate"}),
    "times of all results": ("study", on_files("results/**/*", touch), [], set()),
    "times of all results, backwards": (
        "study",
        on_files("results/**/*", touch, backwards=True),
        [],
        set(),
    ),
    "times that have not come yet": (
        "study",
        on_files("results/**/*", lambda path: os.utime(path, (3e9, 3e9))),
        [],
        set(),
    ),
    "times of STL-10's files": (
        "stl10",
        on_files("results/data/stl10_binary/*", touch),
        [],
        set(),
    ),
    "a prior by hand": (
        "sample",
        on_files(
            "results/prior/*/table.csv",
            lambda p: p.write_text(
                p.read_text(encoding="utf-8")[:-9], encoding="utf-8"
            ),
        ),
        [],
        {"train", "evaluate", "temperatures", "draw_prior"},
    ),
    "a model by hand": (
        "sample",
        on_files(MODEL, lambda path: path.write_bytes(path.read_bytes() + b"0")),
        [],
        {"evaluate", "pictures", "temperatures"},
    ),
    "deleted metrics": (
        "sample",
        on_files("results/evaluate/full/metrics.json", remove),
        [],
        {"evaluate"},
    ),
    "deleted picture": (
        "sample",
        on_files("results/gamut/*/gamut.png", remove),
        [],
        {"draw_gamut"},
    ),
    "deleted comparison": (
        "sample",
        on_files("results/comparison.csv", remove),
        [],
        {"compare"},
    ),
    "a deleted file of a folder of results": (
        "study",
        on_files("results/colorize/*/sub/*", remove),
        [],
        {"colorize"},
    ),
    "a result cut short": (
        "study",
        on_files("results/colorize/*/sub/*", lambda path: os.truncate(path, 99)),
        [],
        {"colorize"},
    ),
    "results among the photographs": (
        "study",
        lambda clone: (clone.folder / "photos/results").symlink_to("../results"),
        [],
        set(),
    ),
    "thumbnails among the photographs": (
        "study",
        lambda clone: (
            (clone.folder / "photos/@eaDir").mkdir(),
            shutil.copy(clone.folder / PHOTO, clone.folder / "photos/@eaDir"),
        ),
        [],
        set(),
    ),
    # Results are right without them; they are made again when something needs them.
    "deleted bins": ("sample", on_files("results/gamut/*/bins.npy", remove), [], set()),
    "deleted images": ("sample", on_files("results/data/*/*.npy", remove), [], set()),
    "deleted states": (
        "sample",
        on_files("results/train/*/checkpoints", remove),
        [],
        set(),
    ),
    "deleted records": ("sample", on_files("results/**/provenance", remove), [], set()),
    "a model by hand, older": ("sample", on_files(MODEL, put_another), [], MODEL_USERS),
    "an older model put back": ("sample", put_back, [], MODEL_USERS | {"model_card"}),
    "a model of another seed put here": ("sample", put_over, [], {"train"}),
    "images by hand": (
        "sample",
        on_files("results/data/*/train.npy", put_another),
        [],
        {"sample"},
    ),
    "copied results": ("study", forget, [], set()),
    "copied results, downloaded": ("stl10", forget, [], set()),
    "copied results, and a setting": (
        "sample",
        forget,
        ["--config", "train={seed: 3}"],
        {"train", "settings", "gallery"},
    ),
    "copied results, and a page's style": (
        "sample",
        lambda clone: (
            forget(clone),
            append("colorization/pages/web/gallery/gallery.css", "p {}")(clone),
        ),
        [],
        {"gallery"},
    ),
    "copied results, one by hand": (
        "sample",
        lambda clone: (on_files(MODEL, put_another)(clone), forget(clone)),
        [],
        {"train"},
    ),
    "copied results without records": ("sample", forget_records, [], EVERYTHING),
    "copied results, some without records": (
        "sample",
        lambda clone: (
            remove(clone.folder / "results/evaluate/full/provenance"),
            forget(clone),
        ),
        [],
        {"evaluate", "pictures", "temperatures"}
        | {"draw_curves", "draw_pictures", "draw_temperatures"},
    ),
    "cleaned metadata": ("sample", clean, [], set()),
    "cleaned metadata, for a setting": (
        "sample",
        clean,
        ["--config", "train={seed: 3}"],
        {"settings", "gallery", "model_card"},
    ),
    "cleaned metadata, and later a setting": (
        "sample",
        clean_and_look,
        ["--config", "train={seed: 3}"],
        {"train", "settings", "gallery"},
    ),
    "deleted folder of results": (
        "sample",
        on_files("results/gallery/pictures", remove),
        [],
        {"gallery"},
    ),
    "deleted file of a folder of results": (
        "sample",
        on_files("results/gallery/pictures/full/*-model.webp", remove),
        [],
        {"gallery"},
    ),
    "deleted .snakemake": ("sample", on_files(".snakemake", remove), [], set()),
    "deleted .snakemake, and a setting": (
        "sample",
        on_files(".snakemake", remove),
        ["--config", "evaluate={grid_images: 2}"],
        {"pictures", "settings", "gallery"},
    ),
    "deleted metadata, and code": (
        "sample",
        lambda clone: (
            remove(clone.folder / ".snakemake/metadata"),
            append("workflow_scripts/train.py")(clone),
        ),
        [],
        {"train"},
    ),
    "cores": ("sample", None, ["--cores", "1"], set()),
    "another profile's limits": ("sample", None, ["--resources", "gpu=4"], set()),
    "a comment": (
        "study",
        append("colorization/runtime/files.py", "\n# why\n"),
        [],
        set(),
    ),
    "a docstring": (
        "study",
        replace("colorization/method/gamut_bins.py", '"""', '"""Other words. '),
        [],
        set(),
    ),
    "formatting": (
        "sample",
        replace(
            "colorization/method/loss.py", "import torch\n", "import  torch  \n\n\n"
        ),
        [],
        set(),
    ),
    "a rule's comment": ("sample", append("rules/train.smk", "\n# why\n"), [], set()),
    "a page's style": (
        "sample",
        append("colorization/pages/web/gallery/gallery.css", "p {}\n"),
        [],
        {"gallery"},
    ),
    "the demo's page": (
        "sample",
        append("colorization/pages/web/demo/demo.css"),
        [],
        set(),
    ),
    "the report's look": (
        "sample",
        append("colorization/pages/web/report/report.css", "/**/"),
        [],
        {"report"},
    ),
    "all pages' look": (
        "sample",
        append("colorization/pages/web/base.css", "/**/"),
        [],
        {"report", "gallery", "model_card"},
    ),
    "the card's text": (
        "sample",
        append("colorization/pages/web/model_card.md.j2", "More.\n"),
        [],
        {"model_card"},
    ),
    "deleted report": (
        "sample",
        on_files("results/report.html", remove),
        [],
        {"report"},
    ),
    "deleted card": (
        "sample",
        on_files("results/*/model_card.md", remove),
        [],
        {"model_card"},
    ),
    "an overlay that is not used": (
        "sample",
        append("config/stl10.yaml", "\nseeds: 3\n"),
        [],
        set(),
    ),
}
# Environments are what conda makes; without --sdm conda they are not in use, and with it
# Snakemake's own trigger software-env looks at them.
for path in sorted((ROOT / "envs").iterdir()):
    change = append(f"envs/{path.name}", "\n# changed\n")
    CASES[f"envs/{path.name}"] = ("study", change, [], set())
