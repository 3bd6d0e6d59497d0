"""A running case: its agent, its browser, and its one episode.

Modules that only a running case needs are imported when it runs: collection needs neither browser nor sites.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from pytest_mmina.bundled import bundled
from pytest_mmina.core.choices import Arm
from pytest_mmina.core.episode.episode import Episode, run_episode
from pytest_mmina.core.episode.interfaces import Browser, Judge
from pytest_mmina.core.errors import AgentSpecError, ErrorCause, JudgeError, SiteError
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.core.tasks.hops import HopResult
from pytest_mmina.core.tasks.task import Task
from pytest_mmina.datasets.hop_protocols import Protocol, by_protocol
from pytest_mmina.datasets.listing import ListedTask
from pytest_mmina.plugin.agent_options import arms_of, settings_of
from pytest_mmina.plugin.agent_setup import (
    adapted,
    agent_of,
    keep_in_memory,
    keep_log,
    limits_of,
    memory_for,
    note_secrets,
    secrets_of,
)
from pytest_mmina.plugin.browser_restart import browser_description
from pytest_mmina.plugin.gate_options import seen_from
from pytest_mmina.plugin.options import Options
from pytest_mmina.plugin.recorder import recording_of

if TYPE_CHECKING:
    from pytest_mmina.sites.registry import Site
    from pytest_mmina.validation.attempts import Attempt

TRACE = pytest.StashKey[str]()
"""The file of pytest-playwright's trace of a case, relative to the results, if there is one."""

RUN_ID = pytest.StashKey[str]()
"""The identity of the run that a session belongs to."""

_STATE = pytest.StashKey["CaseState"]()
_DEFAULT_AGENT = pytest.StashKey[Any]()
_JUDGE = pytest.StashKey[Judge]()


class Case(NamedTuple):
    """The parameter of a case: a task, the number of the trial, from 1, and whose episode it is.

    In a session of `mmina validate`, the trials of a task are the attempts at it.
    """

    listed: ListedTask
    trial: int
    protocol: Protocol = "queue"
    arm: Arm = ""
    attempt: "Attempt | None" = None

    @property
    def task(self) -> Task:
        """The task, loaded each time: pytest keeps all cases, and all their tasks would fill the memory."""
        return by_protocol(self.listed.load(), self.protocol)


def case_of(item: pytest.Item) -> Case | None:
    """Return the task and trial of an item that runs an episode; None for any other item."""
    callspec = getattr(item, "callspec", None)
    if callspec is None or "mmina_run" not in getattr(item, "fixturenames", ()):
        return None
    case = callspec.params.get("mmina_task")
    return case if isinstance(case, Case) else None


def is_of_control(item: pytest.Item) -> bool:
    """Return whether an item runs an episode of the control, the agent before the change."""
    case = case_of(item)
    return case is not None and case.arm == "control"


def planned_record(item: pytest.Item, case: Case, *, reason: str, errored: ErrorCause = "worker") -> EpisodeRecord:
    """Return the errored record of a case without an episode: all its hops count, and none has passed."""
    task = case.task
    hops = [HopResult(name=hop.name, passed=False, reason="no episode", weight=hop.weight) for hop in task.hops]
    episode = Episode(
        task=task.id,
        trial=case.trial,
        subset=task.subset,
        agent=case.attempt.name if case.attempt is not None else arms_of(item.config)[case.arm],
        outcome="errored",
        ending="errored",
        reason=reason,
        errored=errored,
        hops=tuple(hops),
        credit=0.0,
        steps=0,
        seconds=0.0,
    )
    return record_of(item, case, episode)


def record_of(item: pytest.Item, case: Case, episode: Episode) -> EpisodeRecord:
    """Return the record of an episode, with its task's intent and file, relative to pytest's root folder."""
    task = case.task
    file = seen_from((item.config.invocation_params.dir / task.source).resolve(), item.config.rootpath)
    fields = {
        "run": item.config.stash[RUN_ID],
        "file": file,
        "case": item.nodeid,
        "browser": browser_description(item),
        "trace": item.stash.get(TRACE, ""),
    }
    record = EpisodeRecord.of(episode, task=task, arm=case.arm, **fields)
    return secrets_of(item.config).removed_from_all(record)


