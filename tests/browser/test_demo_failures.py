"""The page that colorizes says what went wrong, and what to do."""

import re
import shutil
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect

from colorization.pages.demo_server import make_server
from tests.browser.demo_page import (
    SAMPLE,
    check_pixels,
    copied,
    drop,
    in_python,
    said,
    save,
    set_vividness,
    shown_picture,
)
from tests.support.serving import running

pytestmark = [pytest.mark.browser, pytest.mark.thorough]


def test_what_is_no_image_is_said_and_the_picture_stays(address, page, file, tmp_path):
    page.goto(address)
    drop(page, file)
    said(page, "Colorized")
    (tmp_path / "notes.jpg").write_text("no image", encoding="utf-8")
    drop(page, tmp_path / "notes.jpg")
    error = page.locator("#error")
    expect(error).to_have_text("“notes.jpg” is no image that this browser can read.")
    expect(page.locator("#save")).to_be_enabled()
    assert save(page)[0] == "my coffee-colorized.png"
    drop(page, file)
    said(page, "Colorized")
    expect(error).to_be_hidden()


def test_each_kind_of_file_that_cannot_be_read_has_its_own_sentence(
    address, page, file, tmp_path
):
    whole = file.read_bytes()
    Image.open(file).save(tmp_path / "whole.jpg")
    contents = {
        "phone.heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99),
        "drawing.svg": b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg'/>",
        "empty.png": b"",
        "half.png": whole[: len(whole) // 2],
        "half.jpg": (tmp_path / "whole.jpg").read_bytes()[:300],
        "scan.tif": b"II*\0" + bytes(99),
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    page.goto(address)
    said(page, "Ready")
    drop(page, *(tmp_path / name for name in contents))
    lines = page.locator("#error p")
    expect(lines).to_have_count(len(contents))
    told = dict(zip(contents, lines.all_inner_texts(), strict=True))
    for name, sentence in told.items():
        assert sentence.startswith(f"“{name}” is ")
    assert "a HEIC file, which this browser cannot read" in told["phone.heic"]
    assert "a drawing (SVG)" in told["drawing.svg"]
    assert "empty. Copy it again" in told["empty.png"]
    assert "a damaged PNG file: it ends too early" in told["half.png"]
    assert "a damaged JPEG file: it ends too early" in told["half.jpg"]
    assert "a TIFF file" in told["scan.tif"]
    expect(page.locator("#strip-part")).to_be_hidden()


def test_a_photograph_that_fails_leaves_the_one_before(
    colourful, page, photograph, file, tmp_path
):
    """Its pixels, its name, and its control."""
    model, folder = copied(colourful, tmp_path)
    script = (folder / "model.js").read_text(encoding="utf-8")
    failing = (
        "let runs = 0;\nexport async function run(...given) {\n"
        "  if (++runs === 2) throw new RangeError('Array buffer allocation failed');\n"
        "  return runNetwork(...given);\n}\nasync function runNetwork("
    )
    script = script.replace("export async function run(", failing)
    (folder / "model.js").write_text(script, encoding="utf-8")
    Image.fromarray(np.flipud(photograph)).save(tmp_path / "other.png")
    with running(make_server(folder, 0)) as address:
        page.goto(address)
        drop(page, file)
        said(page, "Colorized")
        drop(page, tmp_path / "other.png")
        expect(page.locator("#error")).to_contain_text(
            "“other.png” could not be colorized: this browser has too little memory"
        )
        expect(page.locator(".frame")).to_have_count(1)
        set_vividness(page, 1, rebalance=1)
        expected = in_python(model, photograph, vividness=1.0)
        check_pixels(shown_picture(page), expected)
        name, found = save(page)
        assert name == "my coffee-colorized.png"
        check_pixels(found, expected)


RAW = re.compile(r"protobuf|Unexpected|token|Error:|OrtRun|ERROR_CODE|position \d")


@pytest.mark.parametrize(
    ("name", "damage", "says"),
    [
        ("model.json", Path.unlink, "model.json is missing (404)"),
        ("model.json", lambda p: p.write_bytes(b"{"), "model.json is damaged"),
        ("model.fp16.onnx", Path.unlink, "model.fp16.onnx is missing (404)"),
        ("model.fp16.onnx", lambda p: p.write_bytes(b"no model"), "does not start"),
        ("onnxruntime", shutil.rmtree, "is missing (404)"),
        ("model.js", Path.unlink, "A script of this page is missing"),
    ],
)
def test_without_a_file_it_says_which_and_tries_again(
    colourful, browser, file, tmp_path, name, damage, says
):
    folder = copied(colourful, tmp_path)[1]
    kept = tmp_path / "kept"
    shutil.copytree(folder, kept)
    damage(folder / name)
    page = browser.new_page()  # this page may log an error
    with running(make_server(folder, 0)) as address:
        page.goto(address)
        expect(page.locator("#error")).to_contain_text(says)
        said(page, "could not be loaded")
        expect(page.locator("#detail")).to_be_empty()
        expect(page.locator("#progress")).to_be_hidden()
        assert not RAW.search(page.inner_text("#error"))
        if name != "model.js":  # without it nothing can be read
            drop(page, file)
            expect(page.locator("#stack")).to_be_visible()
            expect(page.locator("#after-tag")).to_be_hidden()
            expect(page.locator("#save")).to_be_disabled()
        shutil.copytree(kept, folder, dirs_exist_ok=True)
        for path in folder.rglob("*"):
            path.touch()  # or the browser takes what it has for as new
        page.click("#again")
        said(page, "Colorized" if name != "model.js" else "Ready")
        expect(page.locator("#error")).to_be_hidden()
        expect(page.locator("#again")).to_be_hidden()
    page.close()


@pytest.fixture
def held(colourful):
    """A page whose model arrives when the event is set."""
    arrives = threading.Event()

    class Slow(SimpleHTTPRequestHandler):
        def do_GET(self):
            if self.path.endswith(".onnx"):
                arrives.wait(30)
            super().do_GET()

        def log_message(self, *_):
            pass

    handler = partial(Slow, directory=str(colourful["classification"][1]))
    with running(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as address:
        yield address, arrives
        arrives.set()


def test_while_the_model_loads_gray_is_not_called_colorized(
    colourful, held, page, photograph, file
):
    address, arrives = held
    page.goto(address)
    page.evaluate(
        """() => {
          window.spoken = [];
          new MutationObserver(() => spoken.push(document.getElementById("status").innerText))
            .observe(document.getElementById("status"), { childList: true, subtree: true });
        }"""
    )
    drop(page, file)
    expect(page.locator("#stack")).to_be_visible()
    expect(page.locator("#after-tag")).to_be_hidden()
    expect(page.locator("#save")).to_be_disabled()
    page.locator("#vividness").fill("1")  # before there is a picture
    arrives.set()
    expect(page.locator("#stack[data-rebalance='1']")).to_be_visible()
    expect(page.locator("#after-tag")).to_be_visible()
    expected = in_python(colourful["classification"][0], photograph, vividness=1.0)
    check_pixels(save(page)[1], expected)
    spoken = page.evaluate("spoken")
    assert len(spoken) <= 6, spoken  # a screen reader says each aloud


def test_dropped_text_and_a_dead_server_are_said(colourful, browser):
    # What the browser keeps would do without a server, so requests are broken off.
    page = browser.new_page(service_workers="block")
    errors = []
    page.on("pageerror", lambda error: errors.append(error))
    with running(make_server(colourful["classification"][1], 0)) as address:
        page.goto(address)
        said(page, "Ready")
        page.evaluate(
            """() => {
              const dataTransfer = new DataTransfer();
              dataTransfer.setData("text/plain", "a photograph");
              document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
            }"""
        )
        expect(page.locator("#error")).to_contain_text("That was text")
        page.route("**/samples/*", lambda route: route.abort())
        page.click(SAMPLE)
        expect(page.locator("#error")).to_contain_text("The sample could not be loaded")
    page.close()
    assert not errors


def test_without_a_script_of_its_own_the_page_says_so(colourful, browser, tmp_path):
    folder = copied(colourful, tmp_path)[1]
    (folder / "strip.js").unlink()
    page = browser.new_page()  # this page may log an error
    with running(make_server(folder, 0)) as address:
        page.goto(address)
        expect(page.get_by_text("A script of this page is missing")).to_be_visible()
        expect(page.locator(".layout")).to_be_hidden()
    page.close()


def test_opened_as_a_file_the_page_says_what_to_do(colourful, browser):
    page = browser.new_page()
    page.goto((colourful["classification"][1] / "index.html").as_uri())
    expect(page.locator(".as-file")).to_be_visible()
    expect(page.locator(".as-file")).to_contain_text("make demo")
    expect(page.locator(".layout")).to_be_hidden()
    page.close()
