"""The gallery: a page that shows runs, image by image, without a server."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml
from PIL import Image

from colorization.evaluation.metrics_file import read_metrics
from colorization.method.constants import GRAY, MODEL, TRUTH
from colorization.pages.report import numbers
from colorization.pages.report.metrics import METRICS
from colorization.pages.templates import environment
from colorization.runtime.files import atomic
from colorization.runtime.tables import read_arrays, read_table

# The pictures are the pipeline's own: large ones are not attacks.
Image.MAX_IMAGE_PIXELS = None
# Metrics that are shown for each image.
SHOWN = ["auc", "auc_rebalanced", "rmse_ab", "ciede2000", "psnr", "ssim", "lpips"]
SHOWN += ["colourfulness"]
# Columns of pictures: two that all runs of a dataset share, and the model's.
COLUMNS = GRAY, TRUTH, MODEL
# Own photographs: the most for one run, and their longer side in pixels.
PHOTOGRAPHS, SIDE = 24, 1024


class GalleryRun(NamedTuple):
    """What the gallery shows of a run."""

    dataset: str
    settings: dict[str, Any]
    evaluation: Path  # results/evaluate/<run>
    photographs: Path | None  # results/colorize/<run>, if there are any


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
        data=dict(runs=shown, metrics=metrics), runs=list(runs), metrics=metrics
    )
    with atomic(page) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _describe(name: str, run: GalleryRun, pictures: Path) -> dict[str, Any]:
    """The data of a run for the page's script; writes the run's pictures."""
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
        arrays = read_arrays(run.evaluation / f"{file}.npz", names)
        temperatures |= {*arrays["temperatures"].tolist()}
        for row, index in enumerate(arrays["index"].tolist()):
            image = images.setdefault(index, dict(id=index, groups=[], at={}))
            image["groups"].append(str(arrays[group][row]) if group else "fixed")
            for key in COLUMNS:
                folder = name if key == MODEL else run.dataset
                file_name = Path(folder, f"{index}-{_slug(key)}")
                image[_slug(key)] = _save(arrays[key][row], pictures, file_name)
            for t, pixels in zip(
                arrays["temperatures"], arrays["annealed"], strict=True
            ):
                file_name = Path(name, f"{index}-t-{t:g}")
                image["at"][f"{t:g}"] = _save(pixels[row], pictures, file_name)
            values = scores.loc[index]
            image["metrics"] = {
                key: float(values[key])
                for key in SHOWN
                if key in values and np.isfinite(values[key])
            }
    return dict(
        dataset=run.dataset,
        temperature=f"{evaluate['temperature']:g}",
        # A regression, whose pictures have no temperatures, is not decoded.
        decoding=numbers.decoding(evaluate) if temperatures else "",
        share=numbers.share(evaluate["rebalance"]) if temperatures else "",
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


def _photographs(name: str, run: GalleryRun, pictures: Path) -> list[dict[str, str]]:
    """Names and addresses of a run's colorized photographs: small copies, and gray ones."""
    if run.photographs is None:
        return []
    path = run.photographs / "photographs.csv"
    table = read_table(path, [], ["photograph", "result"])
    photographs = []
    for row in table[table["result"] != ""].itertuples():
        path = run.photographs / row.result
        if len(photographs) == PHOTOGRAPHS or not path.is_file():
            continue
        with Image.open(path) as file:
            file.thumbnail(
                (SIDE, SIDE)
            )  # before the conversion, which needs more memory
            small = file.convert("RGBA")
        number = len(photographs)
        file_name = f"{name}/photograph-{number}"
        address = _save(np.asarray(small), pictures, file_name)
        gray = _save(np.asarray(small.convert("LA")), pictures, f"{file_name}-gray")
        photographs.append(dict(name=row.photograph, model=address, gray=gray))
    return photographs


def _slug(key: str) -> str:
    """The part of a file's name for a column: "ground truth" to "ground-truth"."""
    return re.sub(r"[^a-z0-9.]+", "-", key.lower())


def _save(pixels: np.ndarray, pictures: Path, file_name: Path | str) -> str:
    """Write a picture, a small one without loss. Returns its address for the page."""
    path = pictures / f"{file_name}.webp"
    if not path.exists():
        exact = max(pixels.shape) <= 256
        with atomic(path) as temporary:
            Image.fromarray(pixels).save(temporary, "WEBP", lossless=exact, quality=90)
    return f"{pictures.name}/{path.relative_to(pictures).as_posix()}"
