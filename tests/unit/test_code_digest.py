import subprocess
from pathlib import Path

import pytest

from colorization.planning import code_digest
from colorization.planning.code_digest import code_digests
from colorization.runtime.files import file_digest, write_json

ROOT = Path(__file__).parents[2]


def digest(root, memory=None):
    return code_digests([root / "script.py"], root, memory)["script"]


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
        (tmp_path / name).write_text(text, encoding="utf-8")
    before = digest(tmp_path)
    two = tmp_path / "package" / "two.py"
    two.write_text(
        '"""Other."""\n\n\n# why\ndef f():\n    """New."""\n    return (1)\n',
        encoding="utf-8",
    )
    assert digest(tmp_path) == before
    (tmp_path / "package" / "other.py").write_text("x = 2\n", encoding="utf-8")
    assert digest(tmp_path) == before
    two.write_text("def f():\n    return 2\n", encoding="utf-8")
    assert digest(tmp_path) != before


def test_does_not_depend_on_the_place(tmp_path):
    digests = set()
    for place in ("here", "there"):
        (tmp_path / place).mkdir()
        (tmp_path / place / "script.py").write_text("x = 1\n", encoding="utf-8")
        digests.add(digest(tmp_path / place))
    assert len(digests) == 1


# What versions of Python parse or show in different ways: f-strings, empty fields, and
# text outside of ASCII, which a locale might decode in another way.
AWKWARD = """
import os
kind = f"{1:{2}}" f"ü{3!r:>{4}}" "y" f"" f"{os}"
def f(a, /, b: int = 1, *c, d, **e): return None
class A: pass
"""
SHOW = """
from pathlib import Path
from colorization.planning.code_digest import code_digests
from colorization.runtime.files import file_digest, write_json
print(*code_digests([Path({script!r})], Path({root!r})).values())
"""


def test_is_the_same_in_every_python(tmp_path):
    (tmp_path / "script.py").write_text(AWKWARD, encoding="utf-8")
    expected = "c9bda0f268ea346f598900775345f043e09aeaf78f19311b62aaae11ce4d8c6a"
    assert digest(tmp_path) == expected


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_the_training_code_is_the_same_in_other_pythons(version):
    script = ROOT / "workflow_scripts/train.py"
    code = SHOW.format(script=str(script), root=str(ROOT))
    try:
        command = [f"python{version}", "-B", "-c", code]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip(f"Python {version} is not installed")
    assert done.stdout.decode().strip() == code_digests([script], ROOT)["train"]


def test_what_is_remembered_is_not_parsed_again(tmp_path, monkeypatch):
    (tmp_path / "script.py").write_text("import other\n", encoding="utf-8")
    (tmp_path / "other.py").write_text("x = 1\n", encoding="utf-8")
    memory, parsed = tmp_path / ".snakemake/code.json", []
    analyse = code_digest._analyse

    def note(data, path):
        parsed.append(path.name)
        return analyse(data, path)

    monkeypatch.setattr(code_digest, "_analyse", note)
    before = digest(tmp_path, memory)
    assert sorted(parsed) == ["other.py", "script.py"]
    assert digest(tmp_path, memory) == before and len(parsed) == 2
    (tmp_path / "other.py").write_text("x = 2\n", encoding="utf-8")
    changed = digest(tmp_path, memory)
    assert parsed[2:] == ["other.py"] and changed == digest(tmp_path) != before
    # What another version of the module has remembered does not count.
    text = memory.read_text(encoding="utf-8")
    memory.write_text(text.replace('"version": "', '"version": "0'), encoding="utf-8")
    parsed.clear()
    assert digest(tmp_path, memory) == changed and len(parsed) == 2


@pytest.mark.parametrize("text", ["", "{", "[]", '{"version": 1}', '{"files": {}}'])
def test_a_damaged_memory_costs_time_alone(text, tmp_path):
    (tmp_path / "script.py").write_text("x = 1\n", encoding="utf-8")
    memory = tmp_path / "code.json"
    memory.write_text(text, encoding="utf-8")
    assert digest(tmp_path, memory) == digest(tmp_path)
    assert digest(tmp_path, tmp_path / "script.py/code.json") == digest(tmp_path)


@pytest.mark.parametrize("files", [[], "files", {"a": None}, {"a": ["b"]}])
def test_a_memory_of_another_form_costs_time_alone(files, tmp_path):
    (tmp_path / "script.py").write_text("x = 1\n", encoding="utf-8")
    memory, version = tmp_path / "code.json", file_digest(code_digest.__file__)
    write_json(memory, dict(version=version, files=files))
    assert digest(tmp_path, memory) == digest(tmp_path)
