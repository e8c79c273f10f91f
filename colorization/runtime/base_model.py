"""The model in the box. Its card, base.md beside it, says how it was made."""

from pathlib import Path

BASE = Path(__file__).parents[1] / "base" / "base.safetensors"
