"""The page that colorizes, in a real browser, against PyTorch."""

import base64
import io
import json
import re
import shlex
import shutil
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from PIL import Image
from playwright.sync_api import expect

from colorization.__main__ import main
from colorization.inference import full_resolution, onnx_export
from colorization.inference.model_file import save_model
from colorization.pages.demo_server import make_server
from colorization.provenance.record import records
from tests.browser.conftest import check_accessible, take_pictures
from tests.support.models import make_model, round_kernels, soften
from tests.support.serving import running

pytestmark = pytest.mark.browser
# Machines that run tests are busy.
expect.set_options(timeout=60_000)
SIZE = 96
SAMPLE = "[data-sample='cameraman.jpg']"
# Kinds of models: with class weights, without, and without bins.
KINDS = ("classification", "without weights", "regression")


@pytest.fixture(scope="module")
def built(study):
    """The study's results, with the demo and an exported regression."""
    study("--", "demo", "results/export/l2/model.onnx")
    return study.folder / "results"


@pytest.fixture(scope="module")
def colourful(built, bins, tmp_path_factory):
    """By kind: a model whose colours vary strongly, and a page with it."""
    made = {}
    for kind in KINDS:
        folder = tmp_path_factory.mktemp(kind.replace(" ", "-")) / "demo"
        shutil.copytree(built / "demo", folder)
        model = make_model(bins, 2 if kind == "regression" else len(bins))
        soften(model)
        round_kernels(model)
        # Gray is common: the farther from it, the heavier.
        model.weights = (0.05 + np.linalg.norm(bins, axis=1) / 40).astype(np.float32)
        share, weights = 0.0, model.weights.tolist()
        if kind == "classification":
            share = 0.5
        elif kind == "without weights":
            weights = model.weights = None
        about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        about |= dict(size=SIZE, rebalance=share, weights=weights)
        loss = "regression" if kind == "regression" else "classification"
        about["settings"]["train"] |= dict(loss=loss, rebalance=False)
        proto = onnx_export.with_half_weights(onnx_export.to_onnx(model, {}))
        onnx_export.save(proto, folder / "model.fp16.onnx")
        about["bytes"]["model.fp16.onnx"] = (folder / "model.fp16.onnx").stat().st_size
        (folder / "model.json").write_text(json.dumps(about), encoding="utf-8")
        made[kind] = model, folder
    return made


@pytest.fixture
def address(colourful):
    with running(make_server(colourful["classification"][1], 0)) as address:
        yield address


@pytest.fixture(scope="module")
def photograph():
    """A photograph that is not square, with sides that are multiples of nothing."""
    return skimage.data.coffee()[:397, :501]


@pytest.fixture
def file(photograph, tmp_path):
    Image.fromarray(photograph).save(tmp_path / "my coffee.png")
    return tmp_path / "my coffee.png"


def in_python(model, rgb, temperature=0.38, vividness=0.0, hints=()):
    """uint8 (H, W, 3) colorized by `colorization colorize`."""
    options = full_resolution.Options(temperature, vividness, SIZE, hints=hints)
    return full_resolution.colorize_array(model, rgb, options)


def check_pixels(found, expected):
    assert np.abs(found.astype(int) - expected).max() <= 1


def drop(page, *files):
    """Drop files on the page."""
    contents = [(f.name, base64.b64encode(f.read_bytes()).decode()) for f in files]
    page.evaluate(
        """(files) => {
          const dataTransfer = new DataTransfer();
          for (const [name, content] of files) {
            const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
            dataTransfer.items.add(new File([bytes], name));
          }
          const event = { dataTransfer, bubbles: true, cancelable: true };
          for (const type of ["dragenter", "dragover", "drop"]) {
            document.getElementById("stage").dispatchEvent(new DragEvent(type, event));
          }
        }""",
        contents,
    )


def said(page, text):
    expect(page.locator("#status")).to_have_text(re.compile(text), timeout=60_000)


def set_vividness(page, place, **shown):
    """Move the control; then the picture is that of `shown`, a value of the decoding."""
    page.locator("#vividness").fill(str(place))
    for name, value in shown.items():
        picture = page.locator(f"#stack[data-{name}='{value}']")
        expect(picture).to_be_visible()


def shown_picture(page):
    """uint8 (H, W, 3) that is on the screen."""
    url = page.evaluate("document.getElementById('after').toDataURL()")
    image = Image.open(io.BytesIO(base64.b64decode(url.split(",")[1])))
    return np.asarray(image.convert("RGB"))


def save(page, key=None):
    """The PNG that a click, or a key, saves: its name, and uint8 (H, W, 3)."""
    with page.expect_download() as download:
        page.keyboard.press(key) if key else page.click("#save")
    image = Image.open(download.value.path())
    assert image.format == "PNG" and image.mode in ("RGB", "RGBA")
    return download.value.suggested_filename, np.asarray(image.convert("RGB"))


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


def plain_server(folder):
    """A server without this project's headers, which keeps no connection open."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    return running(ThreadingHTTPServer(("127.0.0.1", 0), handler))


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


def copied(colourful, tmp_path):
    """The model, and a copy of its page that may be changed."""
    model, folder = colourful["classification"]
    shutil.copytree(folder, tmp_path / "demo")
    return model, tmp_path / "demo"


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


def click_at(page, x, y):
    """Click a place of the picture, in shares of its sides; wait for the answer."""
    box = page.locator("#stack").bounding_box()
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    expect(page.locator("#answer:not([inert]) #choices li").first).to_be_visible()


def choose(page, number):
    """Choose an alternative; wait for the picture."""
    hints = page.locator("#hints li").count()
    page.locator("#choices button").nth(number).click()
    expect(page.locator(f"#stack[data-hints='{hints + 1}']")).to_be_visible()


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
