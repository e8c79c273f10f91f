"""docs/reliability.md names nothing that is not run."""

import ast
import re

import pytest

from colorization.provenance.record import ROOT

TEXT = (ROOT / "docs/reliability.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"\]\(\.\./(tests/\S+\.py)\)(?:`::(\w+)`)?", TEXT)))


@pytest.mark.parametrize(("path", "test"), NAMED)
def test_every_test_that_is_named_exists(path, test):
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    tests = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert test in tests if test else any(t.startswith("test_") for t in tests)


def test_every_promise_has_a_test_or_a_target():
    rows = [line for line in TEXT.splitlines() if line.startswith("| ")]
    promises = [row for row in rows if not row.startswith("| promise")]
    assert len(promises) > 20
    targets = re.findall(
        r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    for row in promises:
        test = row.split("|")[2]
        run = set(re.findall(r"`make (\w+)`", test))
        assert run <= {*targets} and (run or "](../tests/" in test), row
