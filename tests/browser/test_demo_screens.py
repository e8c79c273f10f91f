"""The page that colorizes on screens of all sizes, by keyboard and by finger."""

import pytest
import skimage.data
from PIL import Image
from playwright.sync_api import expect

from tests.browser.conftest import check_accessible, take_pictures
from tests.browser.demo_page import choose, click_at, drop, said, save

pytestmark = [pytest.mark.browser, pytest.mark.thorough]


@pytest.mark.parametrize("size", [(4000, 200), (150, 3000)])
def test_panoramas_and_towers_are_large_enough(address, page, size, tmp_path):
    Image.fromarray(skimage.data.coffee()).resize(size).save(tmp_path / "long.jpg")
    page.goto(address)
    page.set_input_files("#file", tmp_path / "long.jpg")
    said(page, f"Colorized, {size[0]} × {size[1]}")
    expect(page.locator(".divider")).to_be_in_viewport()
    for width in (1280, 390):
        page.set_viewport_size(dict(width=width, height=800))
        box = page.locator("#stack").bounding_box()
        assert min(box["width"], box["height"]) >= 160
        stage = page.locator("#stage").bounding_box()
        assert stage["width"] <= width and stage["height"] <= 0.8 * 800
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        covered = page.evaluate(
            "getComputedStyle(document.querySelector('.divider'), '::after').height"
        )
        assert float(covered.removesuffix("px")) < min(box["width"], box["height"]) / 3


# Wide at 200 %, a phone that lies, and one that stands.
@pytest.mark.parametrize("size", [(640, 450), (844, 390), (390, 844)])
def test_picture_and_control_are_on_one_screen(address, page, file, size):
    page.set_viewport_size(dict(width=size[0], height=size[1]))
    page.goto(address)
    drop(page, file)
    said(page, "Colorized")
    for name in ("#choose", "#stack"):
        expect(page.locator(name)).to_be_in_viewport(ratio=0.95)
    expect(page.locator("#vividness")).to_be_in_viewport(ratio=0.95)


def test_the_empty_box_opens_a_chooser_and_speaks_of_fingers_on_phones(
    address, browser
):
    page = browser.new_page(
        viewport=dict(width=390, height=844), has_touch=True, is_mobile=True
    )
    page.goto(address)
    expect(page.locator("#empty")).to_contain_text("Tap to choose a photograph")
    expect(page.get_by_text("Drop a photograph here")).to_be_hidden()
    with page.expect_file_chooser():
        page.tap("#empty")
    page.close()


def test_by_keyboard_alone(address, page, file):
    # Listens from the start: the key could be faster than expect_file_chooser.
    page.on("filechooser", lambda _: None)
    page.goto(address)
    said(page, "Ready")

    def tab_to(name):
        for _ in range(12):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == name:
                return
        raise AssertionError(f"Tab does not reach {name}")

    tab_to("file")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(file)
    said(page, "Colorized")
    tab_to("vividness")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#stack[data-rebalance='0.53']")).to_be_visible()
    tab_to("save")
    assert save(page, "Enter")[0] == "my coffee-colorized.png"
    tab_to("compare")
    page.keyboard.press("End")
    at = page.evaluate(
        "document.getElementById('stack').style.getPropertyValue('--at')"
    )
    assert at == "100%"


def test_sharing_and_the_camera(browser, address, file):
    page = browser.new_page(has_touch=True, is_mobile=True)
    page.add_init_script(
        """navigator.canShare = () => true;
        navigator.share = async ({ files }) => { window.shared = files[0].name; };"""
    )
    page.goto(address)
    page.set_input_files("#camera", file)
    said(page, "Colorized")
    page.tap("#share")
    said(page, "Shared my coffee-colorized.png")
    assert page.evaluate("shared") == "my coffee-colorized.png"
    page.close()


def test_accessible_and_at_home_on_all_screens(address, page, file):
    page.goto(address)
    said(page, "Ready")
    for sample in page.locator(".samples img").all():
        expect(sample).to_have_js_property("complete", True)
        assert sample.evaluate("image => image.naturalWidth") > 0
    check_accessible(page)
    take_pictures(page, "demo-empty")
    drop(page, file)
    said(page, "Colorized")
    expect(page.locator("#versions")).to_be_visible()
    click_at(page, 0.8, 0.3)
    choose(page, 1)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        check_accessible(page)
    take_pictures(page, "demo")
