import pytest
import requests

from colorization.__main__ import main
from colorization.pages.demo_server import make_server
from colorization.runtime.log import StageError
from tests.support.serving import running


def served(folder):
    return running(make_server(folder, 0))


@pytest.fixture
def folder(tmp_path):
    for name in ("index.html", "x.wasm", "x.mjs", "x.js", "x.json"):
        (tmp_path / name).write_text("{}", encoding="utf-8")
    return tmp_path


def test_types_and_headers(folder):
    with served(folder) as address:
        types = dict(wasm="application/wasm", mjs="text/javascript")
        types |= dict(js="text/javascript", json="application/json")
        for suffix, kind in types.items():
            answer = requests.get(f"{address}x.{suffix}", timeout=5)
            assert answer.headers["Content-Type"] == kind
        answer = requests.get(address, timeout=5)
        assert answer.text == "{}"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Embedder-Policy"] == "require-corp"
        assert "connect-src 'self'" in answer.headers["Content-Security-Policy"]
        assert requests.get(f"{address}../x", timeout=5).status_code == 404


def test_a_folder_of_results_opens_with_the_demo(folder, tmp_path_factory):
    results = tmp_path_factory.mktemp("results")
    folder.rename(results / "demo")
    (results / "report.html").write_text("the report", encoding="utf-8")
    with served(results) as address:
        answer = requests.get(address, timeout=5)
        assert answer.url == f"{address}demo/" and answer.text == "{}"
        assert requests.get(f"{address}report.html", timeout=5).text == "the report"


def test_only_this_machine_is_served(folder):
    with make_server(folder, 0) as server:
        assert server.server_address[0] == "127.0.0.1"


def test_a_taken_port_is_one_clear_error(folder, capsys):
    with make_server(folder, 0) as server:
        port = str(server.server_port)
        assert main(["serve", str(folder), "--port", port]) == 1
    said = capsys.readouterr().err
    assert f"port {port}: " in said and "PORT=" in said and said.count("\n") == 1


def test_a_port_that_is_none_is_one_clear_error(folder, capsys):
    assert main(["serve", str(folder), "--port", "99999"]) == 1
    assert "port 99999: not in 0…65535" in capsys.readouterr().err


def test_a_folder_without_a_page_is_one_clear_error(tmp_path):
    with pytest.raises(StageError, match=r"no index\.html; make demo builds the page"):
        make_server(tmp_path, 0)