class CaseState:
    """The state of a running item: at most one episode, and the user's own hops."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item
        self._episode: Episode | None = None
        self._hops: list[HopResult] = []
        self._has_begun = False

    @property
    def has_begun(self) -> bool:
        """Whether the episode has begun, even if it did not end."""
        return self._has_begun

    @classmethod
    def of(cls, item: pytest.Item) -> "CaseState":
        """Return the state of an item."""
        return item.stash.setdefault(_STATE, cls(item))

    @staticmethod
    def forget(item: pytest.Item) -> None:
        """Drop an item's episode: pytest keeps all items, and their trajectories would fill the memory."""
        for key in (_STATE, _DEFAULT_AGENT):
            if key in item.stash:
                del item.stash[key]

    @property
    def episode(self) -> Episode | None:
        """The episode with the user's own hops; None before it has run."""
        if self._episode is None:
            return None
        return secrets_of(self._item.config).removed_from_all(self._episode.with_hops(self._hops))

    def run(self, task: Task, agent: Any, browser: Browser) -> Episode:
        """Run the episode of this case."""
        if self._episode is not None:
            raise pytest.UsageError(
                "mmina_run() runs one episode per case; for more, use @pytest.mark.mmina(trials=...)"
            )
        case, config = case_of(self._item), self._item.config
        arm, trial = (case.arm, case.trial) if case else ("", 1)
        is_default = self._item.stash.get(_DEFAULT_AGENT, None) is agent
        # The control has the name that the command line gives it, whatever made it: both arms may be of one class.
        by_option = is_default or arm == "control"
        attempt = case.attempt if case is not None else None
        name = arms_of(config)[arm] if by_option else getattr(agent, "__qualname__", type(agent).__qualname__)
        name = name if attempt is None else attempt.name
        self._has_begun = True
        self._episode = run_episode(
            task,
            agent=agent if is_default else adapted(agent, config),
            browser=browser,
            judge=chosen_judge(config),
            limits=limits_of(config),
            memory=memory_for(task, config, arm),
            secrets=secrets_of(config, task),
            agent_name=name,
            trial=trial,
            recorder=recording_of(
                self._item, task, agent=name, trial=trial, arm=arm, browser=browser_description(self._item)
            ),
            propagate=(pytest.skip.Exception, pytest.exit.Exception),
        )
        note_secrets(config, task, browser.typed_secrets)
        keep_in_memory(task, self._episode, config, arm)
        keep_log(self._episode, folder_of(self._item, "agent-logs"))
        return self._episode

    @contextmanager
    def hop(self, name: str) -> Iterator[None]:
        """Make the block a hop: a failed assertion in it costs the hop's credit."""
        step = self._episode.steps if self._episode is not None else None
        try:
            yield
        except (AssertionError, pytest.fail.Exception) as error:
            lines = str(error).strip().splitlines()
            self._hops.append(HopResult(name=name, passed=False, reason=lines[0] if lines else "assertion failed"))
        except Exception as error:
            self._hops.append(HopResult(name=name, passed=False, reason=f"raised {type(error).__name__}: {error}"))
            raise
        else:
            self._hops.append(HopResult(name=name, passed=True, step=step, reason="asserted by the test"))


def chosen_agent(task: Task, request: pytest.FixtureRequest) -> Any:
    """Make the agent of a case, and note that it does not come from a fixture of the user's."""
    case = case_of(request.node)
    if case is not None and case.attempt is not None:
        agent, is_default = case.attempt.make(), True
    else:
        agent, is_default = agent_of(task, request.node, case.arm if case is not None else "")
    if is_default:
        request.node.stash[_DEFAULT_AGENT] = agent
    return agent


def agent_that_ran(item: pytest.Item) -> Any:
    """Return the agent of a case that does not come from a fixture of the user's; None if there is none."""
    return item.stash.get(_DEFAULT_AGENT, None)


def site_folders(config: pytest.Config) -> list[Path]:
    """Return the folders with sites: the bundled one, and those that `mmina_sites` names."""
    return [bundled("fixtures") / "sites", *map(Path, config.getini("mmina_sites"))]


def chosen_judge(config: pytest.Config) -> Judge | None:
    """Return the judge that the options name, one per process; raises UsageError if it cannot be used."""
    options = Options.of(config)
    if not (options.judge_url or options.judge_model):
        return None
    if _JUDGE not in config.stash:
        from pytest_mmina.agents.prices import price_of
        from pytest_mmina.chat_endpoint.endpoint import without_price
        from pytest_mmina.judges.chat import judge_from

        try:
            price = price_of(options.judge_model, settings_of(config).prices)
            config.stash[_JUDGE] = judge_from(
                url=options.judge_url,
                model=options.judge_model,
                environment=os.environ,
                # Without pytest's cache (-p no:cacheprovider), verdicts are not cached.
                cache=config.cache.mkdir("mmina-judge") if getattr(config, "cache", None) else None,
                price=price.of if price is not None else without_price,
            )
        except (AgentSpecError, JudgeError) as error:
            raise pytest.UsageError(str(error)) from None
    return config.stash[_JUDGE]


def all_sites(config: pytest.Config) -> "list[Site]":
    """Return the bundled sites, those in the folders that `mmina_sites` names, and those that the hook adds."""
    from pytest_mmina.sites.registry import load_sites, require_apart

    added = config.hook.pytest_mmina_sites(config=config)
    try:
        return require_apart([*load_sites(site_folders(config)), *(site for sites in added for site in sites)])
    except SiteError as error:
        pytest.fail(f"mmina: {error}", pytrace=False)


def folder_of(item: pytest.Item, kind: str) -> Path:
    """Return the folder for files of an item's episode: below the results, named after the item."""
    readable = re.sub(r"[^\w.-]+", "-", item.nodeid)[-80:].strip("-.")
    return Options.of(item.config).results / kind / f"{readable}-{sha256(item.nodeid.encode()).hexdigest()[:8]}"
