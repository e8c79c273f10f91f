from colorization.code_digest import _analyse, code_digest


def digest(root):
    _analyse.cache_clear()
    return code_digest(root / "script.py", root)


def test_sees_what_is_imported_and_nothing_else(tmp_path):
    files = {
        "script.py": "from package import one\nimport numpy\n",
        "package/__init__.py": '"""A package."""\n',
        "package/one.py": "from package.two import f\n\ndef g():\n    return f()\n",
        "package/two.py": '"""Doc."""\n\ndef f():\n    """Doc."""\n    return 1\n',
        "package/other.py": "x = 1\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    before = digest(tmp_path)
    two = tmp_path / "package" / "two.py"
    two.write_text(
        '"""Other."""\n\n\n# why\ndef f():\n    """New."""\n    return (1)\n'
    )
    assert digest(tmp_path) == before
    (tmp_path / "package" / "other.py").write_text("x = 2\n")
    assert digest(tmp_path) == before
    two.write_text("def f():\n    return 2\n")
    assert digest(tmp_path) != before


def test_does_not_depend_on_the_place(tmp_path):
    digests = set()
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "script.py").write_text("x = 1\n")
        digests.add(digest(tmp_path / place))
    assert len(digests) == 1
