"""The report's numbers, tables and figures against small tables made by hand."""

import html
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from colorization.evaluation.comparison import COLUMNS
from colorization.evaluation.metrics_file import METHODS, Metrics
from colorization.figures import history as history_figure
from colorization.pages.report import (
    captions,
    card,
    figures,
    numbers,
    origin,
    page,
    results,
    runs,
    scores,
)
from colorization.pages.report import limits as limits_of_model
from colorization.pages.report.captions import CAPTIONS
from colorization.pages.report.figures import Figure
from colorization.pages.report.limits import limits, mostly_gray
from colorization.pages.report.table import Cell, Table
from colorization.pages.templates import environment
from colorization.runtime.log import StageError
from colorization.runtime.tables import read_table
from tests.support.records import record

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (numbers.number(12345.67), "12,345.7"),
        (numbers.number(-0.04), "0.0"),
        (numbers.number(-2), "−2.0"),
        (numbers.number(float("nan")), "—"),
        (numbers.number(None), "—"),
        (numbers.signed(1.25), "+1.2"),
        (numbers.signed(0.01), "0.0"),
        (numbers.signed(-1.25), "−1.2"),
        (numbers.interval(89.2, 88.1, 90.3), "89.2 (88.1–90.3)"),
        (numbers.interval(-1, -2, 1), "−1.0 (−2.0 to 1.0)"),
        (numbers.interval(1, float("nan"), 2), "1.0"),
        # A bound that is not 0 does not look like 0.
        (numbers.beside_zero(-0.2, -0.04), "−0.20 to −0.04"),
        (numbers.beside_zero(0.003, 1.2), "0.003–1.200"),
        (numbers.beside_zero(-0.2, 0), "−0.2 to 0.0"),
        (numbers.beside_zero(0.1, 2), "0.1–2.0"),
        (numbers.bounds(-1e-9, 0.2), "0.0–0.2"),
        (numbers.duration(0.44), "0.4 s"),
        (numbers.duration(59.6), "1 min 0 s"),
        (numbers.duration(7500), "2 h 5 min"),
    ],
)
def test_numbers_read_well(text, expected):
    assert text == expected


def rows_of(run, kind, auc, **more):
    """Rows of comparison.csv; `more` are values of other metrics."""
    main = dict(
        auc=dict(value=auc, low=auc - 0.01, high=auc + 0.01),
        auc_rebalanced=dict(value=auc / 2, low=0.1, high=0.9),
        colourfulness=dict(value=10.0),
        lpips=dict(reason="no weights"),
    )
    scores = main | {metric: dict(value=value) for metric, value in more.items()}
    place = dict(run=run, kind=kind, dataset="d")
    return [place | dict(metric=metric) | score for metric, score in scores.items()]


def table_of(*parts):
    """Rows as `read_table` reads them."""
    rows = pd.DataFrame([row for part in parts for row in part], columns=COLUMNS)
    return rows.assign(reason=rows["reason"].fillna(""))


@pytest.fixture
def comparison(tmp_path):
    """comparison.csv, read."""
    rows = [
        *rows_of("gray", "baseline", 0.85),
        *rows_of("ground truth", "baseline", 1.0, top1=1.0),
        *rows_of("a", "run", 0.9, top1=0.4),
        *rows_of("b", "run", 0.8, top1=0.5),
    ]
    seeds = dict(run="a", kind="2 seeds", dataset="d")
    rows.append(seeds | dict(metric="auc", value=0.9, sd_over_seeds=0.002))
    rows.append(seeds | dict(metric="colourfulness", value=10.0))
    path = tmp_path / "comparison.csv"
    pd.DataFrame(rows, columns=COLUMNS).to_csv(path, index=False)
    return read_table(path, [], [*COLUMNS[:4], "reason"], COLUMNS[4:-1])


def test_reasons_stand_below_the_table_and_not_in_it(comparison):
    shown = scores.score_tables(comparison)
    assert [t.title for t in shown] == ["Colours", "Distributions over the bins"]
    text = str(shown)
    assert "no weights" not in text
    assert (
        "LPIPS",
        "distance in the features of an AlexNet. Not measured: no weights",
    ) in (scores.legend(comparison))


