"""The commands in documents and in comments of config files."""

import re
from pathlib import Path

DOCUMENTS = ["*.md", "docs/*.md", "config.yaml", "config/*.yaml", "profiles/*/*.yaml"]
DOCUMENTS += ["envs/*", "examples/*.ipynb"]
STARTS = (
    "make ",
    "snakemake ",
    "colorization ",
    "pip install ",
    "python -m ",
    "pytest ",
)
INLINE = re.compile(r"`([^`]+)`")


def documented(root: Path) -> dict[str, set[str]]:
    """Each command, and the files below `root` that contain it."""
    files_of: dict[str, set[str]] = {}
    for pattern in DOCUMENTS:
        for path in sorted(root.glob(pattern)):
            text = path.read_text(encoding="utf-8")
            for command in commands_in(text, comments=path.suffix != ".md"):
                files_of.setdefault(command, set()).add(str(path.relative_to(root)))
    return files_of


def commands_in(text: str, comments: bool = False) -> list[str]:
    """The command lines in code blocks and inline code, or in comments, of a text."""
    lines = re.sub(r" *\\\n\s*(# )?", " ", text).splitlines()
    commands = []
    for line in lines:
        whole = line.strip()
        if comments:
            # A comment may say in words what the line behind a colon does.
            whole = re.sub(r"^.*?#\s*(.*: )?", "", line) if "#" in line else ""
        is_code = comments or line.startswith(("    ", "\t")) or line == whole
        texts = [whole] if is_code else []
        for candidate in [*texts, *INLINE.findall(line)]:
            if candidate.startswith(STARTS):
                commands.append(re.split(r"\s{2,}#", candidate)[0].strip())
    return list(dict.fromkeys(commands))
