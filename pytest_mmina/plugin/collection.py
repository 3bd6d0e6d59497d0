"""Collection: a task file is a module with one test, which is parametrised by the file's tasks."""

import os
from collections.abc import Generator, Iterable, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from pytest_mmina.bundled import bundled
from pytest_mmina.core.choices import Arm
from pytest_mmina.core.errors import TaskError
from pytest_mmina.datasets.files import is_damaged, is_task_file
from pytest_mmina.datasets.hosts import Hosts
from pytest_mmina.datasets.listing import ListedTask, list_tasks, usual_task
from pytest_mmina.garbage_collection import paused_garbage_collection
from pytest_mmina.plugin import task_test as case_module
from pytest_mmina.plugin.agent_options import arms_of
from pytest_mmina.plugin.cases import Case
from pytest_mmina.plugin.control_cases import in_turns, require_both_agents
from pytest_mmina.plugin.markers import check_marker, matching
from pytest_mmina.plugin.options import Options
from pytest_mmina.plugin.site_names import unknown_sites
from pytest_mmina.plugin.skips import TaskSkips
from pytest_mmina.plugin.validation import validation_of

if TYPE_CHECKING:
    from pytest_mmina.validation.attempts import Attempt

# Set in the process that started the session and sent to xdist's workers, which receive all paths as arguments.
SEARCHED = "mmina_searched"

# pytest-playwright's fixture `base_url` has a form that pytest 9.2 wants changed. With `-W error`, no case would run.
_OF_OTHERS = pytest.mark.filterwarnings("ignore:Session-scoped fixtures defined as instance methods")


def add_task_paths(config: pytest.Config) -> None:
    """Decide where to look for tasks: in the given paths, else in `mmina_tasks`, else in the bundled folder."""
    if hasattr(config.option, SEARCHED):
        return
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        searched = [str(_path_of(argument, config)) for argument in config.args]
    else:
        searched = [str(path) for path in task_roots(config)]
        # Only tasks are validated, not the user's own tests.
        config.args = [*(config.args if validation_of(config) is None else ()), *searched]
    setattr(config.option, SEARCHED, searched)


def task_roots(config: pytest.Config) -> list[Path]:
    """Return the folders with tasks if the command line names no path; raises UsageError for a missing folder."""
    named = [Path(path) for path in config.getini("mmina_tasks")]
    for path in named:
        if not path.exists():
            raise pytest.UsageError(f"mmina_tasks: {path} does not exist")
    return named or [bundled("tasks")]


class Collection:
    """The hooks that turn task files and the user's own tests into cases."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._searched = [Path(path) for path in getattr(config.option, SEARCHED)]
        self._searched_folder = lru_cache(maxsize=64)(self._look_up)
        self._has_task_files = lru_cache(maxsize=64)(lambda folder: any(map(is_task_file, folder.glob("*.json"))))
        self._trials, self._protocol = Options.of(config).trials, Options.of(config).protocol
        self._skips = TaskSkips(config)
        self._arms = tuple(arms_of(config))
        self._validation = validation_of(config)

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Collect task files, in the folders with tasks only."""
        if file_path.suffix != ".json":
            return None
        searched, holds_only_tasks = self._searched_folder(file_path.parent)
        if holds_only_tasks or (searched and self._belongs_to_tasks(file_path)) or file_path in self._searched:
            return TaskFile.from_parent(parent, path=file_path)
        return None

    def _belongs_to_tasks(self, file: Path) -> bool:
        """Whether a file contains tasks, or is damaged and stands beside files that do."""
        return is_task_file(file) or (is_damaged(file) and self._has_task_files(file.parent))

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Generator[None, object, object]:
        """Collect with garbage collection switched off: it would visit all cases again and again."""
        # Cases live until the end of the session, so later collections need not visit them either.
        with paused_garbage_collection(freeze=True):
            return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Collect the task files of a folder together if the whole folder is collected."""
        report = yield  # with `tryfirst` this is the last wrapper to go on: the folder's conftest.py is in force
        if isinstance(collector, pytest.Directory) and report.passed:
            report.result = list(_opened(report.result))
        return report

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Parametrise every test that asks for a task."""
        if "mmina_task" not in metafunc.fixturenames:
            return
        module = metafunc.definition.parent
        if isinstance(module, TaskFile):
            tasks, trials = module.tasks, self._trials
        else:
            tasks, trials = self._marked(metafunc)
        arms: tuple[Arm, ...] = ("",)
        if len(self._arms) > 1 and "mmina_run" in metafunc.fixturenames:
            require_both_agents(metafunc)
            arms = self._arms
        cases = [
            Case(task, trial, self._protocol, arm, attempt)
            for task in tasks
            for trial, attempt in self._trials_of(task, trials)
            for arm in in_turns(arms, task.id, trial)
        ]
        parameters = [
            pytest.param(case, id=_case_id(case, trials), marks=[_OF_OTHERS, *self._skip_marks(case.listed)])
            for case in cases
        ]
        metafunc.parametrize("mmina_task", parameters, indirect=True)

    def _trials_of(self, task: ListedTask, trials: int) -> "Iterable[tuple[int, Attempt | None]]":
        """Return the numbers of a task's trials, in a session of `mmina validate` with the attempts at it."""
        if self._validation is None:
            return ((trial, None) for trial in range(1, trials + 1))
        return enumerate(self._validation.attempts(task), start=1)

    @cached_property
    def _roots(self) -> list[Path]:
        return task_roots(self._config)

    def _look_up(self, folder: Path) -> tuple[bool, bool]:
        """Say whether a folder is searched for tasks, and whether every JSON file in it must hold tasks."""
        places = [place for place in self._searched if folder.is_relative_to(place)]
        return bool(places), any(place in self._roots for place in places)

    @cached_property
    def _all_tasks(self) -> list[ListedTask]:
        tasks = []
        for root in self._roots:
            for file in [root] if root.is_file() else sorted(root.rglob("*.json")):
                # Like pytest, skip names that begin with a dot. Login files lie in such folders.
                if any(part.startswith(".") for part in file.relative_to(root).parts):
                    continue
                tasks.extend(_listed(file, self._config))
        return tasks

    def _marked(self, metafunc: pytest.Metafunc) -> tuple[list[ListedTask], int]:
        markers = list(metafunc.definition.iter_markers("mmina"))
        trials = next((marker.kwargs["trials"] for marker in markers if "trials" in marker.kwargs), self._trials)
        check_marker(markers, trials, where=metafunc.definition.nodeid)
        patterns = [pattern for marker in markers for pattern in marker.args] or ["*"]
        try:
            return matching(self._all_tasks, patterns, where=metafunc.definition.nodeid), trials
        except TaskError as error:
            pytest.fail(str(error), pytrace=False)

    def _skip_marks(self, task: ListedTask) -> Sequence[pytest.MarkDecorator]:
        skip = self._skips.reason(task)
        return [pytest.mark.skip(reason=f"{task.id} {skip.reason}")] if skip is not None else []


