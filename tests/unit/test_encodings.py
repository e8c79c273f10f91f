"""Text has a named encoding, else each locale reads something else.

ruff's PLW1514 sees this where it knows that a value is a path; here, of any value.
"""

import ast

import pytest

from tests.support.workflows import ROOT

FOLDERS = ("benchmarks", "colorization", "tests", "workflow_scripts")
# Not of the class Path: texts of installed packages, which are UTF-8.
PACKAGES = ("package", "distribution")


def nameless(tree):
    """The lines of calls that open text, or start a process for text, in what encoding?"""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        named = {keyword.arg for keyword in call.keywords}
        method = isinstance(call.func, ast.Attribute)
        name = call.func.attr if method else getattr(call.func, "id", "")
        on = ast.unparse(call.func.value) if method else ""
        text = name in ("read_text", "write_text") and on not in PACKAGES
        if (text or {"text", "universal_newlines"} & named) and "encoding" not in named:
            yield call.lineno


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_text_has_an_encoding(folder):
    paths = list((ROOT / folder).rglob("*.py"))
    assert paths
    for path in paths:
        source = path.read_text(encoding="utf-8")
        assert not list(nameless(ast.parse(source))), path


def test_a_nameless_one_is_seen():
    source = "path.read_text()\nsubprocess.run(command, text=True)\npath.read_bytes()"
    assert list(nameless(ast.parse(source))) == [1, 2]
