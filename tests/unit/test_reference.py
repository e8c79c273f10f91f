"""What is made of the config's schema and of config.yaml is what stands there now."""

import json
import re

import pytest
import yaml

from colorization.__main__ import main
from colorization.planning import settings_page
from colorization.planning.config import SHIPPED

SCHEMA = json.loads(settings_page.EDITORS.read_text(encoding="utf-8"))
KEYS = settings_page.keys(SCHEMA)
CONFIGS = [SHIPPED, *sorted(SHIPPED.with_name("config").glob("*.yaml"))]


def test_the_written_files_are_up_to_date():
    """If not: colorization schema."""
    written = [
        path.read_text(encoding="utf-8")
        for path in (settings_page.EDITORS, settings_page.PAGE)
    ]
    assert written == [settings_page.editors_schema(), settings_page.page()]


def test_a_command_writes_them(tmp_path, monkeypatch, capsys):
    for name in ("EDITORS", "PAGE"):
        monkeypatch.setattr(settings_page, name, tmp_path / name)
    assert main(["schema"]) == 0
    assert (tmp_path / "EDITORS").read_text(encoding="utf-8") == (
        settings_page.editors_schema()
    )
    assert (tmp_path / "PAGE").read_text(encoding="utf-8") == settings_page.page()
    assert str(tmp_path / "PAGE") in capsys.readouterr().out


def keys(value, above=()):
    if isinstance(value, dict) and above != ("runs",):
        for key, part in value.items():
            yield (*above, key)
            yield from keys(part, (*above, key))


def test_config_yaml_has_each_key_of_the_schema_and_explains_it():
    text = SHIPPED.read_text(encoding="utf-8")
    assert set(keys(yaml.safe_load(text))) == set(KEYS)
    with_a_value = {path for path, part in KEYS.items() if "$ref" not in part}
    explained = settings_page.explanations()
    assert with_a_value - set(explained) == set()
    assert explained["train", "gray_threshold"] == (
        "An image is gray, and left out of the loss, if no |a| or |b| exceeds this. 5 "
        "is the authors' value; null leaves out none."
    )


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_editors_find_the_schema(path):
    first = path.read_text(encoding="utf-8").splitlines()[0]
    (place,) = re.findall(r"^# yaml-language-server: \$schema=(\S+)$", first)
    assert (path.parent / place).resolve() == settings_page.EDITORS


def test_editors_take_any_part_of_the_config():
    assert "required" not in json.dumps(SCHEMA)
    assert SCHEMA["properties"]["runs"]["additionalProperties"]["anyOf"][0] == {
        "$ref": "#/$defs/Run"
    }
    assert "runs" not in SCHEMA["$defs"]["Run"]["properties"]
    assert KEYS["train", "crop"]["multipleOf"] == 8
    assert KEYS["train", "batch"]["maximum"] == 65536


def test_the_page_names_each_key_with_its_default():
    page = settings_page.PAGE.read_text(encoding="utf-8")
    assert "| `learning_rate` | `0.0002` | number, > 0, ≤ 1 | For going on" in page
    assert "| `classes` | `{}` | mapping of (list of (integer, ≥ 0, ≤ 999)" in page
    for path, part in KEYS.items():
        heading = f"\n## {'.'.join(path)}\n"
        assert (heading if "$ref" in part else f"| `{path[-1]}` |") in page, path
