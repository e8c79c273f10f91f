"""Puts a trained run into the package as the base model: the last step of make base.

It writes base.safetensors, in half precision, and base.md, the run's card with the terms of
its photographs, into colorization/base/, and pictures and figures of it into docs/.
"""

from pathlib import Path

from colorization.inference.half_precision import halve
from colorization.pages.report.card import TERMS
from colorization.runtime.base_model import BASE, NAME
from docs import base_pictures

RUN = "candidate"
RESULTS = Path("results")
OWN_TERMS = (
    "The folders are public research sets and photographs under free licences. They were "
    "copied to train on; none of them is passed on with the model."
)


def card(text: str) -> str:
    """The base model's card, from its run's."""
    path = f"results/train/{RUN}/model.safetensors"
    changes = {
        TERMS["folder"]: OWN_TERMS,
        "name: own photographs": "name: photographs of all kinds",
        "Own photographs,": "Photographs of all kinds,",
        f"--model {path} ": "",
        f"    colorization provenance {path}\n": "    docs/recipes.md\n",
        path: "colorization/base/base.safetensors",
        "MIT licence.": "MIT licence, and so is the model.",
        RUN: NAME,
    }
    for old, new in changes.items():
        if old not in text:
            raise SystemExit(f"results/{RUN}/model_card.md: {old!r} is not in it")
        text = text.replace(old, new)
    return text


def main() -> None:
    """Write the files."""
    halve(RESULTS / f"train/{RUN}/model.safetensors", BASE)
    text = (RESULTS / RUN / "model_card.md").read_text(encoding="utf-8")
    BASE.with_suffix(".md").write_text(card(text), encoding="utf-8")
    base_pictures.main()


if __name__ == "__main__":
    main()
