"""The page that colorizes, in a real browser, against PyTorch."""

import base64
import io
import json
import re
import shutil
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest
import skimage.data
import torch
from PIL import Image
from playwright.sync_api import expect

from colorization.inference import full_resolution, onnx_export
from colorization.method.torch_cielab import lightness
from colorization.pages.demo_server import make_server
from colorization.provenance.record import records
from tests.browser.conftest import check_accessible, take_pictures
from tests.support.models import make_model
from tests.support.serving import running

pytestmark = pytest.mark.browser
SIZE = 96
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


@torch.no_grad()
def soften(model):
    """Scores that vary over the image, with a spread at which temperatures matter."""
    gray = lightness(torch.from_numpy(skimage.data.coffee()[:96, :96].copy()))
    output = model.network(gray[None, None])
    last, mean = model.network.out, output.mean((0, 2, 3))
    spread = 2 if len(mean) > 2 else 0.3
    scale = spread / (output[0] - mean[:, None, None]).std()
    last.bias.copy_((last.bias - mean) * scale)
    last.weight.mul_(scale)


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


def in_python(model, rgb, temperature=0.38, vividness=0.0):
    """uint8 (H, W, 3) colorized by `colorization colorize`."""
    options = full_resolution.Options(temperature, vividness, SIZE)
    return full_resolution.colorize_array(model, rgb, options)


def check_pixels(found, expected):
    difference = np.abs(found.astype(int) - expected)
    assert difference.mean() < 0.5
    assert (difference <= 3).mean() > 0.999


def drop(page, file):
    """Drop a file on the page."""
    content = base64.b64encode(file.read_bytes()).decode()
    page.evaluate(
        """([name, content]) => {
          const bytes = Uint8Array.from(atob(content), (c) => c.charCodeAt(0));
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([bytes], name));
          const event = { dataTransfer, bubbles: true, cancelable: true };
          for (const type of ["dragenter", "dragover", "drop"]) {
            document.getElementById("stage").dispatchEvent(new DragEvent(type, event));
          }
        }""",
        [file.name, content],
    )


def said(page, text):
    expect(page.locator("#status")).to_have_text(re.compile(text), timeout=20_000)


def set_vividness(page, place, **shown):
    """Move the control; then the picture is that of `shown`, a value of the decoding."""
    page.locator("#vividness").fill(str(place))
    for name, value in shown.items():
        picture = page.locator(f"#stack[data-{name}='{value}']")
        expect(picture).to_be_visible(timeout=10_000)


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
        page.click("#sample")
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
    handler = partial(SimpleHTTPRequestHandler, directory=folder)
    handler.keywords["directory"] = str(folder)
    with running(ThreadingHTTPServer(("127.0.0.1", 0), handler)) as address:
        page.goto(address)
        assert not page.evaluate("crossOriginIsolated")
        said(page, "Ready")
        expect(page.locator("#vividness")).to_be_hidden()
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
    drop(page, file)
    said(page, "Colorized")
    expect(error).to_be_hidden()


@pytest.mark.parametrize("name", ["model.json", "onnxruntime", "color.js"])
def test_a_missing_file_is_said(colourful, browser, name, tmp_path):
    folder = tmp_path / "demo"
    shutil.copytree(colourful["classification"][1], folder)
    missing = folder / name
    shutil.rmtree(missing) if missing.is_dir() else missing.unlink()
    page = browser.new_page()  # this page may log an error
    with running(make_server(folder, 0)) as address:
        page.goto(address)
        expect(page.locator("#error")).to_contain_text("missing", timeout=10_000)
        said(page, "could not be loaded")
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
    x, y = box["x"] + 0.2 * box["width"], box["y"] + 0.5 * box["height"]
    page.mouse.click(x, y)
    at = page.evaluate("parseFloat(getComputedStyle(stack).getPropertyValue('--at'))")
    assert at == pytest.approx(20, abs=1)
    page.select_option("#side", "original")
    shown = page.evaluate("document.getElementById('before').toDataURL()")
    shown = Image.open(io.BytesIO(base64.b64decode(shown.split(",")[1])))
    np.testing.assert_array_equal(np.asarray(shown.convert("RGB")), photograph)


def test_accessible_and_at_home_on_all_screens(address, page, file):
    page.goto(address)
    said(page, "Ready")
    check_accessible(page)
    take_pictures(page, "demo-empty")
    drop(page, file)
    said(page, "Colorized")
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        check_accessible(page)
    take_pictures(page, "demo")
