"""Which one is real? A static page that holds a sitting, after section 3.1 of the paper.

The two pictures of a pair are one file, so that neither its name nor its size tells which is
the photograph. The page knows that of the practice pairs alone.
"""

import base64
import hashlib
import math
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from colorization.evaluation.answer_key import Key
from colorization.pages import WEB
from colorization.pages.templates import environment
from colorization.runtime.files import atomic

# The side of a picture on the screen, in CSS pixels, as in the paper.
SHOWN = 256
# Larger pictures are made smaller: screens have up to two pixels for one of CSS.
LARGEST = 2 * SHOWN
# Seconds that a pair takes, about.
PAIR = 6


def write(key: Key, pairs: np.ndarray, page: Path, folder: Path) -> None:
    """Write `page`, and the pairs, uint8 (N, 2, H, W, 3), to `folder` beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, pair in zip(key.pairs, pairs, strict=True):
        with atomic(folder / f"{name}.webp") as temporary:
            _one_above_the_other(pair).save(temporary, "WEBP", lossless=True)
    # These files are the project's own, so they are not escaped.
    style = "\n".join(_text(name) for name in ("base.css", "realism/realism.css"))
    script = _text("realism/realism.js")
    practice = len(key.named("practice"))
    counting = key.tests + len(key.named("control"))
    text = (
        environment()
        .get_template("realism/index.html.j2")
        .render(
            style=style,
            script=script,
            style_digest=_digest(style),
            script_digest=_digest(script),
            data=plan(key, folder.name),
            practice=practice,
            counting=counting,
            minutes=math.ceil(PAIR * (practice + counting) / 60),
        )
    )
    with atomic(page) as temporary:
        temporary.write_text(text, encoding="utf-8")


def plan(key: Key, folder: str) -> dict[str, Any]:
    """What the page's script needs: names of pairs, and for practice the real picture.

    Each photograph has a pair for each run: a person sees one of them.
    """
    photographs: dict[int, list[str]] = {}
    for name, pair in key.named("test").items():
        photographs.setdefault(pair.image, []).append(name)
    return dict(
        sitting=key.sitting,
        folder=folder,
        tests=key.tests,
        practice=[[name, pair.real] for name, pair in key.named("practice").items()],
        controls=sorted(key.named("control")),
        photographs=list(photographs.values()),
    )


def _one_above_the_other(pair: np.ndarray) -> Image.Image:
    pictures = [Image.fromarray(picture) for picture in pair]
    for picture in pictures:
        picture.thumbnail((LARGEST, LARGEST), Image.Resampling.LANCZOS)
    return Image.fromarray(np.concatenate([np.asarray(p) for p in pictures]))


def _text(name: str) -> str:
    return (WEB / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """What the content security policy calls an inline script or style."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
