"""results/report.html: all runs in one file that needs no other."""

from pathlib import Path
from typing import Any

import numpy as np

from colorization.pages import WEB
from colorization.pages.report import captions, figures, origin, runs, scores
from colorization.pages.report.figures import Figure
from colorization.pages.report.limits import SAME_PHOTOGRAPHS, mostly_gray
from colorization.pages.report.numbers import number, share
from colorization.pages.report.results import FinishedRun
from colorization.pages.templates import environment
from colorization.runtime.tables import read_table

# The figures of this many runs are shown at once, those of the others on a click.
OPEN_RUNS = 3


def render(results: Path, all_runs: list[FinishedRun]) -> str:
    """The page as HTML."""
    sections = pictures(results, all_runs)
    all_figures = [
        figure
        for section in sections.values()
        for of_subject in section.values()
        for figure in of_subject
    ]
    figures.embed(all_figures, results)
    return (
        environment()
        .get_template("report/report.html.j2")
        .render(
            # These files are the project's own, so they are not escaped.
            style="\n".join(
                (WEB / name).read_text(encoding="utf-8")
                for name in ("base.css", "report/report.css")
            ),
            script=(WEB / "report/report.js").read_text(encoding="utf-8"),
            figures=sections,
            open_runs=OPEN_RUNS,
            left_out=any(figure.source is None for figure in all_figures),
            **context(results, all_runs),
        )
    )


def context(results: Path, all_runs: list[FinishedRun]) -> dict[str, Any]:
    """The values that the template uses beside the figures."""
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


def bins(all_runs: list[FinishedRun]) -> dict[str, dict[str, Any]]:
    """For each set of bins, their number and the runs that use them."""
    gamuts = {}
    for run in all_runs:
        gamut = dict(count=len(run.prior), runs=[])
        gamuts.setdefault(run.slugs.gamut, gamut)["runs"].append(run.name)
    return gamuts


def priors(all_runs: list[FinishedRun]) -> dict[str, dict[str, Any]]:
    """For each prior, its runs, its share of gray pixels, and the range of its weights."""
    by_slug = {}
    for run in all_runs:
        table = run.prior
        gray = table["a"].abs().le(10) & table["b"].abs().le(10)
        prior = dict(
            gray=number(100 * table["probability"][gray].sum()),
            pixels=number(table["count"].sum(), 0),
            seen=int(table["count"].ge(1).sum()),
            bins=len(table),
            lightest=number(table["weight"].min(), 2),
            heaviest=number(table["weight"].max(), 2),
            runs=[],
        )
        by_slug.setdefault(run.slugs.prior, prior)["runs"].append(run.name)
    return by_slug


def pictures(
    results: Path, all_runs: list[FinishedRun]
) -> dict[str, dict[str, list[Figure]]]:
    """The figures by section and subject (a run, bins or a prior), in the page's order."""
    names = "gamut", "prior", "training", "metrics", "images", "comparison", "probe"
    sections = {name: {} for name in names}
    for run in all_runs:
        for kind in ("gamut", "prior"):
            slug = getattr(run.slugs, kind)
            path = results / kind / slug / f"{kind}.svg"
            sections[kind].setdefault(slug, [Figure(kind, path, slug)])
    for run in all_runs:
        if run.trained:
            path = run.path("train", "history.svg")
            sections["training"][run.name] = [Figure("history", path, run.name)]
        sections["metrics"][run.name] = _figures(run, "svg", ["curves", "temperatures"])
        grids = ["grid", "ranked", "temperature_strip"]
        sections["images"][run.name] = _figures(run, "png", grids)
        if run.labelled:
            path = run.path("probe", "probe.svg")
            sections["probe"][run.name] = [Figure("probe", path, run.name)]
    sections["comparison"]["all runs"] = [
        Figure("tradeoff", results / "tradeoff.svg", note=_of_tradeoff(all_runs)),
        Figure("comparison", results / "comparison.png"),
    ]
    return sections


def _figures(run: FinishedRun, suffix: str, names: list[str]) -> list[Figure]:
    """Figures of a run's evaluation; a regression has none of temperatures."""
    kinds = {"temperature_strip": "strip"}
    return [
        Figure(
            kind := kinds.get(name, name),
            run.path("evaluate", f"{name}.{suffix}"),
            run.name,
            _note(run, kind),
        )
        for name in names
        if run.classifies or not name.startswith("temperature")
    ]


def _note(run: FinishedRun, kind: str) -> str:
    """What a caption says of one run."""
    evaluate = run.settings["evaluate"]
    if kind == "strip" and evaluate["rebalance"]:
        return f"All at {share(evaluate['rebalance'])}."
    if kind == "temperatures":
        available = run.splits["test"]
        images = min(evaluate["sweep_images"], available)
        return captions.of_sweep(run.sweep, images, available)
    return ""


def _of_tradeoff(all_runs: list[FinishedRun]) -> str:
    """What the caption says if there are curves."""
    for run in all_runs:
        if run.classifies:
            temperature = run.settings["evaluate"]["temperature"]
            there = np.isclose(run.sweep["temperature"], temperature)
            if run.sweep["rebalance"][there].nunique() > 1:
                return captions.CURVES
    return ""
