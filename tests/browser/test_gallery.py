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


def large(page):
    return page.get_by_role("dialog")


def scores_of(page):
    """The scores below the pictures, without gray's."""
    found = page.locator(".score dd").all_inner_texts()
    return [float(text.split()[0]) for text in found]


def cards(page):
    return page.locator("article")


def test_the_pictures_are_the_runs(gallery):
    with np.load(gallery.evaluation / "full-seed0/selection.npz") as made:
        index, side = made["index"][0], made["gray"].shape[2]
    name = f"Enlarge Image {index}"
    button = gallery.get_by_role("button", name=name, exact=True)
    card = cards(gallery).filter(has=button)
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
    height = box["y"] + box["height"] / 2
    gallery.mouse.move(box["x"] + box["width"] * 0.5, height)
    gallery.mouse.down()
    gallery.mouse.move(box["x"] + box["width"] * 0.25, height, steps=3)
    gallery.mouse.up()
    assert 20 <= int(divider.input_value()) <= 30
    assert not large(gallery).is_visible()
    clip = frame.locator(".left").evaluate("i => getComputedStyle(i).clipPath")
    before = int(divider.input_value())
    divider.press("ArrowRight")
    assert int(divider.input_value()) == before + 1
    after = frame.locator(".left").evaluate("i => getComputedStyle(i).clipPath")
    assert after != clip


def test_vividness_changes_every_picture(gallery):
    """More to the right is more vivid: a lower temperature."""
    shown = gallery.locator("output[name=at]")
    assert shown.inner_text() == "T = 0.38"
    control(gallery, "vividness").press("Home")
    assert shown.inner_text() == "T = 1"
    images = gallery.locator(".frame img:not(.left)")
    addresses = images.evaluate_all("all => all.map(i => i.getAttribute('src'))")
    assert all(a.endswith("-t-1.webp") for a in addresses if "photograph" not in a)
    gallery.wait_for_function(
        "[...document.querySelectorAll('.frame img')].slice(0, 2).every(i => i.complete)"
    )
    control(gallery, "vividness").press("End")
    assert shown.inner_text() == "T = 0.38"


def test_sort_and_filter_by_a_metric(gallery):
    control(gallery, "metric").select_option("auc")
    values = scores_of(gallery)
    assert values == sorted(values, reverse=True)
    scores = pd.read_csv(gallery.evaluation / "full-seed0/per_image.csv")
    best = scores.query("method == 'model'")["auc"].max()
    assert values[0] == pytest.approx(100 * best, abs=0.06)
    # Between two that differ by more than rounding.
    pairs = itertools.pairwise(values)
    limit = next((a + b) / 2 for a, b in pairs if a - b > 0.15)
    control(gallery, "low").fill(str(limit))
    left = scores_of(gallery)
    assert left == [v for v in values if v >= limit]
    control(gallery, "metric").select_option("rmse_ab")
    found = scores_of(gallery)
    assert found == sorted(found)
    assert len(found) == len(values)
    control(gallery, "low").fill("1000")
    assert "No image is like that" in gallery.locator("#none").inner_text()
    gallery.get_by_role("button", name="Show all images").click()
    assert cards(gallery).count() > len(values)
    assert not gallery.locator("#none").is_visible()


def test_gray_stands_beside_each_score(gallery):
    scores = pd.read_csv(gallery.evaluation / "full-seed0/per_image.csv")
    auc = 100 * scores.pivot(index="image", columns="method", values="auc")
    found = gallery.locator("#images .card")
    assert found.count() > 2
    for i in range(found.count()):
        image = int(found.nth(i).locator("h3 button").inner_text().split()[1])
        text = found.nth(i).locator(".score dd").inner_text()
        values = [float(number) for number in re.findall(r"[\d.]+", text)]
        assert values == pytest.approx(auc.loc[image, ["model", "gray"]], abs=0.051)


def test_groups_and_own_photographs(gallery):
    everything = cards(gallery).count()
    control(gallery, "group").select_option("worst")
    assert 0 < cards(gallery).count() < everything
    assert all("worst" in text for text in gallery.locator("h3").all_inner_texts()[:3])
    control(gallery, "group").select_option("own")
    assert cards(gallery).locator("h3").all_inner_texts() == [f"sub/{CAT}"]
    # The cat's own colours are the truth, and gray is what they become without.
    control(gallery, "left").select_option("ground-truth")
    assert gallery.get_by_alt_text(f"sub/{CAT}, ground truth").count() == 1
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
    assert not control(gallery, "vividness").is_visible()
    status = gallery.locator("#status")
    assert re.fullmatch(r"\d+ images", status.inner_text())
    control(gallery, "group").select_option("own")
    assert "Colorize a folder" in gallery.locator("#no-photographs").inner_text()
    control(gallery, "run").select_option("full-seed0")
    assert control(gallery, "vividness").is_visible()
    assert status.inner_text() == "1 image; at T = 0.38"


def test_dividers_of_two_runs_move_together(gallery):
    control(gallery, "other").select_option("l2")
    first, second = (cards(gallery).first.get_by_role("slider").nth(i) for i in (0, 1))
    first.press("Home")
    assert second.input_value() == "0"
    clips = cards(gallery).first.locator(".left")
    both = clips.evaluate_all("all => all.map(i => getComputedStyle(i).clipPath)")
    assert both[0] == both[1]


