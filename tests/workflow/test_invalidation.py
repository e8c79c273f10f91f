"""The matrix: after a real run, a dry run for each possible change."""

import queue
import re
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest

from colorization.planning import setting_types
from colorization.planning.code_digest import imported_files
from colorization.planning.schema import Config
from tests.support.mirror import mirror
from tests.support.starter import Starter
from tests.support.workflows import ROOT, Workflow, copy_code
from tests.workflow import matrix
from tests.workflow.changes import CASES, append

# A dry run for a module of each room shows that the digest of code decides;
# test_a_stage_has_the_code_that_its_script_imports looks at all modules.
ONE_OF_EACH_ROOM = {
    module.split("/")[0]: module
    for module, (_, direct) in matrix.MODULES.items()
    if direct
}.values()


def rows():
    """All rows: what changes, (workflow, change, options, stages that must run)."""
    for key, (workflow, setting, direct) in matrix.SETTINGS.items():
        no_run = key.startswith(("running.", "colorize.", "realism."))
        after = set() if no_run else {"settings", "gallery"}
        yield key, (workflow, None, ["--config", setting], direct | after)
    for key, (workflow, setting) in matrix.SAME.items():
        told = "not used" in key or "without" in key
        after = {"settings", "gallery"} if told else set()
        yield key, (workflow, None, ["--config", setting], after)
    for module in ONE_OF_EACH_ROOM:
        workflow, direct = matrix.MODULES[module]
        change = append(f"colorization/{module}.py")
        yield f"colorization/{module}.py", (workflow, change, [], direct)
    # From a sitting, fooling follows, and so on; but there are no answers.
    no_answers = {"-fooling", "-compare", "-draw_comparison", "-report"}
    for stage, direct in matrix.ASKED_FOR.items():
        yield (
            f"{stage}, asked for",
            ("sample", None, ["--", stage], direct | no_answers),
        )
    for script, workflow in matrix.SCRIPTS.items():
        change = append(f"workflow_scripts/{script}.py")
        direct = {script} - {"stl10_download"}
        yield f"workflow_scripts/{script}.py", (workflow, change, [], direct)
    yield from CASES.items()


ROWS = dict(rows())


class Bench:
    """Copies of the code and of a finished workflow, for one dry run at a time."""

    def __init__(self, folder, finished):
        self.folder, self.finished, self.starter = folder, finished, Starter()
        self.code = copy_code(folder / "unchanged")

    def plan(self, workflow, change, options):
        """The rules that would run after a change."""
        folder, code = self.folder / workflow, self.folder / "code"
        mirror(self.finished[workflow].folder, folder)
        mirror(self.code, code)
        clone = Workflow(
            folder, (folder / "own.yaml").read_text(encoding="utf-8"), code
        )
        for extra in ("more", "elsewhere", "photos"):  # what some settings name
            (folder / extra).mkdir(exist_ok=True)
        (folder / "other.pth").write_bytes(b"other")
        (folder / "answers.json").write_bytes(b"{}")
        model = next(folder.glob("results/train/*/model.safetensors"))
        shutil.copy(model, folder / "other.safetensors")
        for path in folder.glob("results/data/stl10_binary/*"):
            if path.is_file():
                shutil.copy(path, folder / "elsewhere")
        if change:
            change(clone)
        clone.starter = self.starter
        return clone.planned(*options)


@pytest.fixture(scope="module")
def plans(request, tmp_path_factory):
    """The rules that a dry run plans for each tested row; two dry runs at a time."""
    items = request.session.items
    tested = [i.callspec.params["row"] for i in items if "plans" in i.fixturenames]
    fixtures = dict(sample="finished", study="study", stl10="downloaded")
    used = {ROWS[row][0] for row in tested}
    workflows = {name: request.getfixturevalue(fixtures[name]) for name in used}
    benches = queue.Queue()
    for i in range(2):
        benches.put(Bench(tmp_path_factory.mktemp(f"bench{i}"), workflows))

    def plan(row):
        bench = benches.get()
        try:
            return bench.plan(*ROWS[row][:3])
        finally:
            benches.put(bench)

    with ThreadPoolExecutor(2) as pool:
        planned = dict(zip(tested, pool.map(plan, tested), strict=True))
    while not benches.empty():
        benches.get().starter.close()
    return planned


@pytest.mark.parametrize("row", ROWS)
def test_exactly_what_a_change_invalidates_runs_again(plans, row):
    workflow, _, _, direct = ROWS[row]
    assert plans[row] == matrix.expected(workflow, direct)


def leaves(section, above=""):
    """The config's keys that hold a value."""
    for key, annotation in setting_types.fields(section).items():
        if setting_types.is_section(annotation):
            yield from leaves(annotation, f"{above}{key}.")
        else:
            yield above + key


def test_every_setting_has_a_row():
    assert set(leaves(Config)) == set(matrix.SETTINGS)


def test_every_module_and_script_has_a_row():
    library = (ROOT / "colorization").rglob("*.py")
    modules = {path.relative_to(ROOT / "colorization") for path in library}
    assert {str(path.with_suffix("")) for path in modules} == set(matrix.MODULES)
    scripts = (ROOT / "workflow_scripts").glob("*.py")
    answered = matrix.SETTINGS["realism.answers"][2]
    asked_for = set().union(*matrix.ASKED_FOR.values(), answered)
    assert {path.stem for path in scripts} == set(matrix.SCRIPTS) | asked_for


def test_a_stage_has_the_code_that_its_script_imports():
    """The digest of code is one of these files: tests/unit/test_code_digest.py."""
    scripts = (ROOT / "workflow_scripts").glob("*.py")
    code = {path.stem: imported_files(path, ROOT) for path in scripts}
    for module, (workflow, direct) in matrix.MODULES.items():
        file = f"colorization/{module}.py"
        users = {script for script, files in code.items() if file in files}
        # Its result is known by its checksum, a setting.
        users -= {"stl10_download"}
        assert users & matrix.stages(workflow) == direct, module


def test_every_rule_has_a_row():
    text = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "rules").glob("*.smk")
    )
    rules = set(re.findall(r"^rule (\w+):", text, re.MULTILINE))
    seen = set().union(*(matrix.expected(row[0], row[3]) for row in ROWS.values()))
    assert seen == rules
