"""The paper's study on small data: all kinds of runs, seeds, labels and probes."""

import json

import numpy as np
import pandas as pd


def test_the_study(study):
    study = study.folder / "results"
    table = pd.read_csv(study / "comparison.csv").set_index("name")
    assert set(table.index) >= {"full-seed0", "full-seed1", "full", "l2", "authors"}
    assert table.loc["full", "kind"] == "2 seeds"
    assert table.loc["full", "auc_sd"] > 0
    assert (table.loc["ground truth", "auc"] == 1).all()
    assert np.isnan(table.loc["l2", "cross_entropy"])
    assert 0 < table.loc["authors", "auc"] < 1
    assert table.loc["l2", "fid"].startswith("no weights of inception_v3")
    paired = pd.read_csv(study / "paired.csv")
    assert {("l2", "gray"), ("full-seed0", "l2")} <= set(
        zip(paired["left"], paired["right"], strict=True)
    )
    for run in ("full-seed0", "l2", "authors"):
        probes = pd.read_csv(study / "probe" / run / "accuracy.csv")
        assert len(probes) == 15
        # Light and dark images are told apart by anything that looks at L.
        assert probes.query("trunk == 'raw'")["accuracy"].item() == 1
    metrics = json.loads((study / "evaluate" / "authors" / "metrics.json").read_text())
    assert metrics["methods"]["gray"]["chroma"]["value"] == 0
    assert not (study / "evaluate" / "l2" / "temperatures.csv").exists()
    assert (study / "report.html").exists()
