"""The package as it is installed, away from the clone."""

import subprocess
import sys
import zipfile

import numpy as np
import pytest
from PIL import Image
from skimage import data

from colorization.api import Colorizer
from colorization.inference.model_file import save_model
from tests.support.models import make_model
from tests.support.workflows import ROOT


@pytest.fixture(scope="module")
def model_path(tmp_path_factory, bins):
    model = make_model(bins, len(bins))
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    settings = dict(network=dict(width=0.125), train=dict(crop=64))
    save_model(path, model.network.state_dict(), bins, settings, {})
    return path


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--wheel-dir", folder, ROOT]
    subprocess.run(command, check=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_has_all_of_the_library_and_nothing_else(wheel):
    packed = {
        name for name in zipfile.ZipFile(wheel).namelist() if "dist-info" not in name
    }
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "colorization"],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
    )
    if listed.returncode:  # not a clone
        pytest.skip("git does not know these files")
    assert packed == set(listed.stdout.splitlines())


def test_the_installed_command_colorizes_elsewhere(wheel, model_path, tmp_path):
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    subprocess.run([*command, "--target", tmp_path / "site", wheel], check=True)
    photograph = data.chelsea()[:80, :120]
    Image.fromarray(photograph).save(tmp_path / "cat.png")
    command = [tmp_path / "site/bin/colorization", "colorize", "cat.png"]
    done = subprocess.run(
        [*command, "--model", model_path],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert "1 of 1 colorized" in done.stdout
    written = np.asarray(Image.open(tmp_path / "colorized/cat.png"))
    assert np.array_equal(written, Colorizer.load(model_path)(photograph))
    assert not np.array_equal(written, photograph)


def test_a_colorizer_takes_temperature_and_size(model_path):
    colorizer = Colorizer.load(model_path, device="cpu")
    photograph = data.chelsea()[:80, :120]
    vivid, pale = (colorizer(photograph, temperature=t).astype(int) for t in (0.1, 1))
    assert np.ptp(vivid, axis=-1).mean() > np.ptp(pale, axis=-1).mean()
    assert not np.array_equal(colorizer(photograph, size=32), colorizer(photograph))