def test_a_click_enlarges_and_arrows_lead_on(gallery):
    control(gallery, "group").select_option("fixed")
    frame = gallery.locator(".frame").first
    frame.click(position=dict(x=20, y=20))
    dialog = large(gallery)
    assert dialog.is_visible()
    # A click leaves the divider where it was.
    assert frame.get_by_role("slider").input_value() == "50"
    captions = dialog.locator("figcaption").all_inner_texts()
    assert captions == ["gray", "colorized, T = 0.38", "ground truth"]
    check_accessible(gallery)
    take_pictures(gallery, "gallery-large")
    title = dialog.get_by_role("heading").inner_text()
    gallery.keyboard.press("ArrowRight")
    following = dialog.get_by_role("heading").inner_text()
    assert following != title
    gallery.keyboard.press("ArrowLeft")
    assert dialog.get_by_role("heading").inner_text() == title
    gallery.keyboard.press("ArrowLeft")
    last = cards(gallery).last.locator("h3 button").inner_text()
    assert dialog.get_by_role("heading").inner_text() == last
    gallery.keyboard.press("Escape")
    assert not dialog.is_visible()
    # By keyboard, from the divider and from the title.
    frame.get_by_role("slider").press("Enter")
    assert dialog.is_visible()
    dialog.get_by_role("button", name="Close").click()
    cards(gallery).first.locator("h3 button").press("Enter")
    assert dialog.is_visible()


def test_what_is_chosen_is_in_the_address(gallery):
    control(gallery, "run").select_option("full-seed1")
    control(gallery, "other").select_option("full-seed0")
    control(gallery, "left").select_option("ground-truth")
    control(gallery, "metric").select_option("rmse_ab")
    control(gallery, "high").fill("1000")
    control(gallery, "vividness").press("Home")
    cards(gallery).nth(1).locator("h3 button").click()
    title = large(gallery).get_by_role("heading").inner_text()
    address = gallery.url
    gallery.goto("about:blank")
    gallery.goto(address)
    chosen = dict(run="full-seed1", other="full-seed0", left="ground-truth")
    chosen |= dict(metric="rmse_ab", high="1000")
    for name, value in chosen.items():
        assert control(gallery, name).input_value() == value
    assert gallery.locator("output[name=at]").inner_text() == "T = 1"
    assert large(gallery).get_by_role("heading").inner_text() == title
    # An address of another gallery shows what there is.
    gallery.goto("about:blank")
    gallery.goto(address.split("#")[0] + "#run=none&metric=x&T=9&image=77&left=<b>")
    assert control(gallery, "run").input_value() == "full-seed0"
    assert control(gallery, "metric").input_value() == ""
    assert cards(gallery).count() > 3


def test_own_photographs_come_first(gallery):
    titles = cards(gallery).locator("h3 button").all_inner_texts()
    assert titles[0] == f"sub/{CAT}"
    groups = gallery.locator("#images h3 small").all_inner_texts()
    is_fixed = ["fixed" in text for text in groups]
    assert is_fixed == sorted(is_fixed, reverse=True)


def test_it_prints_without_controls(gallery):
    gallery.emulate_media(media="print")
    assert not gallery.locator("#controls").is_visible()
    assert not gallery.get_by_text("All metrics").first.is_visible()
    assert gallery.locator(".tag").first.is_visible()
    # Without backgrounds, as browsers print, white letters would be lost.
    tag = gallery.locator(".tag").first
    assert tag.evaluate("e => getComputedStyle(e).color") == "rgb(0, 0, 0)"


@pytest.fixture
def rebalanced(study, page, tmp_path):
    """The gallery of the same runs, two of which were decoded with rebalancing."""
    runs = {}
    shares = {"full-seed0": 0.5, "full-seed1": -1, "authors": 0, "l2": 0}
    for name, share in shares.items():
        settings = dict(evaluate=dict(temperature=0.38, rebalance=share))
        settings["data"] = dict(size=32)
        evaluation = study.folder / "results/evaluate" / name
        runs[name] = GalleryRun("sample", settings, evaluation, None)
    write(runs, tmp_path / "index.html", tmp_path / "pictures")
    page.goto((tmp_path / "index.html").as_uri())
    return page


def test_rebalancing_is_told_where_the_temperature_is(rebalanced):
    shown = rebalanced.locator("output[name=at]")
    status = rebalanced.locator("#status")
    assert shown.inner_text() == "T = 0.38, τ = 0.5"
    assert status.inner_text().endswith("metrics are those at T = 0.38, τ = 0.5")
    control(rebalanced, "vividness").press("Home")
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
    while not any(name.startswith("Divider, ") for name in reached):
        gallery.keyboard.press("Tab")
        name = "(e => e.name || e.ariaLabel || e.id || '')(document.activeElement)"
        reached.append(gallery.evaluate(name))
        assert len(reached) < 20
    assert {"run", "group", "left", "metric", "vividness", "scheme"} <= set(reached)
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
