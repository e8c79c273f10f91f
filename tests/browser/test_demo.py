"""The page that colorizes, in a real browser: its pixels, against PyTorch."""

import base64
import io

import numpy as np
import pytest
import skimage.data
from PIL import Image
from playwright.sync_api import expect

from colorization.pages.demo_server import make_server
from colorization.provenance.record import records
from tests.browser.demo_page import (
    SAMPLE,
    check_pixels,
    choose,
    click_at,
    drop,
    in_python,
    plain_server,
    said,
    save,
    set_vividness,
    shown_picture,
)
from tests.support.serving import running

pytestmark = pytest.mark.browser


def test_every_file_of_the_demo_has_a_record(built):
    recorded = {key for r in records(built) for key in r.outputs}
    for name in ("demo", "export"):
        for path in (built / name).rglob("*"):
            if path.is_file() and path.parent.name != "provenance":
                assert str(path.relative_to(built.parent)) in recorded


def test_the_page_as_it_is_built(built, page):
    """The sample photograph, with the run's own model."""
    with running(make_server(built / "demo", 0)) as address:
        page.goto(address)
        said(page, "Ready")
        about = page.inner_text("#about")
        assert "Run “full-seed0”: 326 colour bins, trained with more weight" in about
        assert "measured at τ = 0.00, T = 0.38." in about
        page.click(SAMPLE)
        said(page, "Colorized, 512 × 512 pixels")
        name, image = save(page)
    assert name == "cameraman-colorized.png" and image.shape == (512, 512, 3)


def test_the_pixels_are_pythons(colourful, address, page, photograph, file):
    model = colourful["classification"][0]
    page.goto(address)
    assert page.evaluate("crossOriginIsolated")
    drop(page, file)
    said(page, "Colorized, 501 × 397 pixels")
    name, found = save(page)
    assert name == "my coffee-colorized.png"
    expected = in_python(model, photograph, vividness=0.5)
    assert expected.std(axis=2).mean() > 10  # is colourful
    check_pixels(found, expected)
    about = page.inner_text("#about")
    assert "trained with equal weight on all colours (“Vividness” can give" in about
    assert "measured at τ = 0.50, T = 0.38." in about
    expect(page.locator("#value")).to_have_text("τ = 0.50, T = 0.38")
    for share in (0, 1):
        other = in_python(model, photograph, vividness=float(share))
        assert np.abs(other.astype(int) - expected).mean() > 2
        set_vividness(page, share, rebalance=share, temperature=0.38)
        expect(page.locator("#value")).to_have_text(f"τ = {share}.00, T = 0.38")
        check_pixels(save(page)[1], other)
        check_pixels(shown_picture(page), other)  # what is shown is what is saved


def test_without_class_weights_the_control_moves_the_temperature(
    colourful, page, photograph, file
):
    model, folder = colourful["without weights"]
    with running(make_server(folder, 0)) as address:
        page.goto(address)
        said(page, "Ready")
        assert "“Vividness”" not in page.inner_text("#about")
        assert "measured at T = 0.38." in page.inner_text("#about")
        expect(page.locator("#of-rebalance")).to_be_hidden()
        expect(page.locator("#of-temperature")).to_be_visible()
        expect(page.locator("#value")).to_have_text("T = 0.38")
        assert page.locator("#vividness").input_value() == "0.62"
        drop(page, file)
        said(page, "Colorized")
        check_pixels(save(page)[1], in_python(model, photograph))
        for place, temperature in [(0, 1), (0.95, 0.05)]:
            set_vividness(page, place, temperature=temperature)
            expect(page.locator("#value")).to_have_text(f"T = {temperature:.2f}")
            expected = in_python(model, photograph, temperature)
            check_pixels(save(page)[1], expected)


