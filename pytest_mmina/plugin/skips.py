"""Why cases are skipped: what a task lacks is known at collection, the rest when its case is skipped."""

from collections.abc import Iterable
from traceback import walk_tb

import pytest
from _pytest import skipping

from pytest_mmina.core.shortening import one_line
from pytest_mmina.core.skips import SkipReason, main_reason
from pytest_mmina.datasets.listing import ListedTask
from pytest_mmina.plugin.agent_options import arms_of
from pytest_mmina.plugin.agent_setup import secrets_of
from pytest_mmina.plugin.cases import CaseState, case_of
from pytest_mmina.plugin.options import Options

SKIP = "mmina_skip"
"""The attribute of a report with the reason of the skip, as a JSON object."""

_NO_JUDGE = "it needs a judge; set --mmina-judge-url and --mmina-judge-model"
_LONGEST = 300


class TaskSkips:
    """Knows which tasks cannot run in a session with these options."""

    def __init__(self, config: pytest.Config) -> None:
        self._needs_oracle = "oracle" in arms_of(config).values()
        self._has_judge = bool(Options.of(config).judge_url)

    def reason(self, task: ListedTask) -> SkipReason | None:
        """Return why a task is skipped; None if it can run."""
        if (lacking := main_reason(task.skip_reasons)) is not None:
            return SkipReason(cause=lacking.cause, reason=f"cannot run: {lacking.reason}")
        if task.needs_judge and not self._has_judge:
            return SkipReason(cause="judge", reason=f"cannot run: {_NO_JUDGE}")
        if self._needs_oracle and not task.has_oracle:
            return SkipReason(cause="oracle", reason="has no field 'oracle', which the agent 'oracle' plays")
        return None


class CaseSkips:
    """Finds out why a case was skipped, in the process that runs it."""

    def __init__(self, config: pytest.Config) -> None:
        self._tasks = TaskSkips(config)
        self._marks: dict[str, int] = {}

    def note_marks(self, items: Iterable[pytest.Item]) -> None:
        """Remember the marks at the end of the collection: a mark that is added later is a skip at run time."""
        self._marks = {item.nodeid: number for item in items if (number := _number_of_marks(item))}

    def attach(self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
        """Tell the main process why a case was skipped, if it was and its episode had not begun.

        A case that is skipped in the middle of its episode is lost: otherwise an agent could skip what it fails.
        """
        case, error = case_of(item), call.excinfo.value if call.excinfo is not None else None
        if case is None or not report.skipped or CaseState.of(item).has_begun:
            return
        by_mark = self._marks.get(item.nodeid) == _number_of_marks(item) and _comes_from_mark(error)
        if by_mark and (lacking := self._tasks.reason(case.listed)) is not None:
            skip = lacking
        else:
            text = one_line(str(getattr(error, "msg", None) or error or ""), _LONGEST)
            skip = SkipReason(cause="mark" if by_mark else "run time", reason=text)
        setattr(report, SKIP, secrets_of(item.config).removed_from_all(skip).model_dump(mode="json"))


def skip_of(report: pytest.TestReport) -> SkipReason | None:
    """Return why the case of a report was skipped; None if it was not, or if its episode had begun."""
    if content := getattr(report, SKIP, None):
        return SkipReason.model_validate(content)
    # Another plugin may report a skip without running the case.
    return SkipReason(cause="run time") if report.skipped and report.when == "setup" else None


def _number_of_marks(item: pytest.Item) -> int:
    return sum(mark.name in ("skip", "skipif", "xfail") for mark in item.iter_markers())


def _comes_from_mark(error: BaseException | None) -> bool:
    # pytest raises the same exception for a mark and for a fixture that skips, with the same place.
    frames = walk_tb(error.__traceback__) if error is not None else ()
    return any(frame.f_code is skipping.pytest_runtest_setup.__code__ for frame, _ in frames)
