"""The paper's study on small data: all kinds of runs, seeds, labels and probes."""

import json
import os
import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from colorization.planning.explain import explain
from tests.support.report_page import check_page
from tests.support.workflows import CAT, LIGHT


def test_the_study(study):
    study = study.folder / "results"
    table = pd.read_csv(study / "comparison.csv")
    table = table.set_index(["run", "metric"]).sort_index()
    runs = {"full-seed0", "full-seed1", "full", "l2", "authors"}
    assert set(table.index.get_level_values("run")) >= runs
    auc = table.xs("auc", level="metric")
    assert auc.loc["full", "kind"] == "2 seeds"
    seeds = auc.loc[["full-seed0", "full-seed1"], "value"]
    assert auc.loc["full", "value"] == pytest.approx(seeds.mean(), abs=1e-6)
    assert auc.loc["full", "sd_over_seeds"] == pytest.approx(seeds.std(), abs=1e-6)
    assert auc.loc["ground truth", "value"] == 1
    assert ("l2", "cross_entropy") not in table.index
    assert 0 < auc.loc["authors", "value"] < 1
    reason = table.loc[("l2", "fid"), "reason"]
    assert reason.startswith("no weights of inception_v3")
    assert np.isnan(table.loc[("l2", "fid"), "value"])
    paired = pd.read_csv(study / "paired.csv")
    assert {("l2", "gray"), ("full-seed0", "l2")} <= set(
        zip(paired["left"], paired["right"], strict=True)
    )
    for run in ("full-seed0", "l2", "authors"):
        probes = pd.read_csv(study / "probe" / run / "accuracy.csv")
        assert len(probes) == 15
        # L alone tells light and dark images apart.
        assert probes.query("trunk == 'raw'")["accuracy"].item() == 1
    metrics = json.loads(
        (study / "evaluate" / "authors" / "metrics.json").read_text(encoding="utf-8")
    )
    assert metrics["methods"]["gray"]["chroma"]["value"] == 0
    assert not (study / "evaluate" / "l2" / "temperatures.csv").exists()
    page = check_page(study / "report.html")
    assert "full <small>2 seeds</small>" in page
    assert "± the standard deviation between them" in page
    assert "probes" in re.findall(r'<section aria-labelledby="(\w+)"', page)
    assert "not trained here" in (study / "authors/model_card.md").read_text(
        encoding="utf-8"
    )
    assert "ab itself at a quarter" in (study / "l2/model_card.md").read_text(
        encoding="utf-8"
    )


def test_own_photographs_are_colorized(study):
    """The rule colorize: names and subfolders kept, a bad file listed with its reason."""
    out = study.folder / "results/colorize/full-seed0"
    table = pd.read_csv(out / "photographs.csv").set_index("photograph")
    assert table.loc[f"sub/{CAT}", "width"] == 451
    assert table.loc["broken.jpg", "reason"] == "no image of a kind that can be read"
    with Image.open(out / "sub" / CAT) as picture:
        assert picture.size == (451, 300)
    assert "colorize" not in study.planned()


def test_a_result_that_was_deleted_is_made_again(study):
    out = study.folder / "results/colorize/full-seed0"
    result, table = out / "sub" / CAT, out / "photographs.csv"
    before = [path.read_bytes() for path in (result, table)]
    for damage in (result.unlink, lambda: os.truncate(result, 1000)):
        damage()
        reasons = list(explain(study("-n", "--quiet", "progress")))
        assert "colorize: a file of its results was lost or changed" in reasons
        assert "2 photographs: 1 new, changed or lost; 1 not colorized" in study()
        assert [path.read_bytes() for path in (result, table)] == before
    assert not study.planned()


def test_names_of_files_and_folders_are_nothing_but_names(study):
    """Names of a class and a photograph hold code for a shell and a page."""
    labels = pd.read_csv(*study.folder.glob("results/data/*/labels.csv"))
    assert LIGHT in set(labels["label"])
    assert not list(study.folder.rglob("pwned"))
    for page in ("results/report.html", "results/gallery/index.html"):
        text = (study.folder / page).read_text(encoding="utf-8")
        assert "<img src=x" not in text and "<b>{light}" not in text


def test_without_photographs_colorize_says_what_is_missing(finished):
    status, output = finished("-n", "colorize", check=False)
    assert status
    assert (
        "colorize.photos: null; name photographs: --config colorize-photos=PATH"
        in output
    )
    status, output = finished("-n", "--config", "colorize-run=other", check=False)
    assert "config: colorize.run: 'other' is none of the runs: full" in output


def test_stl10_is_downloaded_and_described(downloaded):
    results = downloaded.folder / "results"
    (dataset_json,) = results.glob("data/stl10-*/dataset.json")
    splits = json.loads(dataset_json.read_text(encoding="utf-8"))["splits"]
    counts = {name: split["count"] for name, split in splits.items()}
    assert counts == dict(train=8, validation=4, test=5, labelled=3)
    assert not list(results.rglob("*.tar.gz*"))
