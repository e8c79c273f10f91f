"""The gallery in a real browser, with two runs and a user's photograph."""

import itertools
import re

import numpy as np
import pandas as pd
import pytest

from colorization.pages.gallery import GalleryRun, write
from tests.browser.conftest import check_accessible, take_pictures
from tests.support.workflows import CAT

pytestmark = pytest.mark.browser


@pytest.fixture
def gallery(study, page):
    page.goto((study.folder / "results/gallery/index.html").as_uri())
    page.evaluation = study.folder / "results/evaluate"
    return page


def control(page, name):
    return page.locator(f"#controls [name={name}]")


def cards(page):
    return page.locator("article")


def test_the_pictures_are_the_runs(gallery):
    with np.load(gallery.evaluation / "full-seed0/selection.npz") as made:
        index, side = made["index"][0], made["gray"].shape[2]
    card = cards(gallery).filter(has_text=f"Image {index} ·").first
    control(gallery, "left").select_option("ground-truth")
    for name, key in [("t-0.38", "colorized"), ("ground-truth", "ground truth")]:
        address = card.get_by_alt_text(f"Image {index}, {key}").get_attribute("src")
        assert address.endswith(f"/{index}-{name}.webp")
        assert (
            card.get_by_alt_text(f"Image {index}, {key}").evaluate(
                "i => i.naturalWidth"
            )
            == side
        )


def test_the_divider_moves_by_mouse_and_by_key(gallery):
    frame = gallery.locator(".frame").first
    divider = frame.get_by_role("slider")
    box = frame.bounding_box()
    gallery.mouse.click(box["x"] + box["width"] * 0.25, box["y"] + box["height"] / 2)
    assert 20 <= int(divider.input_value()) <= 30
    clip = frame.locator(".left").evaluate("i => getComputedStyle(i).clipPath")
    before = int(divider.input_value())
    divider.press("ArrowRight")
    assert int(divider.input_value()) == before + 1
    after = frame.locator(".left").evaluate("i => getComputedStyle(i).clipPath")
    assert after != clip


def test_the_temperature_changes_every_picture(gallery):
    shown = gallery.locator("output[name=shown]")
    assert shown.inner_text() == "T = 0.38"
    control(gallery, "temperature").press("End")
    assert shown.inner_text() == "T = 1"
    images = gallery.locator(".frame img:not(.left)")
    addresses = images.evaluate_all("all => all.map(i => i.getAttribute('src'))")
    assert all(a.endswith("-t-1.webp") for a in addresses if "photograph" not in a)
    gallery.wait_for_function(
        "[...document.querySelectorAll('.frame img')].slice(0, 2).every(i => i.complete)"
    )


def test_sort_and_filter_by_a_metric(gallery):
    control(gallery, "metric").select_option("auc")
    found = gallery.locator("dd.sorted").all_inner_texts()
    values = [float(text) for text in found]
    assert values == sorted(values, reverse=True)
    scores = pd.read_csv(gallery.evaluation / "full-seed0/per_image.csv")
    best = scores.query("method == 'model'")["auc"].max()
    assert values[0] == pytest.approx(100 * best, abs=0.06)
    # Between two that differ by more than rounding.
    pairs = itertools.pairwise(values)
    limit = next((a + b) / 2 for a, b in pairs if a - b > 0.15)
    control(gallery, "low").fill(str(limit))
    left = [float(t) for t in gallery.locator("dd.sorted").all_inner_texts()]
    assert left == [v for v in values if v >= limit]
    control(gallery, "metric").select_option("rmse_ab")
    found = [float(t) for t in gallery.locator("dd.sorted").all_inner_texts()]
    assert found == sorted(found)
    assert len(found) == len(values)
    control(gallery, "low").fill("1000")
    assert "No image" in gallery.locator("#status").inner_text()


def test_groups_and_own_photographs(gallery):
    everything = cards(gallery).count()
    control(gallery, "group").select_option("worst")
    assert 0 < cards(gallery).count() < everything
    assert all("worst" in text for text in gallery.locator("h3").all_inner_texts()[:3])
    control(gallery, "group").select_option("own")
    assert cards(gallery).locator("h3").all_inner_texts() == [f"sub/{CAT}"]
    width = gallery.get_by_alt_text(f"sub/{CAT}, colorized")
    gallery.wait_for_function("document.querySelector('.frame img').complete")
    assert width.evaluate("i => i.naturalWidth") == 451


