"""results/report.html: all runs in one file that needs no other."""

from pathlib import Path
from typing import Any

import numpy as np

from colorization.method.constants import GRAY, MODEL, TRUTH
from colorization.pages import WEB
from colorization.pages.report import (
    captions,
    figures,
    origin,
    realism,
    runs,
    scores,
)
from colorization.pages.report.figures import Figure
from colorization.pages.report.limits import SAME_PHOTOGRAPHS, mostly_gray
from colorization.pages.report.numbers import number, share
from colorization.pages.report.results import FinishedRun
from colorization.pages.templates import environment
from colorization.runtime.tables import read_arrays, read_table

# The figures of this many runs are shown at once, those of the others on a click.
OPEN_RUNS = 3
# Images in the strip under the title.
STRIP = 8


def render(
    results: Path, all_runs: list[FinishedRun], fooling: Path | None = None
) -> str:
    """The page as HTML; `fooling` holds what people answered, if they were asked."""
    sections = pictures(results, all_runs)
    all_figures = [
        figure
        for groups in sections.values()
        for of_kind in groups
        for figure in of_kind
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
            realism=realism.section(fooling) if fooling else None,
            left_out=any(figure.source is None for figure in all_figures),
            strip=strip(all_runs[0]),
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
    summary, left_out_runs = scores.summary(table, paired)
    tables = scores.score_tables(table)
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
        summary=summary,
        left_out_runs=left_out_runs,
        seeds=table["kind"].str.endswith("seeds").any(),
        scores=tables,
        ahead=any(cell.mark for t in tables for row in t.rows for cell in row),
        legend=scores.legend(table),
        paired=scores.pair_table(listed),
        verdicts=scores.verdicts(listed),
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


def strip(run: FinishedRun) -> dict[str, Any]:
    """The first images of a run's fixed selection: gray, colorized and true."""
    columns = {GRAY: GRAY, MODEL: "colorized", TRUTH: "true"}
    path = run.path("evaluate", "selection.npz")
    arrays = read_arrays(path, ["index", *columns])
    rows = [
        dict(title=title, sources=list(map(figures.as_source, arrays[key][:STRIP])))
        for key, title in columns.items()
    ]
    numbers = arrays["index"].tolist()
    return dict(rows=rows, numbers=numbers, run=run.name, decoding=run.decoding)


def pictures(
    results: Path, all_runs: list[FinishedRun]
) -> dict[str, list[list[Figure]]]:
    """By section, the figures of each kind, in the page's order.

    A kind has one figure, or one for each subject: a run, bins or a prior.
    """
    trained = [run for run in all_runs if run.trained]
    classifying = [run for run in all_runs if run.classifies]
    first = all_runs[0].slugs.dataset
    beside = [run for run in all_runs if run.slugs.dataset == first]
    # Runs that are compared show the same images there.
    alone = [run for run in all_runs if len(beside) == 1 or run not in beside]
    sections = {
        "gamut": [_by_slug(results, all_runs, "gamut")],
        "prior": [_by_slug(results, all_runs, "prior")],
        "training": [[Figure("history", results / "history.svg")] if trained else []],
        "metrics": [
            [Figure("curves", results / "curves.svg")],
            _by_run(classifying, "temperatures", "temperatures.svg"),
        ],
        "images": [
            _by_run(alone, "grid", "grid.png"),
            _by_run(all_runs, "ranked", "ranked.png"),
            _by_run(classifying, "strip", "temperature_strip.png"),
        ],
        "comparison": [
            [Figure("tradeoff", results / "tradeoff.svg", note=_of_tradeoff(all_runs))],
            [Figure("comparison", results / "comparison.png")] if beside[1:] else [],
        ],
        "probe": [
            [
                Figure("probe", run.path("probe", "probe.svg"), run.name)
                for run in all_runs
                if run.labelled
            ]
        ],
    }
    return {name: list(filter(None, groups)) for name, groups in sections.items()}


def _by_slug(results: Path, all_runs: list[FinishedRun], kind: str) -> list[Figure]:
    """A figure for each set of bins, or each prior."""
    slugs = dict.fromkeys(getattr(run.slugs, kind) for run in all_runs)
    return [Figure(kind, results / kind / s / f"{kind}.svg", s) for s in slugs]


def _by_run(some: list[FinishedRun], kind: str, file: str) -> list[Figure]:
    """A figure of each run's evaluation."""
    return [
        Figure(kind, run.path("evaluate", file), run.name, _note(run, kind))
        for run in some
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
