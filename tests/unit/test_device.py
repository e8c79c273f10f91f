import subprocess
import sys

from tests.support.workflows import ROOT

CODE = """
import sys
import torch
from colorization.runtime.device import prepare_process
from colorization.training import run
prepare_process(torch.device("cpu"), 1)
assert torch.are_deterministic_algorithms_enabled()
assert not torch.is_deterministic_algorithms_warn_only_enabled()
assert "torch._inductor" not in sys.modules
from torch._inductor import config
assert config.deterministic
"""


def test_the_compiler_is_deterministic_and_imported_only_where_it_is_used():
    subprocess.run([sys.executable, "-c", CODE], cwd=ROOT, check=True)
