"""The marker `mmina`: with which tasks a test of the user's runs, and how often."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

import pytest

from pytest_mmina.core.errors import did_you_mean
from pytest_mmina.datasets.listing import ListedTask


def matching(tasks: list[ListedTask], patterns: Sequence[str], *, where: str) -> list[ListedTask]:
    """Return the tasks whose id matches one of the patterns, sorted by id; fails a test that matches none."""
    found: dict[str, ListedTask] = {}
    for pattern in patterns:
        fitting = {task.id: task for task in tasks if fnmatchcase(task.id, pattern)}
        if not fitting:
            subsets = sorted({task.subset for task in tasks})
            hint = did_you_mean(pattern.split("/")[0], subsets)
            pytest.fail(
                f"{where}: @pytest.mark.mmina({pattern!r}) matches no task.{hint} Subsets: {', '.join(subsets)}",
                pytrace=False,
            )
        found.update(fitting)
    return [found[task_id] for task_id in sorted(found)]


def check_marker(markers: Sequence[pytest.Mark], trials: object, *, where: str) -> None:
    """Fail a test whose marker has invalid arguments."""
    for marker in markers:
        unknown = sorted(set(marker.kwargs) - {"trials"})
        if unknown:
            hint = did_you_mean(unknown[0], ["trials"])
            pytest.fail(f"{where}: @pytest.mark.mmina has no argument {unknown[0]!r}.{hint}", pytrace=False)
        if not all(isinstance(pattern, str) for pattern in marker.args):
            pytest.fail(f"{where}: @pytest.mark.mmina takes task id patterns, e.g. 'compare/*'", pytrace=False)
    if not isinstance(trials, int) or isinstance(trials, bool) or trials < 1:
        pytest.fail(
            f"{where}: @pytest.mark.mmina(trials={trials!r}): trials must be a whole number, at least 1", pytrace=False
        )
