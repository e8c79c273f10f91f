import subprocess
import sys

from tests.support.killing import ROOT

SCRIPT = """
import logging, sys
from colorization.runtime import log
log.configure(sys.argv[1])
logging.info("first")
with open(sys.argv[1], "a") as other:
    other.write("12:00:00 INFO of another process\\n")
logging.info("last")
raise log.StageError("what to mend")
"""


def test_a_log_is_new_and_shared_with_other_processes(tmp_path):
    path = tmp_path / "logs" / "stage.log"
    path.parent.mkdir()
    path.write_text("of an earlier run\n", encoding="utf-8")
    command = [sys.executable, "-c", SCRIPT, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    texts = [
        line.split(" ", 2)[-1] for line in path.read_text(encoding="utf-8").splitlines()
    ]
    assert texts == ["first", "of another process", "last", "what to mend"]


def test_a_full_disk_is_one_line_with_advice(tmp_path):
    code = (
        "import errno, sys; from colorization.runtime import log; log.configure(sys.argv[1]);"
        "raise OSError(errno.ENOSPC, 'No space left on device', 'results/a.npy')"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "log")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8")
    (line,) = done.stderr.splitlines()
    assert done.returncode == 1
    assert line.endswith(
        "results/a.npy: No space left on device: make room on that disk and run again"
    )
