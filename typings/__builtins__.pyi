# Snakemake gives scripts this object.
from typing import Any

snakemake: Any
