"""Pictures of the gallery, one by one."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colorization import gallery


def test_a_picture_that_is_interrupted_leaves_none(tmp_path, monkeypatch):
    def save(self, path, *_, **__):
        Path(path).write_bytes(b"half of a picture")
        raise KeyboardInterrupt

    monkeypatch.setattr(Image.Image, "save", save)
    with pytest.raises(KeyboardInterrupt):
        gallery._save(np.zeros((4, 4, 3), np.uint8), tmp_path, "run/0-model")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
