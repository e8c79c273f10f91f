"""The gallery: a page that shows runs, image by image, without a server."""

import re
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import yaml
from PIL import Image

from colorization.evaluation.metrics_file import Interval, read_metrics
from colorization.method.constants import GRAY, MODEL, TRUTH
from colorization.pages import own_photographs
from colorization.pages.own_photographs import Colorized
from colorization.pages.report import numbers
from colorization.pages.report.metrics import METRICS
from colorization.pages.templates import environment
from colorization.runtime.files import atomic
from colorization.runtime.tables import read_arrays, read_table

# Metrics that are shown for each image.
SHOWN = ["auc", "auc_rebalanced", "rmse_ab", "ciede2000", "psnr", "ssim", "lpips"]
SHOWN += ["colourfulness"]
# Columns of pictures: two that all runs of a dataset share, and the model's.
COLUMNS = GRAY, TRUTH, MODEL


class GalleryRun(NamedTuple):
    """What the gallery shows of a run."""

    dataset: str
    settings: dict[str, Any]
    evaluation: Path  # results/evaluate/<run>
    photographs: Colorized | None  # if there are any


def write(runs: dict[str, GalleryRun], page: Path, pictures: Path) -> None:
    """Write `page`, and its pictures to the folder `pictures` beside it."""
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
        data=dict(runs=shown, metrics=metrics),
        runs=list(runs),
        metrics=metrics,
        size=max(run.settings["data"]["size"] for run in runs.values()),
    )
    with atomic(page) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _describe(name: str, run: GalleryRun, pictures: Path) -> dict[str, Any]:
    """The data of a run for the page's script; writes the run's pictures."""
    methods = read_metrics(run.evaluation / "metrics.json").methods
    scores = read_table(run.evaluation / "per_image.csv", ["image", "auc"], ["method"])
    model, gray = (
        scores[scores["method"] == method].set_index("image")
        for method in (MODEL, GRAY)
    )
    images, temperatures = _images(name, run, pictures)
    for index, image in images.items():
        image["metrics"] = _known(model.loc[index])
        image["baseline"] = _known(gray.loc[index])
    evaluate = run.settings["evaluate"]
    photographs = run.photographs
    save = partial(_save, pictures=pictures)
    return dict(
        dataset=run.dataset,
        temperature=f"{evaluate['temperature']:g}",
        # A regression, whose pictures have no temperatures, is not decoded.
        decoding=numbers.decoding(evaluate) if temperatures else "",
        share=numbers.share(evaluate["rebalance"]) if temperatures else "",
        temperatures=[f"{t:g}" for t in sorted(temperatures)],
        summary=_summary(methods[MODEL]),
        gray=_summary(methods[GRAY]),
        settings=yaml.safe_dump(run.settings, sort_keys=False, allow_unicode=True),
        images=[images[index] for index in sorted(images)],
        photographs=own_photographs.describe(name, photographs, save)
        if photographs
        else [],
    )


def _images(
    name: str, run: GalleryRun, pictures: Path
) -> tuple[dict[int, dict], set[float]]:
    """The run's test images by their numbers, and the temperatures; writes their pictures."""
    temperatures: set[float] = set()
    images: dict[int, dict] = {}
    for file, group in [("selection", None), ("ranks", "rank")]:
        names = ["index", *COLUMNS, "temperatures", "annealed"]
        names += [group] if group else []
        arrays = read_arrays(run.evaluation / f"{file}.npz", names)
        temperatures |= {*arrays["temperatures"].tolist()}
        for row, index in enumerate(arrays["index"].tolist()):
            image = images.setdefault(index, dict(id=index, groups=[], at={}))
            image["groups"].append(str(arrays[group][row]) if group else "fixed")
            for key in COLUMNS:
                folder = name if key == MODEL else run.dataset
                file_name = Path(folder, f"{index}-{_slug(key)}")
                image[_slug(key)] = _save(arrays[key][row], file_name, pictures)
            for t, pixels in zip(
                arrays["temperatures"], arrays["annealed"], strict=True
            ):
                file_name = Path(name, f"{index}-t-{t:g}")
                image["at"][f"{t:g}"] = _save(pixels[row], file_name, pictures)
    return images, temperatures


def _known(values: pd.Series) -> dict[str, float]:
    """The metrics that are shown and were measured."""
    return {
        key: float(values[key])
        for key in SHOWN
        if key in values and np.isfinite(values[key])
    }


def _summary(metrics: dict[str, Interval]) -> dict[str, dict[str, float]]:
    """Values and intervals of the metrics that are shown."""
    return {
        key: metrics[key].model_dump(exclude_none=True)
        for key in SHOWN
        if key in metrics
    }


def _slug(key: str) -> str:
    """The part of a file's name for a column: "ground truth" to "ground-truth"."""
    return re.sub(r"[^a-z0-9.]+", "-", key.lower())


def _save(pixels: np.ndarray, file_name: Path | str, pictures: Path) -> str:
    """Write a picture, a small one without loss. Returns its address for the page."""
    path = pictures / f"{file_name}.webp"
    if not path.exists():
        exact = max(pixels.shape) <= 256
        with atomic(path) as temporary:
            Image.fromarray(pixels).save(temporary, "WEBP", lossless=exact, quality=90)
    return f"{pictures.name}/{path.relative_to(pictures).as_posix()}"
