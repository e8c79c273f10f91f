import subprocess
import sys

from tests.killing import ROOT

SCRIPT = """
import logging, sys
from colorization import log
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
    path.write_text("of an earlier run\n")
    command = [sys.executable, "-c", SCRIPT, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    texts = [line.split(" ", 2)[-1] for line in path.read_text().splitlines()]
    assert texts == ["first", "of another process", "last", "what to mend"]
