"""Collection: a task file is a module with one test, parametrised by its tasks like any other test."""

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from types import ModuleType

import pytest

from pytest_mmina.bundle import bundled
from pytest_mmina.core.errors import TaskError, did_you_mean
from pytest_mmina.core.tasks import Task
from pytest_mmina.datasets.files import is_task_file, load_tasks
from pytest_mmina.datasets.hosts import Hosts
from pytest_mmina.datasets.protocols import by_protocol
from pytest_mmina.plugin import case as case_module
from pytest_mmina.plugin.cases import Case
from pytest_mmina.plugin.options import Options

# Set by the controller and carried to xdist's workers, which are handed all paths as if the user had given them.
SEARCHED = "mmina_searched"


def add_task_paths(config: pytest.Config) -> None:
    """Decide where tasks are looked for: in the paths given, else in `mmina_tasks`, else in the bundled folder."""
    if hasattr(config.option, SEARCHED):
        return
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        searched = [str(_path_of(argument, config)) for argument in config.args]
    else:
        searched = [str(path) for path in task_roots(config)]
        config.args = [*config.args, *searched]
    setattr(config.option, SEARCHED, searched)


def task_roots(config: pytest.Config) -> list[Path]:
    """Where tasks lie when nobody says otherwise; raises UsageError for a path that is not there."""
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
        self._trials, self._protocol = Options.of(config).trials, Options.of(config).protocol
        self._needs_oracle = Options.of(config).agent == "oracle"

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Collect task files, and only where tasks are looked for."""
        if file_path.suffix != ".json":
            return None
        for place in self._searched:
            named = file_path == place
            if named or (file_path.is_relative_to(place) and (place in self._roots or is_task_file(file_path))):
                return TaskFile.from_parent(parent, path=file_path)
        return None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Parametrise every test that asks for a task."""
        if "mmina_task" not in metafunc.fixturenames:
            return
        module = metafunc.definition.parent
        if isinstance(module, TaskFile):
            tasks, trials = module.tasks, self._trials
        else:
            tasks, trials = self._marked(metafunc)
        tasks = [by_protocol(task, self._protocol) for task in tasks]
        cases = [Case(task, trial) for task in tasks for trial in range(1, trials + 1)]
        parameters = [
            pytest.param(case, id=_case_id(case, trials), marks=self._skip_marks(case.task)) for case in cases
        ]
        metafunc.parametrize("mmina_task", parameters, indirect=True)

    @cached_property
    def _roots(self) -> list[Path]:
        return task_roots(self._config)

    @cached_property
    def _all_tasks(self) -> list[Task]:
        tasks = []
        for root in self._roots:
            for file in [root] if root.is_file() else sorted(root.rglob("*.json")):
                # As pytest does: what begins with a dot is not searched. A login lies there.
                if any(part.startswith(".") for part in file.relative_to(root).parts):
                    continue
                tasks.extend(load_tasks(file, shown_as=_shown(file, self._config), hosts=hosts_of(self._config)))
        return tasks

    def _marked(self, metafunc: pytest.Metafunc) -> tuple[list[Task], int]:
        markers = list(metafunc.definition.iter_markers("mmina"))
        trials = next((marker.kwargs["trials"] for marker in markers if "trials" in marker.kwargs), self._trials)
        _check_marker(markers, trials, where=metafunc.definition.nodeid)
        patterns = [pattern for marker in markers for pattern in marker.args] or ["*"]
        try:
            return _matching(self._all_tasks, patterns, where=metafunc.definition.nodeid), trials
        except TaskError as error:
            pytest.fail(str(error), pytrace=False)

    def _skip_marks(self, task: Task) -> Sequence[pytest.MarkDecorator]:
        if task.cannot_run:
            return [pytest.mark.skip(reason=f"{task.id} cannot run: {task.cannot_run}")]
        if self._needs_oracle and not task.oracle:
            return [pytest.mark.skip(reason=f"{task.id} has no field 'oracle' for the agent 'oracle' to play")]
        return []


class TaskFile(pytest.Module):
    """A task file as a module that holds `test_task`, so that all of pytest's fixtures and plugins apply."""

    tasks: list[Task]

    def _getobj(self) -> ModuleType:
        return case_module

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        """Load the tasks and generate the cases; a bad file is one error that needs no traceback."""
        try:
            shown_as = _shown(self.path, self.config)
            self.tasks = load_tasks(self.path, shown_as=shown_as, hosts=hosts_of(self.config))
        except TaskError as error:
            raise self.CollectError(str(error)) from None
        # Module.collect() would look for fixtures and set-up functions in every file: there are none.
        yield from self._genfunctions("test_task", case_module.test_task)


def hosts_of(config: pytest.Config) -> Hosts:
    """Where the user's own deployments are; raises UsageError for a line of `mmina_hosts` that says nothing."""
    try:
        return Hosts.of_lines(config.getini("mmina_hosts"))
    except TaskError as error:
        raise pytest.UsageError(str(error)) from None


def _shown(path: Path, config: pytest.Config) -> str:
    base = config.invocation_params.dir
    return str(path.relative_to(base)) if path.is_relative_to(base) else str(path)


def _path_of(argument: str, config: pytest.Config) -> Path:
    return Path(config.invocation_params.dir / argument.split("::")[0]).resolve()


def _case_id(case: Case, trials: int) -> str:
    return case.task.id if trials == 1 else f"{case.task.id}-trial{case.trial}"


def _matching(tasks: list[Task], patterns: Sequence[str], *, where: str) -> list[Task]:
    found: dict[str, Task] = {}
    for pattern in patterns:
        matching = {task.id: task for task in tasks if fnmatchcase(task.id, pattern)}
        if not matching:
            subsets = sorted({task.subset for task in tasks})
            hint = did_you_mean(pattern.split("/")[0], subsets)
            pytest.fail(
                f"{where}: @pytest.mark.mmina({pattern!r}) matches no task.{hint} Subsets: {', '.join(subsets)}",
                pytrace=False,
            )
        found.update(matching)
    return [found[task_id] for task_id in sorted(found)]


def _check_marker(markers: Sequence[pytest.Mark], trials: object, *, where: str) -> None:
    for marker in markers:
        unknown = sorted(set(marker.kwargs) - {"trials"})
        if unknown:
            hint = did_you_mean(unknown[0], ["trials"])
            pytest.fail(f"{where}: @pytest.mark.mmina knows no {unknown[0]!r}.{hint}", pytrace=False)
        if not all(isinstance(pattern, str) for pattern in marker.args):
            pytest.fail(f"{where}: @pytest.mark.mmina takes task id patterns, e.g. 'compare/*'", pytrace=False)
    if not isinstance(trials, int) or isinstance(trials, bool) or trials < 1:
        pytest.fail(
            f"{where}: @pytest.mark.mmina(trials={trials!r}): trials must be a whole number from 1", pytrace=False
        )
