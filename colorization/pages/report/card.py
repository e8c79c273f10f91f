"""A model card: what a model is, what it was trained on, and how good it is."""

from typing import Any

import yaml
from markdown_it import MarkdownIt

from colorization.evaluation.metrics_file import Interval
from colorization.method.constants import BASELINES, MODEL
from colorization.pages.report.limits import limits
from colorization.pages.report.metrics import METRICS, Metric
from colorization.pages.report.numbers import bounds, number
from colorization.pages.report.results import FinishedRun, flat
from colorization.pages.report.runs import SOURCES, as_yaml, kept
from colorization.pages.templates import environment
from colorization.runtime.tables import read_table

# The terms of use of the images, which may extend to a model.
TERMS = {
    "sample": "The photographs come with scikit-image, which names their origin and "
    "licences in its folder `skimage/data`.",
    "stl10": "STL-10 was taken from ImageNet, whose images belong to their "
    "photographers and are for research.",
    "folder": "The photographs are the user's own; their terms are not known here.",
}
# Wide tables scroll in themselves.
WRAPPED = {
    "<table>": '<div class="scroll" tabindex="0" role="group" aria-label="Table"><table>',
    "</table>": "</table></div>",
}


def write(run: FinishedRun) -> str:
    """The card in Markdown, with YAML in front."""
    # Markdown without escaping: only names and numbers come from outside.
    cards = environment(autoescape=False, keep_trailing_newline=True)
    return cards.get_template("model_card.md.j2").render(context(run))


def page(run: FinishedRun, card: str) -> str:
    """The same card as a page."""
    # Names in the card may hold anything: HTML in it stays text.
    markdown = MarkdownIt("commonmark", dict(html=False)).enable("table")
    _, _, body = card.split("---\n", 2)
    body = markdown.render(body)
    for end, replacement in WRAPPED.items():
        body = body.replace(end, replacement)
    return environment().get_template("model_card.html.j2").render(run=run, body=body)


def context(run: FinishedRun) -> dict[str, Any]:
    """The values that the template uses."""
    path = run.path("evaluate", "per_image.csv")
    per_image = read_table(path, ["image", "auc"], ["method"])
    source = run.settings["data"]["source"]
    return dict(
        run=run,
        front=front(run),
        source=SOURCES[source],
        terms=TERMS[source],
        files=", ".join(run.description.photographs or []),
        folders={name: number(count, 0) for name, count in run.folders.items()},
        seen=seen(run) if run.trained else None,
        bins=len(run.prior),
        parameters=number(run.model["parameters"], 0),
        recipe={
            key: as_yaml(value)
            for section in ("encoding", "prior", "network", "train")
            for key, value in flat(run.settings[section], f"{section}.").items()
        },
        kept=kept(run.history) if run.trained else None,
        images=number(run.metrics.images, 0),
        scores=scores(run),
        limits=limits(run, per_image),
    )


def seen(run: FinishedRun) -> str:
    """How many images training has seen up to the step that is kept, and in which time."""
    row = kept(run.history)
    hours = row["seconds"] / 3600
    time = f"{hours:.1f} hours" if hours >= 1 else f"{60 * hours:.0f} minutes"
    return f"{number(row['images'], 0)} images, with repetitions, in {time}"


def scores(run: FinishedRun) -> dict[str, list[str]]:
    """For each measured metric, its title and one cell for each method."""
    methods = {MODEL: run.name} | {name: name for name in BASELINES}
    rows = {"metric": list(methods.values())}
    for name, metric in METRICS.items():
        intervals = [run.metrics.methods[method].get(name) for method in methods]
        if intervals[0]:
            rows[metric.title] = [_cell(interval, metric) for interval in intervals]
    return rows


def _cell(interval: Interval | None, metric: Metric) -> str:
    if not interval:
        return number(None)
    text = number(metric.factor * interval.value, metric.digits)
    if interval.low is None or interval.high is None:
        return text
    low, high = (metric.factor * end for end in (interval.low, interval.high))
    return f"{text} ({bounds(low, high, metric.digits)})"


def front(run: FinishedRun) -> str:
    """The card's front matter in YAML, as Hugging Face's hub reads it."""
    source, metrics = run.settings["data"]["source"], run.metrics.methods[MODEL]
    dataset = dict(name=SOURCES[source], type=source, split="test")
    results = [
        dict(type=name, name=METRICS[name].label, value=round(interval.value, 4))
        for name, interval in metrics.items()
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
