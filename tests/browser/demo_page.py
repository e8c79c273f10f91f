"""What tests of the page that colorizes share: the page, its models, and what a user does."""

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
from PIL import Image
from playwright.sync_api import expect

from colorization.inference import full_resolution, onnx_export
from colorization.pages.demo_server import make_server
from tests.support.models import make_model, round_kernels, soften
from tests.support.serving import running
from tests.support.workflows import STUDY, Workflow, copy_of, forked

# Machines that run tests are busy.
expect.set_options(timeout=60_000)
SIZE = 96
SAMPLE = "[data-sample='cameraman.jpg']"
# Kinds of models: with class weights, without, and without bins.
KINDS = ("classification", "without weights", "regression")


@pytest.fixture(scope="session")
def built(study, tmp_path_factory):
    """The study's results, with the demo and an exported regression."""

    def make(folder):
        shutil.copytree(study.folder, folder, symlinks=True, dirs_exist_ok=True)
        workflow = forked(Workflow(folder, STUDY, study.root))
        workflow("--", "demo", "results/export/l2/model.onnx")

    return copy_of(tmp_path_factory, "demo", make) / "results"


@pytest.fixture(scope="session")
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


@pytest.fixture(scope="session")
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


def plain_server(folder):
    """A server without this project's headers, which keeps no connection open."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    return running(ThreadingHTTPServer(("127.0.0.1", 0), handler))


def copied(colourful, tmp_path):
    """The model, and a copy of its page that may be changed."""
    model, folder = colourful["classification"]
    shutil.copytree(folder, tmp_path / "demo")
    return model, tmp_path / "demo"


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
