"""What else could it be? Colours given to places in the page."""

import shlex

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from colorization.__main__ import main
from colorization.inference.model_file import save_model
from tests.browser.conftest import check_accessible
from tests.browser.demo_page import (
    SIZE,
    check_pixels,
    choose,
    click_at,
    drop,
    said,
    save,
    shown_picture,
)

pytestmark = pytest.mark.browser


def save_hints(page, tmp_path):
    with page.expect_download() as download:
        page.click("#save-hints")
    download.value.save_as(tmp_path / download.value.suggested_filename)
    return tmp_path / download.value.suggested_filename


def test_hints_give_the_same_pixels_in_the_page_and_on_the_command_line(
    colourful, address, page, photograph, file, tmp_path
):
    model = colourful["classification"][0]
    page.goto(address)
    drop(page, file)
    said(page, "Colorized")
    plain = save(page)[1]
    for place in ((0.8, 0.3), (0.1, 0.7)):
        click_at(page, *place)
        choose(page, 1)
    assert page.locator("#hints li").count() == 2
    found = save(page)[1]
    changed = (np.abs(plain.astype(int) - found) > 3).any(axis=2).mean()
    assert 5e-4 < changed < 0.9
    check_pixels(shown_picture(page), found)
    hints = save_hints(page, tmp_path)
    assert hints.name == "my coffee-hints.json"
    command = shlex.split(page.inner_text("#command"))
    assert command[:3] == ["colorization", "colorize", "my coffee.png"]
    settings = dict(network=dict(width=0.125), train=dict(crop=SIZE))
    made = model.network.state_dict(), model.bins, settings, {}, model.weights
    save_model(tmp_path / "model.safetensors", *made)
    paths = {"my coffee.png": file, "out/": tmp_path / "out", hints.name: hints}
    command = [str(paths.get(word, word)) for word in command[1:]]
    extra = ["--model", str(tmp_path / "model.safetensors"), "--device", "cpu"]
    assert main([*command, *extra]) == 0
    python = np.asarray(Image.open(tmp_path / "out" / "my coffee.png").convert("RGB"))
    check_pixels(found, python)


def test_hints_are_undone_done_again_and_removed(address, page, file):
    page.goto(address)
    drop(page, file)
    said(page, "Colorized")
    pictures = [shown_picture(page)]
    for place in ((0.8, 0.3), (0.1, 0.7)):
        click_at(page, *place)
        choose(page, 1)
        pictures.append(shown_picture(page))
    assert not np.array_equal(pictures[1], pictures[2])

    def becomes(number):
        expect(page.locator(f"#stack[data-hints='{number}']")).to_be_visible()
        np.testing.assert_array_equal(shown_picture(page), pictures[number])

    page.click("#undo")
    becomes(1)
    page.keyboard.press("Control+z")
    becomes(0)
    page.click("#redo")
    becomes(1)
    page.keyboard.press("Control+Shift+z")
    becomes(2)
    page.locator("#hints li").nth(1).get_by_role("button", name="Remove").click()
    becomes(1)
    page.click("#reset")
    becomes(0)
    expect(page.locator("#redo")).to_be_disabled()
    page.click("#undo")
    becomes(1)
    # Another choice at the same place takes the first one's place.
    page.locator("#hints li button").first.click()
    expect(page.locator("#answer:not([inert])")).to_be_visible()
    page.locator("#plane").click(position=dict(x=150, y=90))
    expect(page.locator("#hints li")).to_have_count(1)


def test_alternatives_by_keyboard(address, page, file):
    page.goto(address)
    drop(page, file)
    said(page, "Colorized")
    page.focus("#place")
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("#choices li").first).to_be_visible()
    expect(page.locator("#ring")).to_be_visible()
    at = page.evaluate("parseFloat(ring.style.getPropertyValue('--x'))")
    assert at == pytest.approx(60)
    page.focus("#plane")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("#stack[data-hints='1']")).to_be_visible()
    check_accessible(page)
