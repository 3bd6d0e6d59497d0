"""Run a case again if its episode errored because of the harness: a site, the proxy or the disk."""

import pytest
from _pytest.runner import runtestprotocol

from pytest_mmina.core.errors import ErrorCause, error_cause
from pytest_mmina.core.record.metrics import Attempt, EpisodeRecord
from pytest_mmina.plugin.cases import case_of

RUN_AGAIN: frozenset[ErrorCause] = frozenset({"disk", "site"})
"""The causes that another attempt may not have.

A judge has attempts of its own. An agent can break its browser, so it would get more attempts than others. The other
causes would come again.
"""

_ATTEMPTS = pytest.StashKey[list[Attempt]]()
_LEFT = pytest.StashKey[int]()


class Retries:
    """Runs a case with its fixtures at most `most` times more; only the last attempt is reported and recorded."""

    def __init__(self, *, most: int) -> None:
        self._most = most

    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
        """Run an item, and again while its episode errors because of the harness."""
        if not self._most or case_of(item) is None:
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        attempts = item.stash[_ATTEMPTS] = []
        for number in range(1, self._most + 2):
            item.stash[_LEFT] = self._most + 1 - number
            reports = runtestprotocol(item, log=False, nextitem=nextitem)
            if len(attempts) < number:
                break
            # What a discarded attempt printed is not part of the next one's report.
            item._report_sections.clear()
        for report in reports:
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        del item.stash[_ATTEMPTS], item.stash[_LEFT]
        return True


def is_run_again(item: pytest.Item, record: EpisodeRecord) -> bool:
    """Return whether an attempt is discarded because the case is run again, and remember it if so."""
    if record.errored not in RUN_AGAIN or not item.stash.get(_LEFT, 0):
        return False
    fields = record.model_dump(include=set(Attempt.model_fields))
    item.stash[_ATTEMPTS].append(Attempt(**fields))
    return True


def with_attempts(item: pytest.Item, record: EpisodeRecord) -> EpisodeRecord:
    """Return the record of the last attempt, with those before it."""
    attempts = item.stash.get(_ATTEMPTS, [])
    return record.model_copy(update={"attempts": tuple(attempts)}) if attempts else record


def cause_of(error: BaseException | None) -> ErrorCause:
    """Return what a case without an episode errored because of; None stands for a test that ran no episode."""
    if error is None:
        return "test"
    if type(error).__module__.startswith("playwright."):
        return "browser"
    return error_cause(error) or "test"