def test_scores_have_intervals_units_and_the_best_run_marked(comparison):
    (colours, _) = scores.score_tables(comparison)
    assert colours.columns[:4] == [
        "name",
        "kind",
        "AuC raw, % ↑",
        "AuC rebalanced, % ↑",
    ]
    rows = {(r[0].text, r[1].text): r for r in colours.rows}
    best = rows["a", "run"][2]
    assert (best.text, best.note, best.strong) == ("90.0", "(89.0–91.0)", True)
    assert not rows["b", "run"][2].strong
    assert rows["a", "2 seeds"][2].note == "± 0.2"
    # A metric that a method has not is a dash that sorts last.
    assert rows["a", "2 seeds"][3].text == "—"
    assert rows["a", "2 seeds"][3].value is None
    assert colours.rows[0][0].text == "a"
    assert colours.rows[-1][0].text == "ground truth"


def test_a_baseline_that_no_run_reaches_is_marked(comparison):
    """Gray has 85 % raw AuC, more than b; the truth, which has all, is no rival."""
    without_a = comparison[comparison["run"] != "a"]
    (colours, _) = scores.score_tables(without_a)
    marks = {row[0].text: row[2].mark for row in colours.rows}
    assert marks == {"b": "", "gray": "▲", "ground truth": ""}
    # Less is better; chroma has no better side.
    errors = [rows_of("b", "run", 0.8, rmse_ab=9.0, chroma=1.0)]
    errors.append(rows_of("gray", "baseline", 0.7, rmse_ab=8.0, chroma=9.0))
    (table,) = scores.score_tables(table_of(*errors))
    by_name = {row[0].text: [cell.mark for cell in row[2:]] for row in table.rows}
    assert by_name["gray"] == ["", "", "▲", "", ""]
    (colours, _) = scores.score_tables(comparison)
    assert not any(cell.mark for row in colours.rows for cell in row)


def test_the_best_is_the_best_on_its_dataset():
    easy = rows_of("easy", "run", 0.9) + rows_of("easier", "run", 0.95)
    hard = rows_of("hard", "run", 0.5) + rows_of("harder", "run", 0.4)
    hard = [row | dict(dataset="e") for row in hard]
    (table,) = scores.score_tables(table_of(easy, hard))
    strong = {row[0].text for row in table.rows if row[3].strong}
    assert strong == {"easier", "hard"}


def pair(left, right, metric, difference, low, high):
    ends = dict(difference=difference, low=low, high=high)
    return dict(left=left, right=right, metric=metric) | ends


def test_verdicts_follow_intervals_and_directions():
    rows = pd.DataFrame(
        [
            pair("a", "gray", "auc", 0.05, 0.04, 0.06),
            pair("a", "gray", "rmse_ab", -2.0, -3.0, -1.0),
            pair("a", "b", "rmse_ab", 1.0, 0.5, 2.0),
            pair("a", "b", "auc", 0.01, -0.01, 0.03),
        ]
    )
    table = scores.pair_table(rows)
    verdicts = [r[-1].text for r in table.rows]
    assert verdicts == ["a is better"] * 2 + ["b is better", "no clear difference"]
    assert table.rows[0][3].text == "+5.0 points"
    assert table.rows[1][4].text == "−3.0 to −1.0"


def test_all_metrics_with_a_better_side_are_listed():
    metrics = ["auc", "psnr", "chroma", "kl", "colourfulness"]
    paired = pd.DataFrame([pair("a", "gray", m, 0.1, 0.0, 0.2) for m in metrics])
    assert [*scores.listed(paired, ["a"])["metric"]] == ["auc", "psnr", "kl"]


def test_what_got_worse_is_told_like_what_got_better():
    rows = pd.DataFrame(
        [
            pair("a", "gray", "auc", -0.05, -0.06, -0.04),
            pair("a", "gray", "auc_rebalanced", 0.05, 0.04, 0.06),
            pair("a", "gray", "rmse_ab", -0.1, -0.3, 0.1),
            pair("a", "b", "rmse_ab", 1.0, 0.5, 2.0),
        ]
    )
    gray, other = scores.verdicts(rows)
    assert (gray["left"], gray["right"]) == ("a", "gray")
    expected = "better in AuC rebalanced; worse in AuC raw; no clear difference in RMSE"
    assert gray["words"] == expected
    assert other["words"] == "worse in RMSE"


