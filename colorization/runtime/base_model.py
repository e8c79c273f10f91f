"""The model in the box. Its card, base.md beside it, says how it was made."""

from pathlib import Path

# What settings call it.
NAME = "base"
BASE = Path(__file__).parents[1] / "base" / "base.safetensors"


def start_file(start: str | None) -> Path | None:
    """The file that `train.start` names."""
    if start is None:
        return None
    return BASE if start == NAME else Path(start)
