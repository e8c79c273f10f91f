"""A digest of the code that a script runs: the script and the project's modules it imports.

It is taken of the syntax trees without docstrings, so comments and formatting do not count.
It is the same in all versions of Python and in all locales.
"""

import ast
import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

from colorization.runtime.files import file_digest, write_json

# The digest of a syntax tree, and the modules that it imports.
Syntax = tuple[str, tuple[str, ...]]


def code_digests(
    scripts: Iterable[Path], root: Path, memory: Path | None = None
) -> dict[str, str]:
    """Hex digest of each script and of all modules below `root` that it imports, at any depth.

    By the scripts' names, without `.py`. The file `memory` holds what earlier calls have
    found of each file. It only saves time: it may be missing, damaged or not writable.
    """
    syntax = SyntaxMemory(memory)
    digests: dict[str, str] = {}
    for script in scripts:
        files = sorted(imported_files(script, root, syntax).items())
        listing = "\n".join(f"{name} {digest}" for name, digest in files)
        digests[script.stem] = hashlib.sha256(listing.encode()).hexdigest()
    syntax.save()
    return digests


class SyntaxMemory:
    """The `Syntax` of files by their contents, remembered in a file."""

    def __init__(self, memory: Path | None = None):
        self._memory, self._of_file = memory, dict[Path, Syntax]()
        # What another version of this module has found may be something else.
        self._version = file_digest(__file__) if memory else ""
        self._remembered, self._used = self._recall(), dict[str, Syntax]()
        self._written = set(self._remembered)

    def _recall(self) -> dict[str, Syntax]:
        with suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            if self._memory:
                found = json.loads(self._memory.read_text(encoding="utf-8"))
                if found["version"] == self._version:
                    return {
                        content: (str(digest), tuple(modules))
                        for content, (digest, modules) in found["files"].items()
                    }
        return {}

    def of(self, path: Path) -> Syntax:
        """The digest of a file's syntax tree, and the modules that it imports."""
        if path not in self._of_file:
            data = path.read_bytes()
            content = hashlib.sha256(data).hexdigest()
            if content not in self._remembered:
                self._remembered[content] = _analyse(data, path)
            self._of_file[path] = self._used[content] = self._remembered[content]
        return self._of_file[path]

    def save(self) -> None:
        """Write down what was used, if that is anything new."""
        if self._memory and self._used.keys() != self._written:
            with suppress(OSError):
                write_json(self._memory, dict(version=self._version, files=self._used))


def imported_files(
    script: Path, root: Path, syntax: SyntaxMemory | None = None
) -> dict[str, str]:
    """Digests of the script and of these modules, by their paths below `root`."""
    syntax = syntax or SyntaxMemory()
    digests: dict[Path, str] = {}
    queue = [script]
    while queue:
        if (path := queue.pop()) not in digests:
            digests[path], modules = syntax.of(path)
            queue += _files_of_all(modules, root)
    return {path.relative_to(root).as_posix(): d for path, d in digests.items()}


def _analyse(data: bytes, path: Path) -> Syntax:
    tree = ast.parse(data, path)  # as its encoding says, or UTF-8
    modules: set[str] = set()
    text = _dump(tree, modules).encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest(), tuple(sorted(modules))


def _dump(node: object, modules: set[str]) -> str:
    """A syntax tree as text, without docstrings and empty fields. Adds what it imports.

    ast.dump is not the same in all versions of Python: some show empty fields, newer ones
    have more fields, and each splits f-strings differently.
    """
    if isinstance(node, list):
        return f"[{', '.join([_dump(item, modules) for item in node])}]"
    if not isinstance(node, ast.AST):
        return repr(node)
    if isinstance(node, ast.JoinedStr):
        return f"JoinedStr({_dump(_joined(node.values), modules)})"
    if isinstance(node, ast.Import):
        modules.update(alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        modules.add(node.module)
        # `from package import module`
        modules.update(f"{node.module}.{alias.name}" for alias in node.names)
    fields: list[str] = []
    for name in node._fields:
        value = getattr(node, name, None)
        if name == "body" and isinstance(value, list) and _is_docstring(value):
            value = value[1:]
        if value is not None and value != []:
            fields.append(f"{name}={_dump(value, modules)}")
    return f"{type(node).__name__}({', '.join(fields)})"


def _joined(parts: list[ast.expr]) -> list[ast.expr | str]:
    """The parts of an f-string, with adjacent texts joined and empty ones left out."""
    joined: list[ast.expr | str] = []
    for part in parts:
        if not isinstance(part, ast.Constant):
            joined.append(part)
        elif joined and isinstance(last := joined[-1], str):
            joined[-1] = last + str(part.value)
        elif part.value:
            joined.append(str(part.value))
    return joined


def _is_docstring(body: list[ast.stmt]) -> bool:
    """Whether a body starts with one."""
    return (
        bool(body)
        and isinstance(node := body[0], ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


@cache
def _files_of_all(modules: tuple[str, ...], root: Path) -> set[Path]:
    """The files of several modules that are the project's."""
    return set[Path]().union(*(_files(module, root) for module in modules))


@cache
def _files(module: str, root: Path) -> set[Path]:
    """The files of a module and of its packages that are the project's."""
    parent, _, name = module.rpartition(".")
    folder = root.joinpath(*parent.split("."))
    if parent and not folder.is_dir():
        return set()
    files = {folder / f"{name}.py", folder / name / "__init__.py"}
    found = {path for path in files if path.is_file()}
    return found | (_files(parent, root) if parent else set())