def test_a_verdict_and_its_interval_do_not_contradict():
    """−0.04 rounds to 0, which the interval then seems to include."""
    ends = [(-0.002, -0.0004), (-0.002, 0.0004), (-0.002, 0.0), (1e-7, 0.002)]
    rows = pd.DataFrame(
        [pair("a", "gray", "auc", low, low, high) for low, high in ends]
    )
    shown = scores.pair_table(rows).rows
    for (low, high), row in zip(ends, shown, strict=True):
        numbers_shown = re.findall(r"[−\d.]+", row[4].text)
        first, last = (float(text.replace("−", "-")) for text in numbers_shown)
        assert (first > 0 or last < 0) == (low > 0 or high < 0)
        assert row[5].strong == (low > 0 or high < 0)


def test_of_many_runs_not_all_pairs_are_listed():
    names = [f"r{i}" for i in range(8)]
    rows = [pair(n, "gray", "auc", 0.1, 0.0, 0.2) for n in names]
    rows += [pair(a, b, "auc", 0, -1, 1) for a in names for b in names if a < b]
    rows += [pair("r0", "gray", "chroma", 0, -1, 1)]
    paired = pd.DataFrame(rows)
    assert len(scores.listed(paired, names)) == 8 + 7
    assert len(scores.listed(paired, names[:3])) == 8 + 28


def against_gray(**differences):
    """Rows of paired.csv: for each run a difference in both AuC, and its ends."""
    return pd.DataFrame(
        [
            pair(run, "gray", metric, *values)
            for run, values in differences.items()
            for metric in scores.MAIN
        ]
    )


def test_the_summary_says_when_nothing_was_gained(comparison):
    paired = against_gray(a=(0.05, 0.04, 0.06), b=(0, -1, 1))
    comparison = comparison[comparison["kind"] != "2 seeds"]
    table, left_out = scores.summary(comparison, paired)
    first, second, gray, truth = table.rows
    assert (first[1].text, first[1].note) == ("90.0", "(89.0–91.0)")
    assert (first[2].text, first[2].note) == ("+5.0", "better")
    assert (second[2].text, second[2].note) == ("0.0", "no clear difference")
    assert (gray[0].text, gray[1].text, gray[2].text) == ("gray", "85.0", "—")
    assert truth[1].text == "100.0"
    assert left_out == 0
    worse, _ = scores.summary(comparison, against_gray(a=(-0.05, -0.06, -0.04)))
    assert (worse.rows[0][2].text, worse.rows[0][2].note) == ("−5.0", "worse")


def test_seeds_are_one_row_of_the_summary(comparison):
    names = {"a": "a-seed0", "b": "a-seed1"}
    rows = comparison.assign(run=comparison["run"].replace(names))
    rows.loc[rows["kind"] == "2 seeds", "run"] = "a"
    seeds = dict(run="a", kind="2 seeds", dataset="d", metric="auc_rebalanced")
    half = pd.DataFrame([seeds | dict(value=0.6123456, sd_over_seeds=0.00021)])
    ends = {"a-seed0": (0.05, 0.04, 0.06), "a-seed1": (-0.02, -0.03, -0.01)}
    table, _ = scores.summary(pd.concat([rows, half]), against_gray(**ends))
    group, *others = table.rows
    assert [row[0].text for row in others] == ["gray", "ground truth"]
    assert (group[0].text, group[0].note) == ("a", "2 seeds")
    assert (group[1].text, group[1].note) == ("90.0", "± 0.2")
    assert (group[3].text, group[3].note) == ("61.23", "± 0.02")
    assert group[2].text == "+1.5"
    assert group[2].note == "1 better, 1 worse"


def settings(**train):
    defaults = dict(loss="classification", rebalance=True, optimizer="adamw")
    defaults |= dict(learning_rate=1e-3, schedule="linear", steps=4, batch=2)
    defaults |= dict(gray_threshold=5, start=None)
    data = dict(source="sample", size=96)
    evaluate = dict(temperature=0.38, rebalance=0, sweep_images=200)
    sections = dict(data=data, train=defaults | train, evaluate=evaluate)
    return dict(kind="trained") | sections


def make_run(folder, name="a", losses=(3.0, 2.0, 2.5), share=0.0, **train):
    run = dict(settings=settings(**train), labelled=False)
    run["settings"]["evaluate"]["rebalance"] = share
    run |= dict(dataset="d", gamut="g", prior="p")
    run = results.FinishedRun(folder, name, run)
    run.splits = dict(train=4, validation=2, test=2)
    run.prior = pd.DataFrame(dict(count=[5.0, 0.0], a=[0, 50], b=[0, 50]))
    run.model = dict(parameters=1234, settings=dict(network=dict(width=0.25)))
    run.model["provenance"] = {}
    steps = np.arange(1, len(losses) + 1)
    times = dict(step=steps, images=2 * steps, seconds=0.5 * steps)
    run.history = pd.DataFrame(times).assign(train_loss=2.0, validation_loss=losses)
    return run


