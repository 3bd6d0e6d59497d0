"""Show the rates so far and the time left in pytest's progress column and in the title of the terminal.

Nothing is shown if the output is not a terminal.
"""

import os
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from time import monotonic
from typing import Any

import pytest

from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.results.journal import Journal

# Window operations of xterm, which other terminals support or ignore: save the title, set it, restore it.
_SAVE_TITLE, _SET_TITLE, _RESTORE_TITLE = "\x1b[22;2t", "\x1b]2;{}\x07", "\x1b[23;2t"
_WIDEST = " [hops 100% tasks 100% 99:59:59 left]"
_NARROWEST = 40
# pytest has no hook for its progress column. If a version lacks one of these attributes, the column is not changed.
_MESSAGE, _WIDTH = "_get_progress_information_message", "_screen_width"


class Progress:
    """Shows progress. `records` are those of the session so far, by identity; they grow during the session.

    `seconds` are known durations by task; without any, all cases have the same weight.
    """

    def __init__(
        self,
        *,
        records: Mapping[tuple[str, int, str], EpisodeRecord],
        journal: Journal,
        seconds: Mapping[str, float],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._records, self._journal, self._clock = records, journal, clock
        self._reporter: Any = None
        known = [length for length in seconds.values() if length]
        self._mean, self._seconds = (sum(known) / len(known) if known else 1.0), seconds
        self._seen = self._tested = self._hops = self._hops_passed = self._solved = 0
        self._begun, self._weight_begun, self._seen_begun = clock(), 0.0, 0
        self._weight_done = self._weight_all = 0.0
        self._cases = self._seen_in_title = 0

    def column(self) -> str:
        """Return the text before pytest's percentage: the rates so far; empty before the first episode."""
        self._count()
        return f" [{self._rates()}{self._left()}]" if self._seen else ""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Show progress while the cases run, if the output is a terminal."""
        reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None or not reporter.isatty() or os.environ.get("TERM", "dumb") == "dumb":
            return (yield)
        with self.shown_by(reporter):
            return (yield)

    @contextmanager
    def shown_by(self, reporter: Any) -> Iterator[None]:
        """Show progress in the title of the terminal, and in the progress column if pytest has one."""
        self._count()
        self._begun, self._weight_begun = self._clock(), self._weight_done
        columns = [name for name in (_MESSAGE, _WIDTH) if hasattr(reporter, name)]
        if len(columns) == len((_MESSAGE, _WIDTH)):
            message, width = getattr(reporter, _MESSAGE), getattr(reporter, _WIDTH)
            setattr(reporter, _MESSAGE, lambda: f"{self.column()}{message()}")
            # pytest ends a line as soon as only its own column still fits, so it gets a smaller width.
            setattr(reporter, _WIDTH, max(_NARROWEST, width - len(_WIDEST)))
        self._reporter = reporter
        reporter.write_raw(_SAVE_TITLE, flush=True)
        try:
            yield
        finally:
            reporter.write_raw(_RESTORE_TITLE, flush=True)
            self._reporter = None
            if len(columns) == len((_MESSAGE, _WIDTH)):
                setattr(reporter, _MESSAGE, message)
                setattr(reporter, _WIDTH, width)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self) -> None:
        """Update the title after each episode."""
        before = self._seen_in_title
        self._count()
        if self._reporter is not None and self._seen > before:
            self._seen_in_title = self._seen
            # The title has only numbers and fixed words: no text of a page or an agent reaches the terminal.
            done = f"mmina {self._seen} of {self._expected()}: {self._rates()}{self._left()}"
            self._reporter.write_raw(_SET_TITLE.format(done), flush=True)

    def _count(self) -> None:
        for record in islice(self._records.values(), self._seen, None):
            if not record.arm:
                self._tested += 1
                self._hops += len(record.hops)
                self._hops_passed += record.hops_passed
                self._solved += record.outcome == "solved"
            self._weight_done += self._weight(record)
        self._seen = len(self._records)

    def _weight(self, record: EpisodeRecord) -> float:
        return self._seconds.get(record.task) or self._mean

    def _expected(self) -> int:
        if not self._weight_all and (plan := self._journal.planned()) is not None:
            cases = [record for record in plan.planned if record.case not in plan.skipped]
            self._weight_all = sum(map(self._weight, cases))
            self._cases = len(cases)
        return self._cases if self._weight_all else self._seen

    def _rates(self) -> str:
        hops = f"hops {self._hops_passed / self._hops:.0%} " if self._hops else ""
        # The first episode may be one of the control, whose rates are not shown.
        return f"{hops}tasks {self._solved / self._tested:.0%}" if self._tested else "tasks -"

    def _left(self) -> str:
        self._expected()
        done = self._weight_done - self._weight_begun
        if not done or self._weight_done >= self._weight_all:
            return ""
        return f" {clock_time((self._clock() - self._begun) / done * (self._weight_all - self._weight_done))} left"


def clock_time(seconds: float) -> str:
    """Return a duration in the form of a clock: `2:05`, `1:02:05`."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
