"""Captions and sentences of the report against runs that behave as no paper says."""

import html
import re
import shutil
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from colorization.evaluation.metrics_file import METHODS, Metrics
from colorization.pages.report import (
    captions,
    card,
    page,
)
from colorization.pages.report.captions import CAPTIONS
from tests.support.report_inputs import against_gray, draw_history, make_run, pair


def sweep(shares=(0.0, 1.0), at=0.38):
    """temperatures.csv: more rebalancing is better for raw AuC and worse for the other;
    low temperatures are dull."""
    rows = [
        dict(
            temperature=temperature,
            rebalance=share,
            auc=0.8 + 0.1 * share - 0.01 * abs(temperature - at),
            auc_rebalanced=0.7 - 0.1 * share + 0.05 * temperature,
            colourfulness=10 + 20 * temperature + share,
            colourfulness_truth=40.0,
        )
        for temperature in (0.01, 0.38, 1.0)
        for share in shares
    ]
    return pd.DataFrame(rows)


def test_the_best_of_a_sweep_is_told():
    assert captions.of_sweep(sweep(), 200, 1200) == (
        "On 200 of 1,200 test images, raw AuC is highest at T = 0.38, τ = 1 (90.0 %), "
        "rebalanced AuC at T = 1, τ = 0 (75.0 %), and the colourfulness is nearest to the "
        "ground truth's at T = 1, τ = 1 (31.0 against 40.0)."
    )
    assert "τ" not in captions.of_sweep(sweep((0.0,)), 8, 8)


@pytest.fixture
def contrary(tmp_path, comparison):
    """Results of runs that behave as no paper says.

    The commonest colours are vivid, the raw AuC of `a` rises with the share of
    rebalancing, low temperatures are dull, and the worst images are gray.
    """
    folder = tmp_path / "results"
    some = [make_run(folder, share=0.5), make_run(folder, "b", loss="regression")]
    some[0].settings["evaluate"]["sweep_images"] = 1
    vivid = dict(a=[0, 60], b=[0, 60], count=[1.0, 99.0], probability=[0.01, 0.99])
    chart, photograph = tmp_path / "chart.svg", tmp_path / "photograph.png"
    draw_history(tmp_path / "chart.png", chart)
    Image.new("RGB", (30, 20)).save(photograph)
    paths = ["gamut/g/gamut", "prior/p/prior", "evaluate/a/temperatures", "tradeoff"]
    paths += ["evaluate/a/temperature_strip", "comparison", "history", "curves"]
    paths += [f"evaluate/{name}/{kind}" for kind in ("grid", "ranked") for name in "ab"]
    for path in paths:
        for picture in (chart, photograph):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(picture, (folder / path).with_suffix(picture.suffix))
    sweep().to_csv(folder / "evaluate/a/temperatures.csv", index=False)
    images = dict.fromkeys(
        ["gray", "model", "ground truth"], np.zeros((2, 8, 8, 3), "u1")
    )
    np.savez(folder / "evaluate/a/selection.npz", index=[0, 1], **images)
    of_runs = comparison[comparison["kind"] != "2 seeds"]
    of_runs.to_csv(folder / "comparison.csv", index=False)
    pairs = [
        pair(left, "gray", metric, 0.05, 0.04, 0.06)
        for left in ("a", "b")
        for metric in ("auc", "auc_rebalanced")
    ]
    pd.DataFrame(pairs).to_csv(folder / "paired.csv", index=False)
    (folder / "settings.txt").write_text("settings", encoding="utf-8")
    interval = dict(auc=dict(value=1.0), auc_rebalanced=dict(value=1.0))
    interval |= dict(colourfulness=dict(value=1.0))
    for run in some:
        run.prior = pd.DataFrame(vivid).assign(weight=[9.0, 0.1])
        methods = dict.fromkeys(METHODS, interval)
        run.metrics = Metrics(images=2, unavailable={}, methods=methods)
    return folder, some


def captions_of(page_text):
    """What is said of each kind of figure: once of all, and below each."""
    text = html.unescape(page_text)
    words = {}
    pattern = r'<figure class="\w+ (\w+)".*?<figcaption>(.*?)</figcaption>'
    for kind, caption in re.findall(pattern, text, re.S):
        assert text.count(CAPTIONS[kind].text) == 1, kind
        words.setdefault(kind, CAPTIONS[kind].text)
        words[kind] += f" {caption.strip()}"
    return words


