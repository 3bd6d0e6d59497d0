"""Every snippet of docs/agents.md does what the page says."""

import importlib
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Playwright
from werkzeug.serving import make_server

from pytest_mmina.agents.load import load_agent
from pytest_mmina.agents.settings import AgentSettings
from pytest_mmina.browser.driven_browser import DrivenPlaywrightBrowser, Profile
from pytest_mmina.browser.injected_scripts import register_page_script
from pytest_mmina.browser.launch import launch_arguments
from pytest_mmina.bundled import bundled
from pytest_mmina.core.episode.episode import Episode, run_episode
from pytest_mmina.core.episode.interfaces import Browser
from pytest_mmina.sites.registry import load_sites
from pytest_mmina.sites.web import HermeticWeb
from pytest_mmina.testing import AgentContract
from tests.core.fakes import FakeBrowser, task_of

PAGE = (Path(__file__).parents[2] / "docs/agents.md").read_text(encoding="utf-8")
SNIPPETS = dict(re.findall(r"```python\n# (\w+\.py)\n(.*?)```", PAGE, re.DOTALL))
TOKYO = "https://www.eventbrite.com/d/japan--tokyo/all--events/"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with all files of the page."""
    for name, content in SNIPPETS.items():
        (tmp_path / name).write_text(content)
        monkeypatch.delitem(sys.modules, name.removesuffix(".py"), raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def require_done(spec: str, folder: Path, browser: Browser | None = None) -> Episode:
    """Let an agent of the page do what they all do."""
    task = task_of("tokyo", start="https://www.eventbrite.com/")
    source = load_agent(spec, AgentSettings(folder=folder))
    episode = run_episode(task, agent=source.agent_for(task), browser=browser or FakeBrowser())
    source.close()
    assert (episode.answer, episode.solved) == ("done", True), episode.reason + episode.agent_traceback
    assert TOKYO in episode.trajectory.urls
    return episode


def test_each_is_short() -> None:
    assert len(SNIPPETS) == PAGE.count("```python")
    for name, content in SNIPPETS.items():
        lines = [line for line in content.splitlines() if line.strip()]
        assert len(lines) <= 15, name


def test_in_this_process(folder: Path) -> None:
    require_done("my_agents:MyAgent", folder)
    episode = require_done("my_counting_agents:act", folder)
    assert episode.usage is not None
    assert episode.usage.cost == 0.002


def test_a_hook_of_the_conftest(folder: Path) -> None:
    spec = importlib.util.spec_from_file_location("conftest_of_the_page", folder / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert type(module.pytest_mmina_make_agent(None, None)).__name__ == "MyAgent"


def test_behind_an_address(folder: Path) -> None:
    import threading

    server = make_server("127.0.0.1", 0, importlib.import_module("my_server").app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        require_done(f"http://127.0.0.1:{server.server_port}/act", folder)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_process(folder: Path) -> None:
    require_done(f"cmd:{sys.executable} my_process.py", folder)


@pytest.mark.parametrize(
    "spec", ["my_drivers:drive", "my_drivers:drive_async", f"cmd:{sys.executable} my_driving_process.py"]
)
def test_one_that_drives_itself(spec: str, folder: Path, playwright: Playwright) -> None:
    register_page_script(playwright.selectors)
    web = HermeticWeb(load_sites([bundled("fixtures") / "sites"]))
    profile = Profile(playwright.chromium, launch_arguments({}))

    def open_profile(**options: Any) -> Any:
        return profile.open(ignore_https_errors=True, **options)

    browser = DrivenPlaywrightBrowser(profile, open_profile, web, settle_timeout=0.5)
    try:
        require_done(f"drive:{spec}", folder, browser)
    finally:
        browser.close()
        web.close()


def test_a_contract(folder: Path) -> None:
    contract: AgentContract = importlib.import_module("test_my_agent").TestMyAgent()
    contract.test_it_answers_with_an_action()
    contract.test_it_begins_anew_after_a_reset()


def test_every_option_that_is_named_is_there() -> None:
    source = "".join(
        (Path(__file__).parents[2] / "pytest_mmina/plugin" / name).read_text().replace("{_PREFIX}", "--mmina-")
        for name in ("agent_options.py", "gate_options.py", "options.py")
    )
    named = set(re.findall(r"--mmina-[a-z-]+", PAGE))
    assert named
    assert not {option for option in named if f'"{option}"' not in source}
