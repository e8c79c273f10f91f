"""A digest of the code that a script runs: the script and the project's modules it imports.

It is taken of the syntax trees without docstrings, so comments and formatting do not count.
It is the same in all versions of Python and in all locales.
"""

import ast
import hashlib
from functools import cache
from pathlib import Path


def code_digest(script: Path, root: Path) -> str:
    """Hex digest of `script` and of all modules below `root` that it imports, at any depth."""
    listing = "\n".join(
        f"{name} {digest}"
        for name, digest in sorted(imported_files(script, root).items())
    )
    return hashlib.sha256(listing.encode()).hexdigest()


def imported_files(script: Path, root: Path) -> dict[str, str]:
    """Digests of the script and of these modules, by their paths below `root`."""
    digests: dict[str, str] = {}
    queue = [script]
    while queue:
        path = queue.pop()
        name = path.relative_to(root).as_posix()
        if name not in digests:
            digests[name], imported = _analyse(path, root)
            queue += imported
    return digests


@cache
def _analyse(path: Path, root: Path) -> tuple[str, list[Path]]:
    """The digest of a file's syntax tree, and the project's files that it imports."""
    tree = ast.parse(path.read_bytes(), path)  # as its encoding says, or UTF-8
    modules: set[str] = set()
    text = _dump(tree, modules).encode("utf-8", "surrogatepass")
    imported = set[Path]().union(*(_files(module, root) for module in modules))
    return hashlib.sha256(text).hexdigest(), sorted(imported)


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
def _files(module: str, root: Path) -> set[Path]:
    """The files of a module and of its packages that are the project's."""
    parent, _, name = module.rpartition(".")
    folder = root.joinpath(*parent.split("."))
    if parent and not folder.is_dir():
        return set()
    files = {folder / f"{name}.py", folder / name / "__init__.py"}
    found = {path for path in files if path.is_file()}
    return found | (_files(parent, root) if parent else set())
