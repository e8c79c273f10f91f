"""What depends on the system is in one module, with a way for the others."""

import ast
import ctypes
import os
import platform
import re
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from colorization.runtime import system
from tests.support.starter import Starter
from tests.support.workflows import ROOT

# Names that Linux alone has, or that are not safe elsewhere.
ONLY_LINUX = {
    *("sched_getaffinity", "sched_setaffinity", "prctl", "mallopt", "fork", "forkpty"),
    *("posix_fadvise", "sendfile", "splice", "pidfd_open", "memfd_create", "eventfd"),
    *("copy_file_range", "O_DIRECT", "O_TMPFILE", "getrusage", "process_cpu_count"),
}
# How a program asks for the system.
ASKED = {"sys.platform", "platform.system", "os.uname", "os.name"}
# The module itself, what pretends that it is elsewhere, and tests of what is Linux alone.
MAY = {
    *("colorization/runtime/system.py", "tests/support/not_linux.py"),
    *("tests/unit/test_system.py",),
}


def names(path):
    """Names, and texts that are one, which a file uses; not comments or docstrings."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            yield node.attr
            yield ast.unparse(node)
        elif isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.alias):
            yield node.name
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield "/proc" if node.value.startswith("/proc/") else node.value


def python_files():
    command = ["git", "ls-files", "-co", "--exclude-standard", "*.py"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    return [name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def test_no_other_module_uses_what_only_linux_has():
    forbidden = ONLY_LINUX | ASKED | {"/proc"}
    found = {
        name: forbidden.intersection(names(ROOT / name)) for name in python_files()
    }
    assert {name for name, used in found.items() if used} <= MAY, found
    assert {"mallopt", "prctl", "fork", "/proc", "sys.platform"} <= found[
        "colorization/runtime/system.py"
    ]


# Options of GNU's tools that those of macOS lack.
GNU = r"sed -i|readlink -f|cp -a|grep -P|xargs -r|date -d|stat -c|\bps --|sort -V|\bnproc\b"


def test_make_and_rules_need_no_gnu_tools():
    for path in [ROOT / "Makefile", *(ROOT / "rules").glob("*.smk")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(GNU, text), path


def test_make_starts_programs_by_their_paths():
    """GNU Make 3.81, which macOS has, looks for them in the PATH that it was given."""
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").split("endef")[0]
    lint = lines.split("define LINT\n")[1].splitlines()
    assert len(lint) == 5 and all(line.strip().startswith("$(BIN)/") for line in lint)


@pytest.fixture
def elsewhere(monkeypatch):
    """As on a Mac."""
    monkeypatch.setattr(system, "LINUX", False)
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(ctypes, "CDLL", None)
    monkeypatch.setattr(Path, "read_text", None)


def test_cores_and_processor_elsewhere(elsewhere, monkeypatch):
    assert system.cores() == os.cpu_count()
    assert system.processor() in (platform.processor(), platform.machine())
    answer = subprocess.CompletedProcess([], 0, "Apple M4 Pro\n")
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: answer)
    assert system.processor() == "Apple M4 Pro"


def test_memory_elsewhere(elsewhere):
    system.keep_freed_memory()
    assert system.peak_memory() > 0


def test_programs_start_where_forks_are_not_safe(monkeypatch, tmp_path):
    monkeypatch.setattr(system, "FORK", None)
    status, output = Starter("platform", [])([], tmp_path, os.environ)
    assert status == 0 and platform.machine() in output


WAIT = """
import os, sys, time
from colorization.runtime import system
system.LINUX = system.LINUX and {linux}
system.LOOK_EVERY = 0.05
system.end_with({parent})
print("waiting", flush=True)
time.sleep(60)
"""
PARENT = """
import os, subprocess, sys, time
code = {code!r}.replace("{{parent}}", str(os.getpid()))
child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("linux", [True, False])
def test_a_process_ends_with_its_parent(linux):
    code = WAIT.format(linux=linux, parent="{parent}")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT.format(code=code)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    parent.communicate()
    end = time.monotonic() + 30
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_process_whose_parent_has_ended_goes_no_further():
    with pytest.raises(SystemExit):
        system.end_with(parent=-1, number=0)


def spin_count(code, **environment):
    """What OpenMP says about how its threads wait, when torch is loaded in a new process."""
    ours = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("OMP_", "GOMP_"))
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=ours | environment | {"OMP_DISPLAY_ENV": "VERBOSE"},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    return re.search(r"GOMP_SPINCOUNT = '(\d+)'", done.stderr)[1]


LOADS = ["import colorization.api", "import benchmarks.machine"]
only_gnu = pytest.mark.skipif(not system.LINUX, reason="another OpenMP")


@only_gnu
@pytest.mark.parametrize("code", LOADS)
def test_waiting_threads_soon_sleep(code):
    assert spin_count(code) == "10000"


@only_gnu
def test_what_a_user_sets_for_openmp_stands():
    assert spin_count(LOADS[0], GOMP_SPINCOUNT="77") == "77"
    assert spin_count(LOADS[0], OMP_WAIT_POLICY="PASSIVE") == "0"
    bound = spin_count(LOADS[0], GOMP_CPU_AFFINITY="0")
    assert bound == spin_count("import torch", GOMP_CPU_AFFINITY="0") != "10000"