def test_a_jpeg_that_lies_on_its_side(colourful, address, page, photograph, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated by a quarter
    path = tmp_path / "turned.jpg"
    Image.fromarray(photograph).save(path, quality=95, exif=exif)
    upright = np.rot90(np.asarray(Image.open(path)), -1)
    page.goto(address)
    page.set_input_files("#file", path)
    said(page, "Colorized, 397 × 501 pixels")
    model = colourful["classification"][0]
    expected = in_python(model, upright.copy(), vividness=0.5)
    check_pixels(save(page)[1], expected)


def test_regression_from_a_plain_server(colourful, page, photograph, file):
    """Without the headers for threads, and without anything to set."""
    model, folder = colourful["regression"]
    with plain_server(folder) as address:
        page.goto(address)
        assert not page.evaluate("crossOriginIsolated")
        said(page, "Ready")
        expect(page.locator("#vividness")).to_be_hidden()
        expect(page.locator("#wonder")).to_be_hidden()
        expect(page.locator("#versions")).to_be_hidden()
        assert "regression of ab; " in page.inner_text("#about")
        drop(page, file)
        said(page, "Colorized")
        check_pixels(save(page)[1], in_python(model, photograph))


def test_a_large_photograph_does_not_freeze_the_page(address, page, tmp_path):
    photograph = Image.fromarray(skimage.data.coffee()).resize((4000, 3000))
    photograph.save(tmp_path / "large.jpg")
    page.goto(address)
    said(page, "Ready")
    page.evaluate(
        """() => {
          window.longest = 0;
          let last = performance.now();
          setInterval(() => {
            const now = performance.now();
            window.longest = Math.max(window.longest, now - last);
            last = now;
          }, 10);
        }"""
    )
    page.set_input_files("#file", tmp_path / "large.jpg")
    said(page, "Colorized, 4000 × 3000 pixels")
    assert page.evaluate("document.getElementById('after').width") == 1600
    assert save(page)[1].shape == (3000, 4000, 3)
    assert page.evaluate("window.longest") < 500  # milliseconds


def test_comparing(address, page, file, photograph):
    page.goto(address)
    drop(page, file)
    said(page, "Colorized")
    box = page.locator("#stack").bounding_box()
    middle = box["x"] + 0.5 * box["width"], box["y"] + 0.4 * box["height"]
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.2 * box["width"], middle[1], steps=5)
    page.mouse.up()
    at = page.evaluate("parseFloat(getComputedStyle(stack).getPropertyValue('--at'))")
    assert at == pytest.approx(20, abs=1)
    page.select_option("#side", "original")
    shown = page.evaluate("document.getElementById('before').toDataURL()")
    shown = Image.open(io.BytesIO(base64.b64decode(shown.split(",")[1])))
    np.testing.assert_array_equal(np.asarray(shown.convert("RGB")), photograph)


def test_what_was_there_is_there_again(colourful, address, page, photograph, file):
    page.goto(address)
    drop(page, file)
    said(page, "Colorized")
    set_vividness(page, 0.2, rebalance=0.2)
    page.select_option("#side", "original")
    click_at(page, 0.8, 0.3)
    choose(page, 1)
    found = save(page)[1]
    page.reload()
    said(page, "Colorized, 501 × 397")
    expect(page.locator("#stack[data-rebalance='0.2'][data-hints='1']")).to_be_visible()
    assert page.locator("#side").input_value() == "original"
    name, again = save(page)
    assert name == "my coffee-colorized.png"
    np.testing.assert_array_equal(again, found)
    page.goto("about:blank")
    page.go_back()
    said(page, "Colorized, 501 × 397")
    links = [link.get_attribute("href") for link in page.locator("footer a").all()]
    assert links == ["../report.html", "../gallery/index.html"]


def test_it_works_without_a_network_after_the_first_visit(colourful, browser):
    page = browser.new_page()  # this page may log that a request failed
    with plain_server(colourful["classification"][1]) as address:
        page.goto(address)
        page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
        said(page, "Ready")
    page.reload()
    said(page, "Ready")
    page.click(SAMPLE)
    said(page, "Colorized, 512 × 512 pixels")
    page.close()
