import inspect
import json
from pathlib import Path

import playwright
import pytest

from pytest_mmina.browser.launch import find_chromium, launch_arguments
from pytest_mmina.core.errors import BrowserError


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any browser; executables put into the folder are on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "downloads"))
    return tmp_path


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).touch(mode=0o755)


def test_without_a_browser_the_error_gives_two_commands(machine: Path) -> None:
    with pytest.raises(BrowserError) as caught:
        launch_arguments({})
    commands = [line.strip() for line in str(caught.value).splitlines()[1:]]
    assert [command.split()[0] for command in commands] == ["playwright", "apt-get"]


def test_the_headless_shell_comes_first(machine: Path) -> None:
    put(machine, "google-chrome", "chromium", "chromium-headless-shell")
    assert launch_arguments({})["executable_path"] == str(machine / "chromium-headless-shell")
    assert launch_arguments({"headless": False})["executable_path"] == str(machine / "chromium")


def test_a_download_of_playwright_comes_before_the_path(machine: Path) -> None:
    put(machine, "chromium")
    registry = Path(inspect.getfile(playwright)).parent / "driver" / "package" / "browsers.json"
    revision = next(
        entry["revision"]
        for entry in json.loads(registry.read_text())["browsers"]
        if entry["name"] == "chromium-headless-shell"
    )
    folder = machine / "downloads" / f"chromium_headless_shell-{revision}"
    folder.mkdir(parents=True)
    assert find_chromium() == str(machine / "chromium"), "a download that was broken off is none"
    (folder / "INSTALLATION_COMPLETE").touch()
    assert find_chromium() == "downloaded by Playwright"
    assert "executable_path" not in launch_arguments({})
    assert "executable_path" in launch_arguments({"headless": False})


@pytest.mark.parametrize("given", [{"executable_path": "/opt/mine"}, {"channel": "chrome"}])
def test_what_pytest_playwright_names_is_kept(machine: Path, given: dict[str, str]) -> None:
    put(machine, "chromium")
    completed = launch_arguments(given)
    assert {key: completed[key] for key in given} == given
    assert set(completed) == {*given, "args"}


def test_arguments_are_added_to_those_given(machine: Path) -> None:
    put(machine, "chromium")
    assert launch_arguments({"args": ["--mute-audio"]})["args"][0] == "--mute-audio"
