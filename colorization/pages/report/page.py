"""results/report.html: the story of all runs, in one file that opens anywhere."""

from pathlib import Path
from typing import Any

from colorization.pages import WEB
from colorization.pages.report import figures, origin, runs, scores
from colorization.pages.report.figures import Figure
from colorization.pages.report.limits import SAME_PHOTOGRAPHS, mostly_gray
from colorization.pages.report.numbers import number
from colorization.pages.report.results import Run
from colorization.pages.templates import environment
from colorization.runtime.tables import read_table

# Figures of so many runs are shown at once, those of further ones on a click.
OPEN_RUNS = 3


def render(results: Path, all_runs: list[Run]) -> str:
    """The page."""
    shown = pictures(results, all_runs)
    every = [f for group in shown.values() for own in group.values() for f in own]
    figures.embed(every, results)
    return (
        environment()
        .get_template("report/report.html.j2")
        .render(
            # Not escaped: they are the project's own.
            style="\n".join(
                (WEB / name).read_text(encoding="utf-8")
                for name in ("base.css", "report/report.css")
            ),
            script=(WEB / "report/report.js").read_text(encoding="utf-8"),
            figures=shown,
            open_runs=OPEN_RUNS,
            left_out=any(figure.source is None for figure in every),
            **context(results, all_runs),
        )
    )


def context(results: Path, all_runs: list[Run]) -> dict[str, Any]:
    """What the template shows beside the figures."""
    names = [run.name for run in all_runs]
    table = read_table(
        results / "comparison.csv",
        [],
        ["run", "kind", "dataset", "metric", "reason"],
        ["value", "low", "high", "sd_over_seeds"],
    )
    paired = read_table(
        results / "paired.csv",
        ["difference", "low", "high"],
        ["left", "right", "metric"],
    )
    listed = scores.listed(paired, names)
    jobs = origin.current(results, all_runs)
    return dict(
        runs=all_runs,
        settings=(results / "settings.txt").read_text(encoding="utf-8"),
        same_photographs=SAME_PHOTOGRAPHS,
        gray={run.name: line for run in all_runs for line in mostly_gray(run)},
        overview=runs.overview(all_runs),
        differences=runs.differences(all_runs),
        training=runs.training(all_runs),
        bins=bins(all_runs),
        priors=priors(all_runs),
        summary=scores.summary(table, paired, names),
        over_seeds=scores.over_seeds(table),
        scores=scores.score_tables(table),
        legend=scores.legend(table),
        paired=scores.pair_table(listed),
        pairs=len(listed),
        clear=sum(scores.is_clear(row) for _, row in listed.iterrows()),
        all_pairs=len(names) <= scores.ALL_PAIRS,
        test_images=[run.metrics.images for run in all_runs],
        stages=origin.stages(jobs),
        commits=origin.commits(jobs),
        versions=origin.versions(jobs),
        artifacts=origin.artifacts(jobs),
    )


def bins(all_runs: list[Run]) -> dict[str, dict[str, Any]]:
    """Each set of bins: how many, and whose."""
    found = {}
    for run in all_runs:
        own = dict(count=len(run.prior), runs=[])
        found.setdefault(run.places.gamut, own)["runs"].append(run.name)
    return found


def priors(all_runs: list[Run]) -> dict[str, dict[str, Any]]:
    """Each prior: whose it is, how gray the pixels are, and the range of the weights."""
    found = {}
    for run in all_runs:
        table, name = run.prior, run.places.prior
        gray = table["a"].abs().le(10) & table["b"].abs().le(10)
        own = dict(
            gray=number(100 * table["probability"][gray].sum()),
            pixels=number(table["count"].sum(), 0),
            seen=int(table["count"].ge(1).sum()),
            bins=len(table),
            lightest=number(table["weight"].min(), 2),
            heaviest=number(table["weight"].max(), 2),
            runs=[],
        )
        found.setdefault(name, own)["runs"].append(run.name)
    return found


def pictures(results: Path, all_runs: list[Run]) -> dict[str, dict[str, list[Figure]]]:
    """Section to whom it is about to figures, in the order of the page."""
    found = {name: {} for name in ("gamut", "prior", "training", "metrics", "images")}
    found |= {"comparison": {}, "probe": {}}
    for run in all_runs:
        for kind in ("gamut", "prior"):
            place = getattr(run.places, kind)
            path = results / kind / place / f"{kind}.svg"
            found[kind].setdefault(place, [Figure(kind, path, place)])
    for run in all_runs:
        if run.trained:
            path = run.path("train", "history.svg")
            found["training"][run.name] = [Figure("history", path, run.name)]
        found["metrics"][run.name] = _of(run, "svg", ["curves", "temperatures"])
        names = ["grid", "ranked", "temperature_strip"]
        found["images"][run.name] = _of(run, "png", names)
        if run.labelled:
            path = run.path("probe", "probe.svg")
            found["probe"][run.name] = [Figure("probe", path, run.name)]
    found["comparison"]["all runs"] = [
        Figure("tradeoff", results / "tradeoff.svg"),
        Figure("comparison", results / "comparison.png"),
    ]
    return found


def _of(run: Run, suffix: str, names: list[str]) -> list[Figure]:
    """Figures of a run's evaluation; the temperatures are those of a classification."""
    kinds = {"temperature_strip": "strip"}
    return [
        Figure(
            kinds.get(name, name), run.path("evaluate", f"{name}.{suffix}"), run.name
        )
        for name in names
        if run.classifies or not name.startswith("temperature")
    ]
