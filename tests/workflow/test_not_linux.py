"""The whole workflow where nothing is there that only Linux has."""

import platform
import shutil

from PIL import Image
from skimage import data

from colorization.provenance.record import records
from tests.support.workflows import ROOT, Workflow, copy_code, files

TINY = """
data: {sample: {train: 24, validation: 8, test: 8}}
train: {steps: 2, validate_every: 1}
evaluate: {sweep_images: 4, temperatures: [0.38]}
colorize: {photos: mine}
"""


def test_the_default_workflow_on_a_system_that_is_not_linux(tmp_path, monkeypatch):
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)  # make test sets it
    code = copy_code(tmp_path / "code")
    shutil.copy(ROOT / "tests/support/not_linux.py", code / "sitecustomize.py")
    folder = tmp_path / "run"
    (folder / "mine").mkdir(parents=True)
    Image.fromarray(data.chelsea()[:96, :128]).save(folder / "mine" / "cat.jpg")
    workflow = Workflow(folder, TINY, code)
    workflow.forks_jobs = True  # nothing of the project is loaded before a fork
    workflow.environment = {"PYTHONPATH": str(code)}
    workflow()
    assert files(workflow, "report.html") and files(workflow, "colorize/full/cat.jpg")
    done = records(folder / "results")
    # The name is in /proc/cpuinfo.
    names = {record.hardware.processor for record in done}
    assert names == {platform.processor() or platform.machine()}
    waiting = [job.read_text(encoding="utf-8") for job in (folder / "jobs").iterdir()]
    assert len(waiting) >= len(done) > 10 and set(waiting) == {"10000"}
    assert "Nothing to be done" in workflow("--quiet", "progress")