def test_two_runs_side_by_side(gallery):
    control(gallery, "other").select_option("l2")
    card = cards(gallery).first
    assert card.locator("h4").all_inner_texts() == ["full-seed0", "l2"]
    images = card.locator(".frame img:not(.left)")
    addresses = images.evaluate_all("all => all.map(i => i.getAttribute('src'))")
    assert [a.split("/")[1] for a in addresses] == ["full-seed0", "l2"]
    status = gallery.locator("#status")
    assert "metrics are those at T = 0.38 (full-seed0); images" in status.inner_text()


def test_of_a_regression_no_temperature_is_spoken_of(gallery):
    control(gallery, "run").select_option("l2")
    assert not control(gallery, "temperature").is_visible()
    status = gallery.locator("#status")
    assert re.fullmatch(r"\d+ images", status.inner_text())
    control(gallery, "group").select_option("own")
    assert "No image" in status.inner_text()
    control(gallery, "run").select_option("full-seed0")
    assert control(gallery, "temperature").is_visible()
    assert status.inner_text() == "1 image; at T = 0.38"


@pytest.fixture
def rebalanced(study, page, tmp_path):
    """The gallery of the same runs, two of which were decoded with rebalancing."""
    runs = {}
    shares = {"full-seed0": 0.5, "full-seed1": -1, "authors": 0, "l2": 0}
    for name, share in shares.items():
        settings = dict(evaluate=dict(temperature=0.38, rebalance=share))
        evaluation = study.folder / "results/evaluate" / name
        runs[name] = GalleryRun("sample", settings, evaluation, None)
    write(runs, tmp_path / "index.html", tmp_path / "pictures")
    page.goto((tmp_path / "index.html").as_uri())
    return page


def test_rebalancing_is_told_where_the_temperature_is(rebalanced):
    shown = rebalanced.locator("output[name=shown]")
    status = rebalanced.locator("#status")
    assert shown.inner_text() == "T = 0.38, τ = 0.5"
    assert status.inner_text().endswith("metrics are those at T = 0.38, τ = 0.5")
    control(rebalanced, "temperature").press("End")
    assert shown.inner_text() == "T = 1, τ = 0.5"
    control(rebalanced, "other").select_option("full-seed1")
    both = "at T = 0.38, τ = 0.5 (full-seed0) and at T = 0.38, τ = −1 (full-seed1)"
    assert f"metrics are those {both}; images" in status.inner_text()
    assert shown.inner_text() == "T = 1"
    heads = rebalanced.locator("h4").all_inner_texts()[:2]
    assert heads == ["full-seed0, τ = 0.5", "full-seed1, τ = −1"]
    control(rebalanced, "other").select_option("")
    control(rebalanced, "run").select_option("authors")
    assert shown.inner_text() == "T = 0.38"
    assert "τ" not in status.inner_text()


def test_the_settings_are_those_of_the_run(gallery):
    summary = gallery.locator("#runs summary").filter(has_text="l2")
    summary.click()
    assert "loss: regression" in gallery.locator("#runs details[open] pre").inner_text()


def test_by_keyboard_alone(gallery):
    """Tab reaches the controls and dividers, and the focus is visible."""
    reached = []
    while not any(name.startswith("Divider, Image") for name in reached):
        gallery.keyboard.press("Tab")
        name = "(e => e.name || e.ariaLabel || e.id || '')(document.activeElement)"
        reached.append(gallery.evaluate(name))
        assert len(reached) < 20
    assert {"run", "group", "left", "metric", "temperature", "scheme"} <= set(reached)
    frame = gallery.locator(".frame:has(:focus-visible)")
    assert frame.evaluate("f => getComputedStyle(f).outlineWidth") == "3px"


def test_dark_narrow_and_accessible(gallery):
    check_accessible(gallery)
    ground = "getComputedStyle(document.body).backgroundColor"
    light = gallery.evaluate(ground)
    gallery.locator("#scheme").select_option("dark")
    assert gallery.evaluate(ground) != light
    check_accessible(gallery)
    gallery.locator("#scheme").select_option("light dark")
    take_pictures(gallery, "gallery")
    control(gallery, "other").select_option("l2")
    check_accessible(gallery)
    take_pictures(gallery, "gallery-two")