class TaskFile(pytest.Module):
    """A task file as a module with the test `test_task`, so that all of pytest's fixtures and plugins apply."""

    tasks: list[ListedTask]

    def _getobj(self) -> ModuleType:
        return case_module

    @property
    def shown_as(self) -> str:
        """The path, as errors and records show it."""
        return _shown(self.path, self.config)

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """List the tasks and generate their cases; a bad file is one error without a traceback."""
        try:
            self.tasks = _listed(self.path, self.config)
        except TaskError as error:
            raise self.CollectError(str(error)) from None
        yield from self.cases()

    def cases(self) -> Iterable[pytest.Function]:
        """Generate the cases of the tasks."""
        # Module.collect() would search every file for fixtures and set-up functions; task files have none.
        return self._genfunctions("test_task", case_module.test_task)


def _opened(
    nodes: Sequence[pytest.Item | pytest.Collector],
) -> Iterable[pytest.Item | pytest.Collector]:
    """Replace a folder's task files by their cases.

    To collect a file, pytest computes the fixtures and parameters of its test. The test is the same in all files, so
    once per folder is enough. Files with anything unusual are left to pytest, and so are all files of a folder if one
    of them was named on the command line.
    """
    files = [node for node in nodes if isinstance(node, TaskFile)]
    if any(file.session.isinitpath(file.path) for file in files):
        return nodes
    usual = {
        task: file
        for file in files
        if (task := usual_task(file.path, shown_as=file.shown_as)) is not None and not unknown_sites(task, file.config)
    }
    if len(usual) < 2:
        return nodes
    first = next(iter(usual.values()))
    first.tasks = list(usual)
    try:
        drafts = list(first.cases())
    except (Exception, pytest.fail.Exception, pytest.skip.Exception):
        return nodes  # where pytest reports it, file by file
    cases: dict[pytest.Item | pytest.Collector, list[pytest.Function]] = {file: [] for file in usual.values()}
    for draft in drafts:
        case = draft.callspec.params["mmina_task"]
        assert isinstance(case, Case)
        file = usual[case.listed]
        cases[file].append(
            pytest.Function.from_parent(
                file,
                name=draft.name,
                callspec=draft.callspec,
                fixtureinfo=draft._fixtureinfo,
                keywords={draft.callspec.id: True},
                originalname=draft.originalname,
            )
        )
    return [case for node in nodes for case in cases.get(node, [node])]


def hosts_of(config: pytest.Config) -> Hosts:
    """Return the hosts of the user's own deployments; raises UsageError for a bad line in `mmina_hosts`."""
    try:
        return Hosts.of_lines(config.getini("mmina_hosts"))
    except TaskError as error:
        raise pytest.UsageError(str(error)) from None


def _listed(file: Path, config: pytest.Config) -> list[ListedTask]:
    """List the tasks of a file; raises TaskError, also for a name in `sites` that nothing knows."""
    shown = _shown(file, config)
    tasks = list_tasks(file, shown_as=shown, hosts=hosts_of(config))
    for position, task in enumerate(tasks):
        if problem := unknown_sites(task, config):
            raise TaskError(problem, source=shown, place=f"[{position}].sites" if len(tasks) > 1 else "sites")
    return tasks


def _shown(path: Path, config: pytest.Config) -> str:
    return str(path).removeprefix(f"{config.invocation_params.dir}{os.sep}")


def _path_of(argument: str, config: pytest.Config) -> Path:
    # Like pytest, do not resolve symbolic links.
    return Path(os.path.abspath(config.invocation_params.dir / argument.split("::")[0]))


def _case_id(case: Case, trials: int) -> str:
    if case.attempt is not None:
        return f"{case.listed.id}-{case.attempt.kind}-{case.trial}"
    trial = "" if trials == 1 else f"-trial{case.trial}"
    return f"{case.listed.id}{trial}{'-' if case.arm else ''}{case.arm}"
