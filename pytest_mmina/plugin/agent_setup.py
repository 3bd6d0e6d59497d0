"""The agents of a session: how they are made, what they remember, and which secrets must not be kept."""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from pytest_mmina.agents.event_loop import EventLoop
from pytest_mmina.agents.in_process import as_agent
from pytest_mmina.agents.load import is_driver, load_agent
from pytest_mmina.agents.memory import recalled, require_similarity
from pytest_mmina.agents.settings import AgentSource
from pytest_mmina.core.choices import Arm
from pytest_mmina.core.episode.episode import Episode
from pytest_mmina.core.episode.interfaces import Agent
from pytest_mmina.core.episode.limits import Limits
from pytest_mmina.core.errors import AgentSpecError
from pytest_mmina.core.language.trajectory import Remembered
from pytest_mmina.core.record.episode_memory import remembered
from pytest_mmina.core.secrets import Secrets
from pytest_mmina.core.tasks.task import Task
from pytest_mmina.plugin.agent_options import AgentOptions, arms_of, settings_of
from pytest_mmina.plugin.options import Options
from pytest_mmina.results.memories import Memories

_SOURCES = pytest.StashKey[dict[Arm, AgentSource]]()
_MEMORIES = pytest.StashKey[dict[Arm, Memories]]()
_LOOP = pytest.StashKey[EventLoop]()
_SECRETS = pytest.StashKey[Secrets]()


def prepare_agents(config: pytest.Config, *, worker: str) -> None:
    """Check the agents that the options name, before a browser starts; raises UsageError."""
    options, arms = AgentOptions.of(config), arms_of(config)
    config.stash[_SOURCES] = {}
    for arm, agent in arms.items():
        try:
            source = load_agent(agent, settings_of(config))
            if options.memory and options.memory_by == "similar":
                require_similarity()
        except AgentSpecError as error:
            named = "--mmina-control" if arm else "--mmina-agent"
            raise pytest.UsageError(str(error) if error.names_option else f"{named}: {error}") from None
        config.stash[_SOURCES][arm] = source
        config.add_cleanup(source.close)
    config.stash[_LOOP] = loop = EventLoop()
    config.add_cleanup(loop.close)
    secrets = Secrets.of_environment(os.environ)
    for address in (*arms.values(), settings_of(config).chat_url, config.getoption("mmina_baseline") or ""):
        secrets |= Secrets.of_address(address)
    config.stash[_SECRETS] = secrets
    if options.memory:
        results = Options.of(config).results
        config.stash[_MEMORIES] = {arm: Memories(results, worker=worker, arm=arm) for arm in arms}
    config.pluginmanager.register(AgentHooks(config, worker=worker), "mmina-agents")


def remember_run(config: pytest.Config, run: str) -> None:
    """Let agents remember episodes of this run only."""
    for memories in config.stash.get(_MEMORIES, {}).values():
        memories.run = run


def drives(config: pytest.Config, arm: Arm) -> bool:
    """Whether the agent that the options name for an arm drives the browser itself."""
    return is_driver(arms_of(config)[arm])


def agent_of(task: Task, item: pytest.Item, arm: Arm) -> tuple[Any, bool]:
    """Return the agent of a case, and whether the options name it (a conftest.py may make another)."""
    config = item.config
    if config.getoption("mmina_agent") is None:
        hook = item.ihook.pytest_mmina_make_agent
        if arm:
            # An implementation that does not ask which agent is wanted would make the new one for both arms.
            unaware = [made.plugin for made in hook.get_hookimpls() if "agent" not in made.argnames]
            aware = [made.plugin for made in hook.get_hookimpls() if made.plugin not in unaware]
            everybody = config.pluginmanager.hook.pytest_mmina_make_agent.get_hookimpls()
            hook = config.pluginmanager.subset_hook_caller(
                "pytest_mmina_make_agent", [made.plugin for made in everybody if made.plugin not in aware]
            )
        made = hook(config=config, task=task, agent=arms_of(config)[arm])
        if made is not None:
            return made, False
    return config.stash[_SOURCES][arm].agent_for(task), True


