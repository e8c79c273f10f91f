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
    imported: set[Path] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                imported |= _files(alias.name, root)
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported |= _files(node.module, root)
            for alias in node.names:  # `from package import module`
                imported |= _files(f"{node.module}.{alias.name}", root)
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_docstring(body[0]):
            del body[0]
    text = _dump(tree).encode("utf-8", "surrogatepass")
    return hashlib.sha256(text).hexdigest(), sorted(imported)


def _dump(node: object) -> str:
    """A syntax tree as text, without empty fields.

    ast.dump is not the same in all versions of Python: some show empty fields, newer ones
    have more fields, and each splits f-strings differently.
    """
    if isinstance(node, ast.JoinedStr):
        return f"JoinedStr({_dump(_joined(node.values))})"
    if isinstance(node, ast.AST):
        fields = [
            f"{name}={_dump(value)}"
            for name, value in ast.iter_fields(node)
            if value is not None and value != []
        ]
        return f"{type(node).__name__}({', '.join(fields)})"
    if isinstance(node, list):
        return f"[{', '.join(map(_dump, node))}]"
    return repr(node)


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


def _is_docstring(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _files(module: str, root: Path) -> set[Path]:
    """The files of a module and of its packages that are the project's."""
    parts = module.split(".")
    files = {root.joinpath(*parts[:i], "__init__.py") for i in range(1, len(parts) + 1)}
    files.add(root.joinpath(*parts).with_suffix(".py"))
    return {path for path in files if path.is_file()}
