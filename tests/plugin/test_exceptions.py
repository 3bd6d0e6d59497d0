"""The list of exceptions in whole sessions, by option and by ini value, and with `mmina gate`."""

from datetime import timedelta

import pytest

# pytester forgets what a test imports, and one of these modules can be imported only once in a process.
import pytest_mmina.reports.github  # noqa: F401
from pytest_mmina.commands.main import main
from pytest_mmina.gate.exceptions import today
from tests.plugin.project import Project

pytestmark = pytest.mark.three_ways

Way = tuple[str, ...]
STRICT = ("--mmina-min-task-rate=1", "--mmina-must-pass=compare/*")


def listed(project: Project, days: int, task: str = "compare/2") -> None:
    until = today() + timedelta(days=days)
    project.file("exceptions.toml", f'[[flaky]]\ntask = "{task}"\nreason = "the shop moves"\nuntil = {until}\n')


@pytest.fixture
def two_tasks(project: Project) -> Project:
    project.task("compare/1")
    project.task("compare/2", intent="MISCHIEF")
    return project


def test_a_flaky_task_is_told_and_does_not_decide(
    two_tasks: Project, way: Way, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    session = ("tasks", "--mmina-agent=bots:Raises", *STRICT, *way)
    listed(two_tasks, 30)
    assert two_tasks.run(*session).ret == 1
    result = two_tasks.run(*session, "--mmina-exceptions=exceptions.toml")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "gate: open: *",
            "      exceptions: 1 task (compare/2) flaky and without a say in the decision",
            "      exceptions.toml:1: compare/2, flaky until *, solved 0 of 1 now: the shop moves",
        ]
    )
    assert two_tasks.summary()["episodes"] == 2
    monkeypatch.chdir(two_tasks.folder)
    capsys.readouterr()
    gate = ["gate", "mmina-results", "--no-html", "--min-task-rate=1"]
    assert main([*gate, "--exceptions=exceptions.toml"]) == 0
    assert main(gate) == 1
    two_tasks.pytester.makeini("[pytest]\nmmina_exceptions = exceptions.toml\n")
    listed(two_tasks, -1)
    result = two_tasks.run(*session)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*compare/2 decides again: its entry expired after *"])
    listed(two_tasks, 30, task="compare/*")
    result = two_tasks.run(*session)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["gate: CLOSED: nothing decides: every task that ran is listed as flaky*"])


def test_a_wrong_list_is_refused_before_anything_runs(two_tasks: Project, way: Way) -> None:
    session = ("tasks", "--mmina-agent=bots:Plays", *way)
    listed(two_tasks, 1000)
    for options, message in (
        ([*STRICT, "--mmina-exceptions=exceptions.toml"], "*exceptions.toml:1: until = * is more than a year away*"),
        ([*STRICT, "--mmina-exceptions=no.toml"], "*--mmina-exceptions: no.toml does not exist*"),
        (["--mmina-exceptions=exceptions.toml"], "*--mmina-exceptions is for a gate: give a rule*"),
    ):
        result = two_tasks.run(*session, *options)
        assert result.ret == 4
        result.stderr.fnmatch_lines([message])
    assert not (two_tasks.folder / "mmina-results").exists()
