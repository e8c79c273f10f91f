"""Versions to choose from, and several photographs at once."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser.demo_page import check_pixels, drop, said, save, shown_picture

pytestmark = [pytest.mark.browser, pytest.mark.thorough]


def test_five_versions(address, page, file):
    page.goto(address)
    drop(page, file)
    said(page, "Colorized")
    expect(page.locator("#versions")).to_be_visible()
    usual = shown_picture(page)
    shown = [usual]
    for key, shows in [
        ("1", "[data-rebalance='0'][data-tilt='0']"),
        ("3", "[data-rebalance='1'][data-tilt='0']"),
        ("4", "[data-rebalance='0.5'][data-tilt='1']"),
        ("5", "[data-rebalance='0.5'][data-tilt='2']"),
    ]:
        page.keyboard.press(key)
        expect(page.locator(f"#stack{shows}")).to_be_visible()
        pressed = page.locator("#versions [aria-pressed=true]")
        expect(pressed).to_have_id(f"version-{key}")
        shown.append(shown_picture(page))
        for other in shown[:-1]:
            assert np.abs(shown[-1].astype(int) - other).mean() > 1
    check_pixels(save(page)[1], shown[-1])
    # The mouse shows a version while it is there.
    page.hover("#version-2")
    expect(page.locator("#stack[data-tilt='0']")).to_be_visible()
    np.testing.assert_array_equal(shown_picture(page), usual)
    page.mouse.move(1, 1)
    expect(page.locator("#stack[data-tilt='2']")).to_be_visible()
    page.click("#version-2")
    expect(page.locator("#value")).to_have_text("τ = 0.50, T = 0.38")


def test_of_two_files_both_are_there(address, page, photograph, file, tmp_path):
    Image.fromarray(np.rot90(photograph).copy()).save(tmp_path / "second.png")
    page.goto(address)
    drop(page, file, tmp_path / "second.png")
    said(page, "Colorized, 501 × 397")
    expect(page.locator(".frame.filled")).to_have_count(2)
    page.get_by_role("button", name="Show second").click()
    said(page, "Colorized, 397 × 501")
    assert save(page)[0] == "second-colorized.png"
    page.get_by_role("button", name="Remove second").click()
    said(page, "Colorized, 501 × 397")
    expect(page.locator(".frame")).to_have_count(1)
    page.get_by_role("button", name="Remove my coffee").click()
    expect(page.locator("#empty")).to_be_visible()
    expect(page.locator("#save")).to_be_disabled()


def test_all_are_saved_in_a_zip_and_say_that_they_were_colorized(
    address, page, photograph, file, tmp_path
):
    (tmp_path / "other").mkdir()
    same_name = tmp_path / "other" / file.name
    Image.fromarray(np.flipud(photograph)).save(same_name)
    page.goto(address)
    drop(page, file, same_name)
    said(page, "Colorized")
    alone = save(page)[1]
    with page.expect_download() as download:
        page.click("#save-all")
    assert download.value.suggested_filename == "colorized.zip"
    said(page, "Saved 2 photographs in colorized.zip")
    with zipfile.ZipFile(download.value.path()) as archive:
        assert archive.testzip() is None
        first, second = archive.namelist()
        assert first == "my coffee-colorized.png"
        assert second == "my coffee-2-colorized.png"
        content = archive.read(first)
    Image.open(io.BytesIO(content)).verify()  # the sums of all chunks
    image = Image.open(io.BytesIO(content))
    assert "guessed by a neural network (run full-seed0" in image.text["Comment"]
    np.testing.assert_array_equal(np.asarray(image.convert("RGB")), alone)


# The database answers each question a second and a half late.
LATE = """
for (const name of ["get", "getAll"]) {
  const read = IDBObjectStore.prototype[name];
  IDBObjectStore.prototype[name] = function (...key) {
    const answer = {}, { name: store, transaction: { db } } = this;
    setTimeout(() => {
      const asked = read.apply(db.transaction(store).objectStore(store), key);
      asked.onsuccess = () => { answer.result = asked.result; answer.onsuccess(); };
      if (name === "getAll") window.answered = true;
    }, 1500);
    return answer;
  };
}
"""


def test_what_is_dropped_while_the_database_is_read_is_there_once(address, page, file):
    page.add_init_script(LATE)
    page.goto(address)
    drop(page, file)
    said(page, "Colorized")
    page.wait_for_function("() => window.answered")
    page.wait_for_timeout(500)
    expect(page.locator(".frame")).to_have_count(1)


def test_a_look_is_kept_where_the_database_is_slow(address, page, file):
    page.add_init_script(LATE)
    page.goto(address)
    said(page, "Ready")
    control = page.locator("#vividness")
    control.fill("1")
    for _ in range(2):
        page.wait_for_function("() => window.answered")
        page.wait_for_timeout(500)
        expect(control).to_have_value("1")
        page.reload()
    page.wait_for_function("() => window.answered")
    drop(page, file)
    said(page, "Colorized")
    expect(page.locator("#stack[data-rebalance='1']")).to_be_visible()
