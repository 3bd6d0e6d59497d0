"""A session of `mmina validate`: the trials of a task are the attempts at it, and each leaves a note."""

from collections import Counter
from collections.abc import Generator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mmina.atomic_write import atomic_write
from pytest_mmina.datasets.listing import ListedTask

if TYPE_CHECKING:
    from pytest_mmina.core.episode.episode import Episode
    from pytest_mmina.core.tasks.task import Task
    from pytest_mmina.validation.attempts import Attempt, Found
    from pytest_mmina.validation.notes import Note

OPTION = "mmina_validate"
"""A hidden option with the settings of a session, which `mmina validate` gives."""

_VALIDATION = pytest.StashKey["Validation"]()
_OURS = "pytest_mmina.plugin.fixtures"
_MOST_TYPED = 12


def validation_of(config: pytest.Config) -> "Validation | None":
    """Return what a session of `mmina validate` tries; None in any other session."""
    if (file := config.getoption(OPTION)) is None:
        return None
    if _VALIDATION not in config.stash:
        config.stash[_VALIDATION] = Validation(config, Path(file))
        config.pluginmanager.register(config.stash[_VALIDATION], "mmina-validation")
    return config.stash[_VALIDATION]


class Validation:
    """The hooks of a session that tries attempts at tasks, and what they are made from."""

    def __init__(self, config: pytest.Config, file: Path) -> None:
        from pytest_mmina.validation.kinds import Settings

        self._config = config
        self.settings: Settings = Settings.model_validate_json(file.read_bytes())

    def attempts(self, listed: ListedTask) -> "list[Attempt | None]":
        """Return the attempts at a task; where they are only counted, one case stands for them."""
        from pytest_mmina.validation.attempts import attempts_of

        if self.settings.stage == "plan":
            return [None]
        return [*attempts_of(listed.load(), self._homes, self._found, self.settings)]

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Leave out the files of the user's own tests, which need not even be imported."""
        return True if collection_path.suffix != ".json" and collection_path.is_file() else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Leave out the user's own fixture `mmina_agent`: our agents try the tasks."""
        if (fixtures := metafunc._arg2fixturedefs.get("mmina_agent")) is not None:
            ours = [fixture for fixture in fixtures if fixture.func.__module__ == _OURS]
            # pytest then drops the fixtures that only the user's one needed.
            vars(metafunc)["_arg2fixturedefs"]["mmina_agent"] = ours

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, object, object]:
        """Write down what is known of an episode beside its record."""
        from pytest_mmina.plugin.cases import CaseState, agent_that_ran, case_of

        try:
            return (yield)
        finally:
            case, episode = case_of(item), CaseState.of(item).episode
            if case is not None and case.attempt is not None and episode is not None:
                note = self._note(case.task, case.attempt, agent_that_ran(item), episode, item)
                self._keep(note, item, case.task)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Write down how many attempts there are at which tasks, if that is what is asked."""
        from pytest_mmina.plugin.cases import case_of

        if self.settings.stage != "plan":
            return
        cases = {case.listed.id: (case, item) for item in session.items if (case := case_of(item)) is not None}
        skipped = {
            name: str(mark.kwargs.get("reason", ""))
            for name, (_, item) in cases.items()
            if (mark := item.get_closest_marker("skip")) is not None
        }
        tasks = [case.task for name, (case, _) in cases.items() if name not in skipped]
        self._write_plan(tasks, skipped)

    def _write_plan(self, tasks: "list[Task]", skipped: dict[str, str]) -> None:
        from pytest_mmina.validation.attempts import Found, attempts_of
        from pytest_mmina.validation.plan import Plan, PlannedTask, typed_texts

        found = Found(typed=typed_texts(tasks, most=_MOST_TYPED))
        planned = []
        for task in tasks:
            counts = Counter(attempt.kind for attempt in attempts_of(task, self._homes, found, self.settings))
            planned.append(
                PlannedTask(
                    id=task.id,
                    intent=task.intent,
                    hops=tuple(hop.name for hop in task.hops),
                    oracle=task.oracle,
                    attempts=dict(counts),
                )
            )
        plan = Plan(tasks=tuple(planned), skipped=skipped, found=found)
        with atomic_write(Path(self.settings.folder) / Plan.file_name) as file:
            file.write(plan.model_dump_json().encode())

    @cached_property
    def _homes(self) -> tuple[str, ...]:
        from pytest_mmina.plugin.cases import all_sites

        return tuple(site.home for site in all_sites(self._config))

    @cached_property
    def _found(self) -> "Found":
        from pytest_mmina.validation.attempts import Found

        file = Path(self.settings.folder) / Found.file_name
        return Found.model_validate_json(file.read_bytes()) if file.exists() else Found()

    def _note(self, task: "Task", attempt: "Attempt", agent: object, episode: "Episode", item: pytest.Item) -> "Note":
        from pytest_mmina.validation.answers import judged_answers
        from pytest_mmina.validation.attempts import ORACLE
        from pytest_mmina.validation.kinds import IGNORANT
        from pytest_mmina.validation.notes import Note

        fields: dict[str, Any] = {}
        if attempt.kind not in IGNORANT:
            web = getattr(item, "funcargs", {}).get("mmina_web")
            fields["states"] = web.exported_states() if web is not None else {}
            fields["done"] = getattr(agent, "done", True)
            fields["urls"] = tuple(step.observation.url for step in episode.trajectory.steps)
            if attempt.name == ORACLE and episode.solved and "answers" in self.settings.kinds:
                fields["answers"] = judged_answers(task, episode.trajectory.steps, episode.answer or "")
        return Note(
            task=task.id,
            attempt=attempt.name,
            kind=attempt.kind,
            rule=attempt.rule,
            touched=attempt.touched,
            about=attempt.about,
            **fields,
        )

    def _keep(self, note: "Note", item: pytest.Item, task: "Task") -> None:
        from pytest_mmina.plugin.agent_setup import secrets_of
        from pytest_mmina.plugin.options import Options
        from pytest_mmina.validation.notes import keep_note

        worker = str(getattr(item.config, "workerinput", {}).get("workerid", ""))
        cleaned = secrets_of(item.config, task).removed_from_all(note)
        keep_note(cleaned, Options.of(item.config).results, worker=worker)
