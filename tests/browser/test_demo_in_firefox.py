"""The pages in Firefox, which Playwright drives only in a build of its own."""

import json
import shutil
import subprocess

import numpy as np
import pytest
from PIL import Image

from colorization.pages.demo_server import make_server
from tests.browser.conftest import ROOT
from tests.browser.demo_page import check_pixels, in_python
from tests.support.serving import running

pytestmark = [pytest.mark.browser, pytest.mark.thorough]
HERE = ROOT / "tests/browser/firefox"


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    """A folder with the script that drives Firefox, and what it needs from npm."""
    folder = tmp_path_factory.mktemp("firefox")
    shutil.copytree(HERE, folder, dirs_exist_ok=True)
    command = ["npm", "install", "--silent", "--ignore-scripts", "--prefer-offline"]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8")
    if done.returncode:
        pytest.skip(f"puppeteer-core cannot be had: {done.stderr[-200:]}")
    return folder


def test_a_journey_in_firefox(built, colourful, driver, photograph, file, tmp_path):
    """Debian: apt-get install firefox-esr."""
    firefox = shutil.which("firefox-esr") or shutil.which("firefox")
    if not firefox:
        pytest.skip("no Firefox found")
    model, demo = colourful["classification"]
    results = tmp_path / "results"
    for name in ("gallery", "report.html"):
        copy = shutil.copytree if (built / name).is_dir() else shutil.copy
        results.mkdir(exist_ok=True)
        copy(built / name, results / name)
    shutil.copytree(demo, results / "demo")
    with running(make_server(results, 0)) as address:
        command = ["node", "journey.mjs", firefox, address, str(file)]
        command += [str(tmp_path / "shown.png")]
        options = dict(capture_output=True, encoding="utf-8", timeout=300)
        done = subprocess.run(command, cwd=driver, **options)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
    with Image.open(tmp_path / "shown.png") as image:
        shown = np.asarray(image.convert("RGB"))
    check_pixels(shown, in_python(model, photograph, vividness=0.5))