def test_captions_claim_nothing_that_a_run_contradicts(contrary):
    text = html.unescape(page.render(*contrary))
    shown = captions_of(text)
    assert {*shown} == {*CAPTIONS} - {"probe", "grid"}
    claims = [
        "pixels are nearly gray",
        "is small",
        "most vivid at",
        "often gray",
        "fade",
    ]
    claims += ["often vivid", "on the left, smooth", "rebalancing gives"]
    for claim in claims:
        assert not [kind for kind, caption in shown.items() if claim in caption], claim
    # What is said of the runs follows from their numbers.
    assert "raw AuC is highest at T = 0.38, τ = 1 (90.0 %)" in shown["temperatures"]
    assert "On 1 of 2 test images" in shown["temperatures"]
    assert "0.0 % of 100 training pixels are nearly gray" not in text
    assert "1.0 % of 100 training pixels are nearly gray" in text
    assert shown["strip"].endswith("All at τ = 0.5.")
    assert "A thin curve is one run" in shown["tradeoff"]


def sentences(text):
    """The list of paired differences, as words."""
    (found,) = re.findall(r"Paired differences</h3>(.*?)<details", text, re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html.unescape(found)))


@pytest.mark.parametrize(
    ("ends", "words", "count"),
    [
        ((0.05, 0.04, 0.06), "better in AuC raw, AuC rebalanced.", 4),
        ((-0.05, -0.06, -0.04), "worse in AuC raw, AuC rebalanced.", 4),
        ((0.01, -0.04, 0.06), "no clear difference in AuC raw, AuC rebalanced.", 0),
    ],
)
def test_differences_are_told_as_they_are(contrary, ends, words, count):
    folder, some = contrary
    against_gray(a=ends, b=ends).to_csv(folder / "paired.csv", index=False)
    text = sentences(page.render(folder, some))
    assert f"Of the 4 differences below, {count} have an interval" in text
    for run in "ab":
        assert f"{run} against gray: {words}" in text
    for word in {"better", "worse", "no clear difference"} - {words.split(" in ")[0]}:
        assert f"{word} in" not in text


def test_one_run_is_compared_with_no_other(contrary):
    folder, (run, _) = contrary
    table = pd.read_csv(folder / "comparison.csv")
    table[table["run"] != "b"].to_csv(folder / "comparison.csv", index=False)
    text = page.render(folder, [run])
    shown = captions_of(text)
    assert "grid" in shown and "comparison" not in shown
    assert "the best run is bold" not in text
    # Gray has 85.0 % beside the run's 90.0.
    assert "▲ marks" not in text
    table.loc[table["run"] == "gray", "value"] = 0.95
    table[table["run"] != "b"].to_csv(folder / "comparison.csv", index=False)
    assert "▲ marks what a baseline does better than the run" in page.render(
        folder, [run]
    )


def test_without_a_choice_of_shares_none_is_spoken_of(contrary):
    folder, some = contrary
    some[0].settings["evaluate"]["rebalance"] = 0
    sweep((0.0,)).to_csv(folder / "evaluate/a/temperatures.csv", index=False)
    shown = captions_of(page.render(folder, some))
    assert "A thin curve" not in shown["tradeoff"]
    assert "τ" not in shown["strip"]


def test_a_card_says_how_scores_become_colours(contrary):
    _, (run, regression) = contrary
    scored = pd.DataFrame(dict(image=[0, 0], method=["model", "gray"], auc=[0.9, 0.8]))
    for each in (run, regression):
        for section in ("encoding", "prior", "network"):
            each.settings[section] = {}
        each.description = SimpleNamespace(photographs=None)
        scored.to_csv(each.path("evaluate", "per_image.csv"), index=False)
        each.model["provenance"] |= dict(hardware="h", torch="t")
    lines = card.write(run).splitlines()
    start = lines.index(
        "  annealed mean at T = 0.38, τ = 0.5 (the share of the class weights that is put in)"
    )
    assert lines[start + 1].startswith("- Parameters")
    as_page = card.page(run, card.write(run))
    assert "<h1>a: colours for black-and-white photographs</h1>" in as_page
    assert "<th>metric</th>" in as_page and "pipeline_tag" not in as_page
    hostile = card.page(run, "---\n---\n<script>alert(1)</script> [x](javascript:y)")
    assert "<script>" not in hostile and 'href="javascript' not in hostile
    run.settings["evaluate"]["rebalance"] = 0
    assert "  annealed mean at T = 0.38\n- Parameters" in card.write(run)
    assert "T = 0.38" not in card.write(regression)
