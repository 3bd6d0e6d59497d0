"""The same policy, written once, earns the same hops as each kind of agent, in a real browser."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright

from pytest_mmina.agents.load import is_driver, load_agent
from pytest_mmina.agents.settings import AgentSettings
from pytest_mmina.browser.driven_browser import DrivenPlaywrightBrowser, Profile
from pytest_mmina.browser.injected_scripts import register_page_script
from pytest_mmina.browser.launch import launch_arguments
from pytest_mmina.browser.playwright_browser import PlaywrightBrowser
from pytest_mmina.bundled import bundled
from pytest_mmina.core.episode.episode import Episode, run_episode
from pytest_mmina.core.episode.limits import Limits
from pytest_mmina.datasets.files import load_tasks
from pytest_mmina.sites.registry import load_sites
from pytest_mmina.sites.web import HermeticWeb
from tests.agents.policy import NAMES, TASKS, Policy, reply_to
from tests.agents.servers import Model, as_json, served

HERE = Path(__file__).parent
FULL = os.environ.get("MMINA_AGENTS") == "full"
SAMPLE = NAMES if FULL else NAMES[:2]
KINDS = ("async", "http", "process", "drive", "drive:cmd", "chat", "chat with tools")


Earned = tuple[dict[str, tuple[bool, ...]], list[Episode]]


@pytest.fixture(scope="module")
def web() -> Iterator[HermeticWeb]:
    web = HermeticWeb(load_sites([bundled("fixtures") / "sites"]))
    yield web
    web.close()


@pytest.fixture(scope="module")
def stage(web: HermeticWeb, browser: Browser, playwright: Playwright) -> "Stage":
    register_page_script(playwright.selectors)
    return Stage(web, browser, playwright)


class Stage:
    """Where episodes take place."""

    def __init__(self, web: HermeticWeb, browser: Browser, playwright: Playwright) -> None:
        self._web, self._browser, self._playwright = web, browser, playwright

    def earned(
        self, spec: str, settings: AgentSettings | None = None
    ) -> tuple[dict[str, tuple[bool, ...]], list[Episode]]:
        """The hops that an agent passes in each task."""
        source = load_agent(spec, settings or AgentSettings())
        episodes = []
        for name in SAMPLE:
            (task,) = load_tasks(TASKS / f"{name}.json")
            browser = self._driven() if is_driver(spec) else self._ordinary()
            try:
                agent = source.agent_for(task)
                episodes.append(run_episode(task, agent=agent, browser=browser, limits=Limits(step_timeout=20)))
            finally:
                browser.close()
        source.close()
        return {episode.task: tuple(hop.passed for hop in episode.hops) for episode in episodes}, episodes

    def _ordinary(self) -> PlaywrightBrowser:
        return PlaywrightBrowser(
            lambda **options: self._browser.new_context(ignore_https_errors=True, **options), self._web
        )

    def _driven(self) -> PlaywrightBrowser:
        profile = Profile(self._playwright.chromium, launch_arguments({}))
        return DrivenPlaywrightBrowser(
            profile,
            lambda **options: profile.open(ignore_https_errors=True, **options),
            self._web,
            settle_timeout=0.5,
        )


@pytest.fixture(scope="module")
def expected(stage: Stage) -> dict[str, tuple[bool, ...]]:
    """What the policy earns as a plain class."""
    earned, episodes = stage.earned("tests.agents.policy:Policy")
    assert {episode.ending for episode in episodes} == {"terminated"}
    hops = [passed for hops in earned.values() for passed in hops]
    assert any(hops)
    assert not all(hops), "a policy that earns everything could not earn too much"
    return earned


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_earns_the_same(kind: str, stage: Stage, expected: dict[str, tuple[bool, ...]]) -> None:
    policies: dict[str, Policy] = {}
    model = Model()
    with served(lambda message, headers: as_json(reply_to(policies, message))) as address, served(model) as chat:
        specs = {
            "async": "tests.agents.policy:AsyncPolicy",
            "http": f"{address}/act",
            "process": f"cmd:{sys.executable} {HERE / 'policy_process.py'}",
            "drive": "drive:tests.agents.policy:drive",
            "drive:cmd": f"drive:cmd:{sys.executable} {HERE / 'policy_driver.py'}",
            "chat": "chat:some-model",
            "chat with tools": "chat:some-model",
        }
        settings = AgentSettings(chat_url=chat, answers="tools" if "tools" in kind else "text")
        earned, episodes = stage.earned(specs[kind], settings)
    told = {episode.task: (episode.reason, episode.agent_traceback[-2000:], episode.agent_log) for episode in episodes}
    assert earned == expected, told
    assert {episode.ending for episode in episodes} == {"terminated"}, told
    assert not policies, "every episode was ended"
    if kind in ("http", "process"):
        assert [episode.usage.tokens for episode in episodes if episode.usage] == [4 * e.steps for e in episodes]
    if kind.startswith("drive"):
        assert all(len(episode.trajectory.urls) > 1 for episode in episodes)


def test_the_ten_tasks_are_bundled() -> None:
    assert len(NAMES) == 10
    assert all(json.loads((TASKS / f"{name}.json").read_text())["oracle"] for name in NAMES)
