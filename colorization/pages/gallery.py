"""The gallery: a page to look at runs, image by image, that needs no server."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from PIL import Image

from colorization.evaluation.metrics_file import read_metrics
from colorization.method.constants import GRAY, MODEL, TRUTH
from colorization.pages.report.metrics import METRICS
from colorization.pages.templates import environment
from colorization.runtime.files import atomic
from colorization.runtime.tables import read_arrays, read_table

# The pipeline's own results, however large, are no bombs.
Image.MAX_IMAGE_PIXELS = None
# Shown for each image.
SHOWN = ["auc", "auc_rebalanced", "rmse_ab", "ciede2000", "psnr", "ssim", "lpips"]
SHOWN += ["colourfulness"]
# Of the pictures: the same for all runs of a dataset, and the model's.
COLUMNS = GRAY, TRUTH, MODEL
# Own photographs: so many of a run, their longer side in pixels.
PHOTOGRAPHS, SIDE = 24, 1024


class Run(NamedTuple):
    """What the gallery shows of a run."""

    dataset: str
    settings: dict[str, Any]
    evaluation: Path  # results/evaluate/<run>
    photographs: Path | None  # results/colorize/<run>, if there are any


def write(runs: dict[str, Run], page: Path, pictures: Path) -> None:
    """Write the page, and the pictures that it shows to a folder beside it."""
    pictures.mkdir(parents=True, exist_ok=True)
    shown = {name: _describe(name, run, pictures) for name, run in runs.items()}
    metrics = {
        key: dict(
            label=", ".join(filter(None, [METRICS[key].label, METRICS[key].unit])),
            factor=METRICS[key].factor,
            decimals=METRICS[key].digits,
            more=METRICS[key].better != "lower",
        )
        for key in SHOWN
    }
    pages = environment()
    pages.policies["json.dumps_kwargs"] = dict(sort_keys=False)
    text = pages.get_template("gallery/index.html.j2").render(
        data=dict(runs=shown, metrics=metrics), runs=list(runs), metrics=metrics
    )
    with atomic(page) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _describe(name: str, run: Run, pictures: Path) -> dict[str, Any]:
    """What the page's script is told of a run; writes its pictures."""
    summary = read_metrics(run.evaluation / "metrics.json").methods["model"]
    scores = read_table(run.evaluation / "per_image.csv", ["image", "auc"], ["method"])
    scores = scores.query("method == 'model'")
    scores = scores.set_index("image")
    evaluate = run.settings["evaluate"]
    temperatures: set[float] = set()
    images: dict[int, dict] = {}
    for file, group in [("selection", None), ("ranks", "rank")]:
        names = ["index", *COLUMNS, "temperatures", "annealed"]
        names += [group] if group else []
        made = read_arrays(run.evaluation / f"{file}.npz", names)
        temperatures |= {*made["temperatures"].tolist()}
        for row, index in enumerate(made["index"].tolist()):
            image = images.setdefault(index, dict(id=index, groups=[], at={}))
            image["groups"].append(str(made[group][row]) if group else "fixed")
            for key in COLUMNS:
                folder = name if key == MODEL else run.dataset
                place = Path(folder, f"{index}-{_slug(key)}")
                image[_slug(key)] = _save(made[key][row], pictures, place)
            for t, pixels in zip(made["temperatures"], made["annealed"], strict=True):
                place = Path(name, f"{index}-t-{t:g}")
                image["at"][f"{t:g}"] = _save(pixels[row], pictures, place)
            values = scores.loc[index]
            image["metrics"] = {
                key: float(values[key])
                for key in SHOWN
                if key in values and np.isfinite(values[key])
            }
    return dict(
        dataset=run.dataset,
        temperature=f"{evaluate['temperature']:g}",
        temperatures=[f"{t:g}" for t in sorted(temperatures)],
        summary={
            key: summary[key].model_dump(exclude_none=True)
            for key in SHOWN
            if key in summary
        },
        settings=yaml.safe_dump(run.settings, sort_keys=False, allow_unicode=True),
        images=[images[index] for index in sorted(images)],
        photographs=_photographs(name, run, pictures),
    )


def _photographs(name: str, run: Run, pictures: Path) -> list[dict[str, str]]:
    """The own photographs that a run has colorized: small copies, and gray ones."""
    if run.photographs is None:
        return []
    path = run.photographs / "photographs.csv"
    table = read_table(path, [], ["photograph", "result"])
    found = []
    for row in table[table["result"] != ""].itertuples():
        path = run.photographs / row.result
        if len(found) == PHOTOGRAPHS or not path.is_file():
            continue
        with Image.open(path) as file:
            file.thumbnail((SIDE, SIDE))  # before it is made larger by conversion
            small = file.convert("RGBA")
        number = len(found)
        place = Path(name, f"photograph-{number}")
        address = _save(np.asarray(small), pictures, place)
        gray = _save(np.asarray(small.convert("LA")), pictures, f"{place}-gray")
        found.append(dict(name=row.photograph, model=address, gray=gray))
    return found


def _slug(key: str) -> str:
    """A file's name for a key of the pictures: "ground truth" to "ground-truth"."""
    return re.sub(r"[^a-z0-9.]+", "-", key.lower())


def _save(pixels: np.ndarray, pictures: Path, place: Path | str) -> str:
    """Write a picture, small ones without loss; its address on the page."""
    path = pictures / f"{place}.webp"
    if not path.exists():
        exact = max(pixels.shape) <= 256
        with atomic(path) as temporary:
            Image.fromarray(pixels).save(temporary, "WEBP", lossless=exact, quality=90)
    return f"{pictures.name}/{path.relative_to(pictures).as_posix()}"
