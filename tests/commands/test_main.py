import json
import subprocess
import sys

import jsonschema
import pytest

from pytest_mmina.commands.main import main
from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.gate.record import gate_schema
from tests.gate.records import record


@pytest.mark.browser
def test_it_says_which_chromium_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["browser"]) == 0
    assert capsys.readouterr().out.startswith("Chromium: ")


def test_without_a_chromium_it_says_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", "/nonexistent")
    assert main(["browser"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("mmina: no Chromium was found")
    assert "apt-get install -y chromium-headless-shell" in told


@pytest.mark.parametrize("name", ["action", "agent", "tools"])
def test_it_prints_a_schema(capsys: pytest.CaptureFixture[str], name: str) -> None:
    assert main(["schema", name]) == 0
    assert '"Click an element or a point."' in json.dumps(json.loads(capsys.readouterr().out))


def test_a_summary_follows_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "summary"]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.validate(json.loads(EpisodeCounts.of([record("a/1", 1, 2)]).summary().model_dump_json()), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"episodes": 1}, schema)
    assert main(["schema", "gate"]) == 0
    assert json.loads(capsys.readouterr().out) == gate_schema()


def test_a_schema_that_is_not_there_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["schema", "actoin"])
    assert "invalid choice: 'actoin'" in capsys.readouterr().err


def test_the_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["--version"])
    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith("pytest-mmina ")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_a_reader_that_stops_reading_is_no_error() -> None:
    # As with `mmina schema task | head -1`.
    program = "import sys; from pytest_mmina.commands.main import main; sys.exit(main())"
    command = [sys.executable, "-c", program, "schema", "task"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    assert process.communicate()[1] == b""
    assert process.returncode == 141
