"""Types and shapes are checked while tests run, and only then."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from jaxtyping import TypeCheckError

from colorization.inference import full_resolution
from colorization.method import cielab, decoding, prior
from colorization.method.encoding import SoftEncoder
from colorization.training import gray_images
from tests.support.workflows import ROOT

WRONG = {
    "as many scores as bins": lambda: decoding.annealed_mean(
        torch.zeros(1, 3, 1, 1), torch.zeros(4, 2), 0.38
    ),
    "codes are uint8": lambda: cielab.srgb_to_lab(np.zeros((4, 3))),
    "colours have three channels": lambda: cielab.srgb_to_lab(
        np.zeros((4, 4), np.uint8)
    ),
    "fields of a dataclass": lambda: prior.Prior(
        np.zeros((3, 2), np.float32), *[np.zeros(3)] * 3, np.zeros(4, np.float32)
    ),
    "a method of a class": lambda: SoftEncoder(np.eye(2), 1, 5)(torch.zeros(4, 3)),
    "inference": lambda: full_resolution.beside_gray(
        np.zeros((4, 5, 3), np.uint8), np.zeros((4, 6, 3), np.uint8)
    ),
    "training": lambda: gray_images.gray_share(np.zeros((4, 8, 8), np.uint8), 5),
}


@pytest.mark.parametrize("call", WRONG.values(), ids=WRONG)
def test_a_wrong_shape_is_an_error_while_tests_run(call):
    with pytest.raises(TypeCheckError):
        call()


def test_outside_of_tests_nothing_checks():
    code = (
        "import sys, torch\n"
        "from colorization.method.torch_cielab import lightness\n"
        "lightness(torch.zeros(4, 3))  # codes are whole numbers by its type\n"
        "assert 'beartype' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
