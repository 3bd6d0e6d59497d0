"""The fixtures of a case. Their modules are imported when a fixture is used, so that a plain pytest stays fast."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Playwright

    from pytest_mmina.browser.playwright_browser import PlaywrightBrowser
    from pytest_mmina.core.episode.episode import Episode
    from pytest_mmina.core.tasks.task import Task
    from pytest_mmina.sites.web import HermeticWeb
    from pytest_mmina.trajectories.snapshots import EpisodeSnapshot


@pytest.fixture
def mmina_task(request: pytest.FixtureRequest) -> "Task":
    """The task of this case; a test with this fixture runs once per selected task:
    @pytest.mark.mmina("compare/*")
    def test_names_its_candidates(mmina_task):
        assert "or" in mmina_task.intent
    """
    task: Task = request.param.task
    return task


@pytest.fixture
def mmina_agent(mmina_task: "Task", request: pytest.FixtureRequest) -> Any:
    """The agent of this case, by default that of --mmina-agent; override it to build your own:
    @pytest.fixture
    def mmina_agent(my_model):
        return MyAgent(my_model)  # reset(intent) and act(observation), or a function of the observation
    """
    from pytest_mmina.plugin.cases import chosen_agent

    return chosen_agent(mmina_task, request)


@pytest.fixture(scope="session")
def mmina_web(pytestconfig: pytest.Config) -> "Iterator[HermeticWeb]":
    """The hermetic web of this worker: a proxy on loopback, with the bundled sites and your own behind it."""
    from pytest_mmina.plugin.cases import all_sites
    from pytest_mmina.sites.web import HermeticWeb

    web = HermeticWeb(all_sites(pytestconfig))
    yield web
    web.close()


@pytest.fixture
def mmina_browser(
    browser_context_args: dict[str, Any],
    browser_name: str,  # --browser parametrises the case through this fixture
    mmina_web: "HermeticWeb",
    playwright: "Playwright",
    request: pytest.FixtureRequest,
) -> "Iterator[PlaywrightBrowser]":
    """The browser of this case: pytest-playwright's, confined to the hermetic web and the task's own deployments."""
    from pytest_mmina.browser.injected_scripts import register_page_script
    from pytest_mmina.core.tasks.task import Setting
    from pytest_mmina.plugin.browser_setup import confined_browser

    has_task = "mmina_task" in request.fixturenames
    setting = request.getfixturevalue("mmina_task").setting if has_task else Setting()
    register_page_script(playwright.selectors)
    browser = confined_browser(browser_context_args, mmina_web, setting, request=request)
    yield browser
    browser.close()


@pytest.fixture
def mmina_run(
    mmina_task: "Task", mmina_agent: Any, mmina_browser: "PlaywrightBrowser", request: pytest.FixtureRequest
) -> "Callable[[], Episode]":
    """Drive the agent through this case's task, once; returns the Episode:
    def test_is_solved_quickly(mmina_run):
        episode = mmina_run()
        assert episode.steps <= 12
        episode.require_solved()
    """
    from pytest_mmina.plugin.cases import CaseState

    case = CaseState.of(request.node)
    return lambda: case.run(mmina_task, mmina_agent, mmina_browser)


@pytest.fixture
def mmina_hop(
    mmina_run: "Callable[[], Episode]",  # without an episode, the failure of a hop would not show
    request: pytest.FixtureRequest,
) -> Callable[[str], AbstractContextManager[None]]:
    """A hop of your own: a failed assertion in the block costs credit and does not stop the test:
    def test_compares_both(mmina_run, mmina_hop):
        episode = mmina_run()
        with mmina_hop("looked both cities up"):
            assert {"Tokyo", "Kyoto"} <= set(looked_up(episode.trajectory.urls))
        episode.require_solved()
    """
    from pytest_mmina.plugin.cases import CaseState

    return CaseState.of(request.node).hop


@pytest.fixture
def mmina_snapshot(
    mmina_run: "Callable[[], Episode]",  # the snapshot is compared with the episode of this case
    request: pytest.FixtureRequest,
) -> "EpisodeSnapshot":
    """The snapshot of this case: what the agent did when pytest --snapshot-update was last run:
    def test_does_as_before(mmina_run, mmina_snapshot):
        episode = mmina_run()
        assert episode == mmina_snapshot  # before assertions that may fail for another reason
        episode.require_solved()
    """
    from pytest_mmina.plugin.snapshot_cases import episode_snapshot

    return episode_snapshot(request.node)
