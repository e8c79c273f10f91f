"""What the documents show, link to and run."""

import doctest
import json
import re
import tomllib

import matplotlib.pyplot as plt
import numpy as np
import pytest
import yaml
from PIL import Image
from skimage import data

from colorization.api import Colorizer
from colorization.inference.model_file import save_model
from tests.support.models import make_model
from tests.support.workflows import ROOT

DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
NOTEBOOK = ROOT / "examples/colorize.ipynb"


def text_of(path):
    return path.read_text(encoding="utf-8")


def without_code(text):
    """Markdown without its code blocks, indented or fenced."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"^    .*$", "", text, flags=re.MULTILINE)


def anchors(path):
    """What links may lead to in a document, as GitHub names its headings."""
    heads = re.findall(r"^#+ (.*)$", without_code(text_of(path)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head).lower().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_leads_somewhere(document):
    targets = re.findall(r"\]\(([^)\s]+)\)", without_code(text_of(document)))
    for target in targets:
        if not target.startswith("https://"):
            name, _, anchor = target.partition("#")
            path = document.parent / name if name else document
            assert path.exists(), target
            assert not anchor or anchor in anchors(path), target


def test_every_document_is_linked_to():
    linked = {
        (document.parent / target.partition("#")[0]).resolve()
        for document in DOCUMENTS
        for target in re.findall(r"\]\(([^)\s]+)\)", text_of(document))
    }
    assert {path.resolve() for path in DOCUMENTS} - linked <= {ROOT / "README.md"}


def test_the_readme_is_short():
    assert len(text_of(ROOT / "README.md").splitlines()) <= 120


def test_the_example_in_how_it_works_is_true():
    path = ROOT / "docs/how-it-works.md"
    results = doctest.testfile(str(path), module_relative=False, encoding="utf-8")
    assert results.attempted > 30 and not results.failed


def test_the_version_is_the_same_everywhere():
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
    cited = yaml.safe_load(text_of(ROOT / "CITATION.cff"))
    changes = text_of(ROOT / "CHANGELOG.md")
    (latest, tag), *_ = re.findall(r"^## (\S+)\n.*?`v(\S+)`", changes, re.M | re.S)
    assert {cited["version"], latest, tag} == {project["version"]}


def test_the_catalog_can_read_its_entry():
    usage = yaml.safe_load(text_of(ROOT / ".snakemake-workflow-catalog.yml"))["usage"]
    assert usage.keys() == {"mandatory-flags", "software-stack-deployment"}
    assert usage["mandatory-flags"].keys() == {"desc", "flags"}
    # As it says there: every rule names its environment.
    for path in (ROOT / "rules").glob("*.smk"):
        rules = re.split(r"^rule ", text_of(path), flags=re.MULTILINE)[1:]
        assert all("    conda:\n" in rule for rule in rules), path


@pytest.fixture
def model_path(tmp_path, bins):
    """A model where `make run` puts one."""
    path = tmp_path / "results/train/full/model.safetensors"
    path.parent.mkdir(parents=True)
    model = make_model(bins, len(bins))
    settings = dict(network=dict(width=0.125), train=dict(crop=64))
    save_model(path, model.network.state_dict(), bins, settings, {})
    return path


def test_the_notebook_runs(tmp_path, monkeypatch):
    (tmp_path / "examples").mkdir()
    monkeypatch.chdir(tmp_path / "examples")  # where Jupyter starts it
    cells = json.loads(text_of(NOTEBOOK))["cells"]
    sources = ["".join(c["source"]) for c in cells if c["cell_type"] == "code"]
    names = {}
    with plt.rc_context({"backend": "agg"}):
        for source in sources:
            exec(source, names)
    shown = [plt.figure(number).axes for number in plt.get_fignums()]
    plt.close("all")
    titles = [[axis.get_title() for axis in axes] for axes in shown]
    assert titles == [
        ["gray", "colorized", "truth"],
        ["vividness 0", "vividness 0.5", "vividness 0.9"],
    ]
    gray, coloured, truth = (axis.images[0].get_array() for axis in shown[0])
    assert np.ptp(gray, axis=-1).max() < 0.01
    assert np.array_equal(truth, data.coffee())
    assert np.array_equal(coloured, Colorizer.load()(truth))
    assert np.array_equal(coloured, shown[1][2].images[0].get_array())


def test_the_notebook_holds_no_results():
    notebook = json.loads(text_of(NOTEBOOK))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            assert not cell["outputs"] and cell["execution_count"] is None


@pytest.mark.parametrize("name", ["README.md", "docs/photographs.md"])
def test_the_class_for_python_works_as_documented(
    name, model_path, tmp_path, monkeypatch
):
    (example,) = re.findall(
        r"(?:^    .*\n|^\n)*^    coloured = .*\n", text_of(ROOT / name), re.MULTILINE
    )
    monkeypatch.chdir(tmp_path)
    rgb = data.chelsea()[:64, :80]
    Image.fromarray(rgb).save("photo.jpg")
    names = dict(rgb=rgb)
    exec(re.sub(r"^    ", "", example, flags=re.MULTILINE), names)
    assert names["coloured"].shape == rgb.shape
