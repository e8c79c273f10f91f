"""Pictures of the gallery, one by one."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from colorization.pages import gallery


@pytest.mark.filterwarnings("error")
def test_a_photograph_of_200_megapixels_is_shown_small(tmp_path):
    Image.new("L", (20000, 10000)).save(tmp_path / "large.png")
    table = "photograph,result\nlarge.png,large.png\ncut.jpg,\n"
    (tmp_path / "photographs.csv").write_text(table, encoding="utf-8")
    run = gallery.GalleryRun("sample", {}, tmp_path, tmp_path)
    (shown,) = gallery._photographs("full", run, tmp_path / "pictures")
    assert shown["name"] == "large.png"
    with Image.open(tmp_path / shown["model"]) as small:
        assert small.size == (1024, 512)


def test_a_picture_that_is_interrupted_leaves_none(tmp_path, monkeypatch):
    def save(self, path, *_, **__):
        Path(path).write_bytes(b"half of a picture")
        raise KeyboardInterrupt

    monkeypatch.setattr(Image.Image, "save", save)
    with pytest.raises(KeyboardInterrupt):
        gallery._save(np.zeros((4, 4, 3), np.uint8), tmp_path, "run/0-model")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
