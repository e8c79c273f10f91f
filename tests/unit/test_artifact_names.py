"""Names and paths of artifacts, against literal ones."""

import re

import pytest
import yaml

from colorization.planning import artifact_names as artifacts
from colorization.planning.config import SHIPPED, merge, read_file, resolve_runs
from colorization.planning.schema import Folder, Stl10

DATASET = "sample-96-43c802"
PRIOR = f"{DATASET}-seed326-k5-sigma5-lambda0.5-smooth5"
BINARY = ["unlabeled_X.bin", "train_X.bin", "test_X.bin", "train_y.bin", "test_y.bin"]
BINARY += ["class_names.txt"]
STL10 = "data: {source: stl10}"
PUBLISHED = (
    "{kind: published, gamut: {bins: zhang313}, published: {weights: weights.pth}, "
    "evaluate: {rebalance: 0}}"
)


def runs_of(text):
    """The runs of the shipped config with some YAML over it."""
    return resolve_runs(merge(read_file(SHIPPED), yaml.safe_load(text)))


def run_of(text):
    return runs_of(text)["full"]


def folder():
    return run_of("data: {source: folder, folder: {paths: [a]}}")


def test_paths_of_a_run_on_the_sample():
    run = run_of("{}")
    assert artifacts.dataset_json(run) == f"results/data/{DATASET}/dataset.json"
    assert artifacts.image_files(run) == [
        f"results/data/{DATASET}/train.npy",
        f"results/data/{DATASET}/validation.npy",
        f"results/data/{DATASET}/test.npy",
    ]
    assert artifacts.colour_counts(run) == (
        f"results/data/{DATASET}/colours/{{scatteritem}}.npy"
    )
    assert artifacts.labels_csv(run) == []
    assert artifacts.bins_npy(run) == "results/gamut/seed326/bins.npy"
    assert artifacts.prior_table(run) == f"results/prior/{PRIOR}/table.csv"


@pytest.mark.parametrize(
    ("path", "expected"),
    [("null", "results/data/stl10_binary"), ("/data/stl10", "/data/stl10")],
)
def test_images_of_stl10_are_used_where_they_are(path, expected):
    files = artifacts.image_files(
        run_of(f"data: {{source: stl10, stl10: {{path: {path}}}}}")
    )
    assert {f"{expected}/{name}" for name in BINARY} == {*files}


def test_labels_are_those_of_stl10_and_of_labelled_folders():
    stl10, plain = run_of(STL10), folder()
    labelled = run_of(
        "data: {source: folder, folder: {paths: [a], labels: true}}",
    )
    names = [artifacts.dataset_slug(run) for run in (stl10, labelled)]
    assert artifacts.labels_csv(stl10) == [f"results/data/{names[0]}/labels.csv"]
    assert artifacts.labels_csv(labelled) == [f"results/data/{names[1]}/labels.csv"]
    assert artifacts.labels_csv(plain) == []
    # Classes change no image.
    assert artifacts.dataset_slug(plain) == names[1]
    assert names[0].startswith("stl10-96-") and names[1].startswith("folder-96-")


def test_equal_settings_have_one_name():
    left = run_of("prior: {sigma: 5.0, lambda: 0.5}")
    right = run_of("prior: {lambda: 0.5, sigma: 5}")
    assert artifacts.prior_slug(left) == artifacts.prior_slug(right) == PRIOR


def test_other_priors_have_other_names():
    close = ["5.0", "5.0000001", "5.0000002"]
    runs = [
        run_of(f"{section}: {{sigma: {sigma}}}")
        for section in ("prior", "encoding")
        for sigma in close
    ]
    names = [artifacts.prior_slug(run) for run in runs]
    assert names[0] == names[3] and names[0].endswith("-sigma5-lambda0.5-smooth5")
    assert len(set(names)) == 5


@pytest.mark.parametrize("bins", ["seed326", "zhang313", "knn320"])
@pytest.mark.parametrize("grid", [4, 10, 12, 40])
def test_the_name_of_bins_says_all_that_they_depend_on(bins, grid):
    if bins == "zhang313" and grid != 10:
        return
    text = f"gamut: {{bins: {bins}, grid: {grid}}}"
    run = run_of(text)
    # As text, too, which is what Snakemake compares.
    assert repr(artifacts.gamut_settings(artifacts.gamut_slug(run))) == repr(
        run["gamut"]
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("zhang31", "must be one of seed326, zhang313, knn320"),
        ("seed326-grid10", "did you mean 'seed326'?"),
        ("seed326-grid012", "did you mean 'seed326-grid12'?"),
        ("seed326-gridless", "did you mean 'seed326'?"),
        ("knn320-grid41", "gamut.grid: 41 is not allowed; it must be at most 40"),
        ("zhang313-grid12", "gamut.grid: 12 is impossible with zhang313"),
        ("", "must be one of"),
    ],
)
def test_no_bins_have_the_name(name, message):
    with pytest.raises(SystemExit, match=re.escape(message)):
        artifacts.gamut_settings(name)


def test_slugs_are_shared_by_what_shares_settings():
    runs = runs_of(
        """
        runs:
          wide: {network: {width: 0.5}}
          other_bins: {gamut: {bins: knn320}}
          other_lambda: {prior: {lambda: 0.9}}
          other_data: {data: {sample: {seed: 1}}}
          other_unused: {data: {folder: {windows: 9}}}
        """
    )
    full = runs["full"]
    assert artifacts.prior_slug(runs["wide"]) == artifacts.prior_slug(full)
    assert artifacts.prior_slug(runs["other_unused"]) == artifacts.prior_slug(full)
    for name in ("other_bins", "other_lambda", "other_data"):
        assert artifacts.prior_slug(runs[name]) != artifacts.prior_slug(full)
    assert artifacts.gamut_slug(full) == "seed326"
    assert artifacts.dataset_slug(runs["other_data"]) != artifacts.dataset_slug(full)
    assert artifacts.dataset_slug(runs["other_bins"]) == artifacts.dataset_slug(full)


