"""A model card: what a model is, what it was trained on, and what it is worth."""

from typing import Any

import yaml

from colorization.method.constants import BASELINES, MODEL
from colorization.pages.report.limits import limits
from colorization.pages.report.metrics import METRICS
from colorization.pages.report.numbers import bounds, number
from colorization.pages.report.results import Run, flat
from colorization.pages.report.runs import SOURCES, kept, said
from colorization.pages.templates import environment
from colorization.runtime.tables import read_table

# The terms of the images, which a model may not be free of.
TERMS = {
    "sample": "The photographs come with scikit-image, which names their origin and "
    "licences in its folder `skimage/data`.",
    "stl10": "STL-10 was taken from ImageNet, whose images belong to their "
    "photographers and are for research.",
    "folder": "The photographs are the user's own; their terms are not known here.",
}


def write(run: Run) -> str:
    """The card in Markdown, with YAML in front."""
    # Plain text: what comes from outside is names and numbers alone.
    cards = environment(autoescape=False, keep_trailing_newline=True)
    return cards.get_template("model_card.md.j2").render(context(run))


def context(run: Run) -> dict[str, Any]:
    """What the template shows."""
    path = run.path("evaluate", "per_image.csv")
    per_image = read_table(path, ["image", "auc"], ["method"])
    source = run.settings["data"]["source"]
    return dict(
        run=run,
        front=front(run),
        source=SOURCES[source],
        terms=TERMS[source],
        files=", ".join(run.description.get("photographs", [])),
        bins=len(run.prior),
        parameters=number(run.model["parameters"], 0),
        recipe={
            key: said(value)
            for part in ("encoding", "prior", "network", "train")
            for key, value in flat(run.settings[part], f"{part}.").items()
        },
        kept=None if run.history is None else kept(run.history),
        images=number(run.metrics["images"], 0),
        scores=scores(run),
        limits=limits(run, per_image),
    )


def scores(run: Run) -> dict[str, list[str]]:
    """A heading and a cell a method, for each metric that was measured."""
    methods = {MODEL: run.name} | {name: name for name in BASELINES}
    rows = {"metric": list(methods.values())}
    for name, metric in METRICS.items():
        found = [run.metrics["methods"][method].get(name) for method in methods]
        if found[0]:
            rows[metric.title] = [_cell(value, metric) for value in found]
    return rows


def _cell(found: dict | None, metric: Any) -> str:
    if not found:
        return number(None)
    text = number(metric.factor * found["value"], metric.digits)
    if "low" not in found:
        return text
    low, high = (metric.factor * found[end] for end in ("low", "high"))
    return f"{text} ({bounds(low, high, metric.digits)})"


def front(run: Run) -> str:
    """The card's head, as Hugging Face's hub reads it."""
    source, measured = run.settings["data"]["source"], run.metrics["methods"][MODEL]
    dataset = dict(name=SOURCES[source], type=source, split="test")
    results = [
        dict(type=name, name=METRICS[name].label, value=round(found["value"], 4))
        for name, found in measured.items()
        if name in METRICS
    ]
    head = dict(
        license="mit" if run.trained else "other",
        library_name="pytorch",
        pipeline_tag="image-to-image",
        tags=["colorization", "image-colorization", run.settings["train"]["loss"]],
        datasets=[source],
        metrics=[result["type"] for result in results],
    )
    task = dict(type="image-to-image", name="colorization")
    measurement = dict(task=task, dataset=dataset, metrics=results)
    head["model-index"] = [dict(name=run.name, results=[measurement])]
    return yaml.safe_dump(head, sort_keys=False, allow_unicode=True)
