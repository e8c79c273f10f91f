"""The shipped run on small data: what it makes."""

import hashlib
import json
import socket
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image
from safetensors import safe_open

from tests.support.report_page import check_page
from tests.support.workflows import OFFLINE, can_be_offline, files


def test_artifacts_keep_their_contract(finished):
    (bins_path,) = files(finished, "gamut/seed326/bins.npy")
    bins = np.load(bins_path, allow_pickle=False)
    text = "\n".join(f"{int(a)},{int(b)}" for a, b in bins)
    assert hashlib.sha256(text.encode()).hexdigest().startswith("2227618363050adf")
    (table_path,) = files(finished, "prior/*/table.csv")
    table = pd.read_csv(table_path)
    assert abs((table["smoothed"] * table["weight"]).sum() - 1) < 1e-6
    assert abs(table["count"].sum() - 64 * 32 * 32) < 1
    weights = np.load(table_path.with_name("weights.npy"), allow_pickle=False)
    np.testing.assert_allclose(weights, table["weight"], rtol=1e-6)
    with safe_open(*files(finished, "train/full/model.safetensors"), "np") as model:
        metadata = {key: json.loads(value) for key, value in model.metadata().items()}
    assert metadata["settings"]["network"]["width"] == 0.125
    assert metadata["bins"] == bins.tolist()
    assert metadata["provenance"]["step"] in (3, 6)
    files(finished, "train/full/checkpoints/*/step-*.pt")
    history = pd.read_csv(*files(finished, "train/full/history.csv"))
    assert history["step"].tolist() == [3, 6]
    metrics = json.loads(
        files(finished, "evaluate/full/metrics.json")[0].read_text(encoding="utf-8")
    )
    assert metrics["images"] == 16
    assert set(metrics["methods"]) >= {"model", "gray"}
    comparison = pd.read_csv(*files(finished, "comparison.csv"))
    baselines = {"gray", "random", "prior mean", "ground truth"}
    assert set(comparison["run"]) == {"full"} | baselines
    auc = comparison[comparison["metric"] == "auc"]
    assert len(auc) == 5
    assert (auc["low"] <= auc["value"]).all() and (auc["value"] <= auc["high"]).all()


@pytest.mark.parametrize("pattern", ["gamut/*/*.png", "prior/*/*.png", "*/full/*.png"])
def test_pictures_show_something(finished, pattern):
    for path in files(finished, pattern):
        picture = np.asarray(Image.open(path).convert("RGB")).reshape(-1, 3)
        assert len(np.unique(picture, axis=0)) > 50, path


def test_the_report_holds_all_figures(finished):
    page = check_page(finished.folder / "results/report.html")
    # Three rows of three images under the title, and a figure of each kind but two.
    assert page.count("<figure") == 10
    assert page.count("<img") == 3 * 3 + 9
    card = files(finished, "full/model_card.md")[0].read_text(encoding="utf-8")
    head = yaml.safe_load(card.split("---\n")[1])
    assert head["license"] == "mit"
    assert head["model-index"][0]["results"][0]["metrics"][0]["type"] == "auc"
    assert "| `train.steps` | 6 |" in card
    (as_page,) = files(finished, "full/model_card.html")
    assert "<td>6</td>" in as_page.read_text(encoding="utf-8")


def test_all_was_made_without_a_network(finished):
    """The run of `finished` was in a network name space without any network."""
    if not can_be_offline():
        pytest.skip("this system allows no network name space")
    assert files(finished, "report.html")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        code = (
            "import socket, sys; socket.create_connection(('127.0.0.1', sys.argv[1]))"
        )
        connect = [sys.executable, "-c", code, str(listening.getsockname()[1])]
        assert subprocess.run(connect).returncode == 0
        done = subprocess.run(
            [*OFFLINE, *connect], capture_output=True, encoding="utf-8"
        )
        assert "Network is unreachable" in done.stderr


def test_the_output_has_no_useless_messages(finished):
    assert "train full: done" in finished.output
    for noise in ("eligible for caching", "CUDA", "Config file"):
        assert noise not in finished.output


def test_a_second_run_has_nothing_to_do(finished):
    assert "Nothing to be done" in finished()


def test_lint_finds_nothing(fresh):
    assert "good condition" in fresh("--lint")