def test_gamut_slug_has_the_grid_unless_it_is_10():
    assert artifacts.gamut_slug(run_of("gamut: {grid: 12}")) == "seed326-grid12"
    assert artifacts.bins_npy(run_of("gamut: {bins: knn320}")) == (
        "results/gamut/knn320/bins.npy"
    )


def test_settings_of_the_data_are_those_of_its_source():
    assert artifacts.data_settings(run_of("{}")) == dict(
        source="sample",
        size=96,
        sample=dict(train=2400, validation=240, test=240, seed=0),
    )
    assert artifacts.data_settings(run_of(STL10))["stl10"].keys() == (
        {*Stl10.model_fields} - {"url"}
    )
    local = run_of("data: {source: stl10, stl10: {path: here}}")
    assert artifacts.data_settings(local)["stl10"].keys() == (
        {*Stl10.model_fields} - {"url", "md5"}
    )
    assert artifacts.data_settings(folder())["folder"].keys() == (
        {*Folder.model_fields} - {"labels", "max_skipped"}
    )


def test_an_unknown_name_ends_with_a_line():
    runs = artifacts.ByName("run", dict(full={"a": 1}, l2={"a": 2}))
    assert runs["l2"] == {"a": 2}
    with pytest.raises(SystemExit, match=r"^no run 'ful': did you mean 'full'\?$"):
        runs["ful"]
    with pytest.raises(SystemExit, match=r"^no run 'x': the config has full, l2$"):
        runs["x"]


def test_require():
    runs = artifacts.ByName("run", dict(full={"a": 1}, l2={"a": 2}))
    assert runs.require("full", ["full"], "has no history") == "full"
    with pytest.raises(SystemExit, match=r"^run 'l2' has no history$"):
        runs.require("l2", ["full"], "has no history")
    with pytest.raises(SystemExit, match=r"^no run 'l3': the config has full, l2$"):
        runs.require("l3", ["full"], "has no history")


def test_by_slug_has_a_run_for_each_name():
    runs = runs_of("runs: {wide: {network: {width: 0.5}}, k: {gamut: {bins: knn320}}}")
    datasets = artifacts.by_slug("dataset", artifacts.dataset_slug, runs)
    gamuts = artifacts.by_slug("bins", artifacts.gamut_slug, runs)
    assert [*datasets] == [DATASET] and [*gamuts] == ["seed326", "knn320"]
    assert gamuts["knn320"] is runs["k"]
    with pytest.raises(SystemExit, match="no dataset 'sample-96-43c803'"):
        datasets["sample-96-43c803"]


def test_missing_weights(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runs = runs_of(f"runs: {{authors: {PUBLISHED}}}")
    assert artifacts.missing_weights(runs) == {"authors": "weights.pth"}
    (tmp_path / "weights.pth").touch()
    assert artifacts.missing_weights(runs) == {}


def test_runs_on_the_first_dataset():
    runs = runs_of(
        "runs: {other: {data: {size: 48}, train: {crop: 48}}, l: {seeds: 2}}"
    )
    assert artifacts.on_first_dataset(runs) == ["full", "l-seed0", "l-seed1"]


@pytest.mark.parametrize("names", [[], ["full"], ["full", "a-b"]])
def test_constraints_split_the_names(names):
    these, others = artifacts.any_of(names), artifacts.none_of(names)
    for name in ["full", "a-b", "fuller", "other"]:
        assert bool(re.fullmatch(these, name)) == (name in names)
        # In a path, where a folder's name is followed by a slash.
        path = re.fullmatch(
            f"results/train/({others})/model", f"results/train/{name}/model"
        )
        assert bool(path) == (name not in names)


def test_table_of_own_photographs():
    table = "results/colorize/full/photographs.csv"
    assert artifacts.colorized_tables("holiday", "full") == [table]
    assert artifacts.colorized_tables(None, "full") == []


def test_final_output_of_the_shipped_config():
    assert sorted(artifacts.final_output(runs_of("{}"))) == [
        "results/comparison.csv",
        "results/comparison.png",
        "results/curves.png",
        "results/evaluate/full/grid.png",
        "results/evaluate/full/metrics.json",
        "results/evaluate/full/per_image.csv",
        "results/evaluate/full/ranked.png",
        "results/evaluate/full/temperatures.png",
        "results/full/model_card.html",
        "results/full/model_card.md",
        "results/gallery/index.html",
        "results/gallery/pictures",
        "results/gamut/seed326/gamut.png",
        "results/history.png",
        f"results/prior/{PRIOR}/prior.png",
        "results/report.html",
        "results/settings.txt",
    ]


def test_final_output_of_other_kinds_of_runs():
    regression = "{train: {loss: regression, rebalance: false}}"
    runs = runs_of(f"{{{STL10}, runs: {{l2: {regression}, authors: {PUBLISHED}}}}}")
    paths = artifacts.final_output(runs)
    assert len(paths) == len({*paths})
    for name in ("full", "l2", "authors"):
        assert f"results/probe/{name}/probe.png" in paths
    assert "results/evaluate/l2/temperatures.png" not in paths
    assert "results/history.png" in paths
    only_published = {"authors": runs["authors"]}
    assert "results/history.png" not in artifacts.final_output(only_published)
    assert "results/gamut/zhang313/gamut.png" in paths
    assert sum(path.endswith("prior.png") for path in paths) == 2