def test_what_differs_between_runs_is_emphasized(tmp_path):
    both = make_run(tmp_path), make_run(tmp_path, "b", rebalance=False, steps=8)
    table = runs.overview(both)
    strong = {
        column
        for column, cell in zip(table.columns, table.rows[1], strict=True)
        if cell.strong
    }
    assert strong == {"recipe", "steps × batch"}
    decoding = table.columns.index("decoding")
    assert [row[decoding].text for row in table.rows] == ["T = 0.38"] * 2
    differences = runs.differences(both)
    assert differences.columns == ["run", "train.rebalance", "train.steps"]
    assert [cell.text for cell in differences.rows[1]] == ["b", "false", "8"]
    assert runs.differences(both[:1]) is None


def test_how_scores_become_colours_is_told(tmp_path):
    some = [make_run(tmp_path, share=share) for share in (0.5, -1.0)]
    some.append(make_run(tmp_path, loss="regression"))
    table = runs.overview(some)
    cells = [row[table.columns.index("decoding")] for row in table.rows]
    assert [cell.text for cell in cells] == [
        "T = 0.38, τ = 0.5",
        "T = 0.38, τ = −1",
        "—",
    ]
    assert [cell.strong for cell in cells] == [False, True, True]


def test_training_is_told_at_the_kept_step(tmp_path):
    (cells,) = runs.training([make_run(tmp_path)]).rows
    assert [cell.text for cell in cells] == [
        *("a", "1.5 s", "4", "1.5", "2 of 3", "2", "2", "2.5")
    ]


@pytest.mark.parametrize(
    ("losses", "word"), [((3, 2, 2.5), "It overfits"), ((3, 2, 1.9), "No overfitting")]
)
def test_limits_are_what_was_measured(tmp_path, losses, word):
    run = make_run(tmp_path, losses=losses)
    others = dict(auc=dict(value=1.0), auc_rebalanced=dict(value=1.0))
    value = others | dict(colourfulness=dict(value=10.0))
    truth = others | dict(colourfulness=dict(value=20.0))
    methods = dict.fromkeys(METHODS, value) | {"ground truth": truth}
    run.metrics = Metrics(images=2, unavailable=dict(fid="no"), methods=methods)
    rows = [(0, "model", 0.9), (0, "gray", 0.8), (1, "model", 0.5), (1, "gray", 0.8)]
    lines = limits(run, pd.DataFrame(rows, columns=["image", "method", "auc"]))
    text = " ".join(lines)
    assert "50.0 % of the test images" in text
    assert "50 % less colourful" in text
    assert "1 of its 2 bins" in text
    assert "Not measured: FID." in text
    assert word in text


def test_a_model_may_have_learned_before_what_its_images_do_not_show(tmp_path):
    words = {None: "cannot have learned", "base": "could learn only before"}
    for start, expected in words.items():
        (line,) = limits_of_model._unseen(make_run(tmp_path, start=start))
        assert expected in line


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (10, "50 % less colourful than"),
        (30, "50 % more colourful than"),
        (20.04, "as colourful as"),
    ],
)
def test_colourfulness_is_compared_as_it_is(tmp_path, model, words):
    run = make_run(tmp_path)
    values = {"model": model, "ground truth": 20.0}
    methods = {
        name: dict(colourfulness=SimpleNamespace(value=value))
        for name, value in values.items()
    }
    run.metrics = SimpleNamespace(methods=methods)
    assert f"are {words} the true ones" in limits_of_model._colourfulness(run)


def test_mostly_gray_training_images_are_told(tmp_path):
    run = make_run(tmp_path)
    for share, expected in [(0.5, []), (0.833, ["83.3 % of the training images are"])]:
        run.model["provenance"] = dict(gray_share=share)
        assert [line[:33] for line in mostly_gray(run)] == expected


def test_a_damaged_model_is_one_clear_error(tmp_path):
    for content in (b"", b"x" * 100):
        (tmp_path / "model").write_bytes(content)
        with pytest.raises(StageError, match="not a model"):
            results.model_header(tmp_path / "model")


