"""A case whose episode errored because of the harness is run again; what failed because of the agent never is."""

import pytest

from tests.plugin.project import Project

pytestmark = pytest.mark.three_ways

Way = tuple[str, ...]

GATED = ("--mmina-min-hop-rate=0", "--mmina-agent=bots:Plays")
FAULTS = """
import errno
from pathlib import Path
from pytest_mmina.core.errors import BrowserError, JudgeError, SiteError

def faulty():
    file = Path("faults.txt")
    left = file.read_text().split()
    if left:
        file.write_text(" ".join(left[1:]))
        raise {error}

@pytest.fixture
def mmina_browser(browser_name):
    return fake_browser.FakeBrowser(broken=faulty)
"""


@pytest.fixture
def faulty(project: Project) -> Project:
    """A project of one task whose first actions fail as often as faults.txt says."""
    project.task("compare/1")
    return project


def fail(project: Project, times: int, error: str = "SiteError('the shop is down')") -> None:
    project.file("faults.txt", "fault " * times)
    project.add_to_conftest(FAULTS.format(error=error))


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        ("SiteError('the shop is down')", "site"),
        ("OSError(errno.ENOSPC, 'the shop is down')", "disk"),
    ],
    ids=["site", "disk"],
)
def test_what_the_harness_broke_is_run_again(faulty: Project, way: Way, error: str, cause: str) -> None:
    fail(faulty, 2, error)
    result = faulty.run("tasks", *GATED, *way)
    assert result.ret == 0
    result.assert_outcomes(passed=1)
    (episode,) = faulty.episodes()
    assert (episode["outcome"], episode["errored"]) == ("solved", None)
    assert [attempt["errored"] for attempt in episode["attempts"]] == [cause, cause]
    assert all("the shop is down" in attempt["reason"] for attempt in episode["attempts"])
    assert (faulty.summary()["retried"], faulty.summary()["errored_by"]) == (2, {})
    result.stdout.fnmatch_lines(["episodes *1 solved*0 errored, 2 retried*", "gate: open*"])


@pytest.mark.parametrize(("retries", "attempts"), [((), 2), (("--mmina-retries=0",), 0), (("--mmina-retries=1",), 1)])
def test_it_is_run_again_a_bounded_number_of_times(faulty: Project, way: Way, retries: Way, attempts: int) -> None:
    fail(faulty, attempts + 1)
    result = faulty.run("tasks", *GATED, *retries, *way)
    assert result.ret == 1
    (episode,) = faulty.episodes()
    assert (episode["outcome"], episode["errored"], len(episode["attempts"])) == ("errored", "site", attempts)
    assert (faulty.summary()["retried"], faulty.summary()["errored_by"]) == (attempts, {"site": 1})
    result.stdout.fnmatch_lines(["episodes *1 errored (site 1)*", "gate: CLOSED: 1 episode errored*"])


@pytest.mark.parametrize(
    ("error", "cause"),
    [("JudgeError('no verdict')", "judge"), ("BrowserError('it crashed')", "browser"), ("ValueError('a bug')", "test")],
)
def test_what_would_come_again_or_the_agent_can_break_is_not_run_again(
    faulty: Project, way: Way, error: str, cause: str
) -> None:
    fail(faulty, 1, error)
    assert faulty.run("tasks", *GATED, *way).ret == 1
    (episode,) = faulty.episodes()
    assert (episode["outcome"], episode["errored"]) == ("errored", cause)
    assert episode["attempts"] == []


def test_a_failure_of_the_agent_is_not_run_again(faulty: Project, way: Way) -> None:
    faulty.task("compare/1", intent="MISCHIEF")
    faulty.run("tasks", "--mmina-agent=bots:Raises", *GATED[:1], *way)
    (episode,) = faulty.episodes()
    assert (episode["outcome"], episode["errored"], episode["attempts"]) == ("partial", None, [])