def adapted(agent: Any, config: pytest.Config) -> Agent:
    """Adapt an agent of the user's to the port `Agent` or `Driver`; raises UsageError for anything else."""
    if callable(getattr(agent, "drive", None)) and not callable(getattr(agent, "act", None)):
        # A driver needs a browser of its own, which has to be known before the browser is opened.
        raise pytest.UsageError(
            f"mmina_agent: {type(agent).__name__} drives the browser itself: name it with --mmina-agent "
            "drive:package.module:attribute, or in the ini file"
        )
    try:
        return as_agent(agent, spec="mmina_agent", loop=config.stash[_LOOP])
    except AgentSpecError as error:
        raise pytest.UsageError(str(error)) from None


def limits_of(config: pytest.Config) -> Limits:
    """Return the limits of an episode."""
    options, agents = Options.of(config), AgentOptions.of(config)
    return Limits(
        max_steps=options.max_steps,
        step_timeout=options.step_timeout,
        episode_timeout=options.episode_timeout,
        max_tokens=agents.max_tokens,
        max_cost=agents.max_cost,
    )


def secrets_of(config: pytest.Config, task: Task | None = None) -> Secrets:
    """Return the secrets that no result may contain: from the environment, logins and typed passwords so far."""
    known = config.stash.get(_SECRETS, Secrets())
    if task is not None and task.setting.storage_state:
        with suppress(OSError):
            return known | Secrets.of_login(Path(task.setting.storage_state).read_bytes())
    return known


def note_secrets(config: pytest.Config, task: Task, typed: frozenset[str]) -> None:
    """Remember the secrets of an episode, to remove them from what pytest captured."""
    config.stash[_SECRETS] = secrets_of(config, task) | typed


def memory_for(task: Task, config: pytest.Config, arm: Arm) -> tuple[Remembered, ...]:
    """Return the episodes that the agent of a case may remember."""
    if _MEMORIES not in config.stash:
        return ()
    options = AgentOptions.of(config)
    return recalled(task, config.stash[_MEMORIES][arm].pool(), count=options.memory, by=options.memory_by)


def keep_in_memory(task: Task, episode: Episode, config: pytest.Config, arm: Arm) -> None:
    """Store a finished episode in the memory."""
    if _MEMORIES in config.stash and episode.ending != "errored":
        kept = remembered(task, episode.trajectory, limit=AgentOptions.of(config).memory_limit)
        # Agents then remember one episode less, which is no reason to fail.
        with suppress(OSError):
            config.stash[_MEMORIES][arm].keep(secrets_of(config).removed_from_all(kept))


def keep_log(episode: Episode, folder: Path) -> None:
    """Keep an agent's log with the results; the log of an earlier session is removed."""
    with suppress(OSError):
        shutil.rmtree(folder, ignore_errors=True)
        if episode.agent_log:
            folder.mkdir(parents=True)
            (folder / "stderr.txt").write_text(episode.agent_log, encoding="utf-8")


class AgentHooks:
    """Hooks for the start of a session and for every report."""

    def __init__(self, config: pytest.Config, *, worker: str) -> None:
        self._config, self._worker = config, worker

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Clear the memory of earlier sessions before any worker starts."""
        begins = not self._worker and self._config.getoption("mmina_resume") is None
        if begins and not self._config.option.collectonly and _MEMORIES in self._config.stash:
            for memories in self._config.stash[_MEMORIES].values():
                memories.begin()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Any:
        """Remove secrets from what pytest captured: output, logs, failures."""
        report = yield
        secrets = secrets_of(self._config)
        report.sections = [(name, secrets.removed_from(text)) for name, text in report.sections]
        failure = str(report.longrepr) if report.longrepr is not None else ""
        if secrets.removed_from(failure) != failure:
            report.longrepr = secrets.removed_from(failure)
        return report