def test_a_row_has_a_cell_a_column():
    with pytest.raises(ValueError, match="2 cells"):
        Table("t", ["one"]).add("a", "b")


def test_text_from_outside_is_no_markup():
    table = Table("<b>", ["<i>"], [])
    table.add(Cell("<script>alert(1)</script>", '"><img src=x>', note="<u>"))
    macros = environment().get_template("report/macros.html.j2")
    text = str(macros.module.sortable(table))
    assert not re.search(r"<(b|i|u|script|img)\b", text)


def job(rule, seconds, **more):
    git = dict(commit="c" * 40, clean=True)
    return record(**dict(rule=rule, seconds=seconds, git=git) | more)


def test_times_are_added_up_by_stage():
    gpus = dict(processor="CPU", cores=4, gpus=["H100", "H100"])
    jobs = [job("train", 70, hardware=gpus), job("train", 50), job("gamut", 1)]
    table = origin.stages([*jobs, job("x", 1, git=None)])
    assert [cell.text for cell in table.rows[0]] == [
        *("train", "2", "2 min 0 s", "1 min 10 s", "2 × H100; CPU, 1 core")
    ]
    commits = origin.commits([job("train", 1), job("x", 1, git=None)])
    assert [row[1].text for row in commits.rows] == ["as committed", "no repository"]


def draw_history(picture, vector):
    table = dict(step=[1, 2], images=[1, 2], train_loss=[3, 2], validation_loss=[3, 2])
    history_figure.draw({"": {"a": pd.DataFrame(table)}}, picture, vector)


@pytest.fixture
def pictures(tmp_path, rng):
    """A chart and two photographs that compress badly."""
    chart = tmp_path / "history.svg"
    draw_history(tmp_path / "history.png", chart)
    found = [Figure("history", chart, "a")]
    for i in range(2):
        noise = rng.integers(0, 256, (150, 300, 3), dtype=np.uint8)
        path = tmp_path / f"{i}.png"
        Image.fromarray(noise).save(path, dpi=(150, 150))
        found.append(Figure("grid", path, "a"))
    return found


def test_figures_are_embedded_at_one_scale(pictures, tmp_path):
    figures.embed(pictures, tmp_path)
    chart, photograph, _ = pictures
    assert chart.source.startswith("data:image/svg+xml;base64,")
    assert chart.width == 624  # 6.5 inches
    assert photograph.source.startswith("data:image/png;base64,")
    assert (photograph.width, photograph.height) == (192, 96)
    assert all(len(figure.alt) > 10 for figure in pictures)


def test_a_page_stays_within_its_budget(pictures, tmp_path):
    size = sum(figure.path.stat().st_size for figure in pictures)
    figures.embed(pictures, tmp_path, budget=size)
    assert [f.source.split(";")[0] for f in pictures[1:]] == ["data:image/jpeg"] * 2
    for figure in pictures:
        figure.source = None
    small = pictures[0].path.stat().st_size * 4 // 3 + 10
    figures.embed(pictures, tmp_path, budget=small)
    assert [figure.source is None for figure in pictures] == [False, True, True]
    assert pictures[1].link == "0.png"


def test_what_is_no_picture_is_named(tmp_path):
    (tmp_path / "grid.png").write_bytes(b"no picture")
    with pytest.raises(StageError, match=r"grid\.png: not a picture"):
        figures.embed([Figure("grid", tmp_path / "grid.png")], tmp_path)


def test_equal_drawings_are_equal_files(tmp_path):
    for name in ("one", "two"):
        paths = (tmp_path / f"{name}.{kind}" for kind in ("png", "svg"))
        draw_history(*paths)
    for kind in ("png", "svg"):
        one, two = ((tmp_path / f"{n}.{kind}").read_bytes() for n in ("one", "two"))
        assert one == two


def test_every_caption_says_what_to_look_for():
    for caption in CAPTIONS.values():
        assert re.search(r"\bLook (for|at|along)\b", caption.text)


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


def test_a_chart_follows_the_page_into_the_dark(tmp_path):
    draw_history(tmp_path / "chart.png", tmp_path / "chart.svg")
    text = (tmp_path / "chart.svg").read_text(encoding="utf-8")
    assert "@media (prefers-color-scheme: dark)" in text
    # Nothing white lies behind it, as in the picture for documents.
    assert "fill: #ffffff" not in text
    with Image.open(tmp_path / "chart.png") as picture:
        assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


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
