"""What pytest does by itself that would mislead a user of ours: the root folder, filters of warnings, autouse."""

from pathlib import Path

import pytest

from tests.plugin.project import Project

Way = tuple[str, ...]


@pytest.fixture
def elsewhere(project: Project) -> Path:
    """A project with an ini file, whose tests are run in a folder of it; gives a folder outside of that."""
    project.task("compare/1")
    project.pytester.makeini("[pytest]\nmmina_tasks = tasks\nmmina_agent = bots:Plays\n")
    folder = project.folder.with_name(f"{project.folder.name}-elsewhere") / "out"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.three_ways
def test_a_value_that_pytest_takes_for_a_path_is_refused(project: Project, way: Way, elsewhere: Path) -> None:
    file = elsewhere / "baseline.json"
    file.write_text("{}")
    for option, value in (
        ("--mmina-results", elsewhere),
        ("--mmina-save-baseline", file),
        ("--mmina-resume", elsewhere),
    ):
        result = project.run(option, str(value), *way)
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines(
            [f"*{option}: pytest takes {value} for a path to tests*tox.ini: write {option}={value}, with = *"]
        )
    result = project.run(f"--mmina-results={elsewhere}", *way)
    assert result.ret == 0
    result.assert_outcomes(passed=1)


def test_a_value_that_moves_nothing_is_not_refused(project: Project, elsewhere: Path) -> None:
    (project.folder / "results").mkdir()
    for arguments in (("--mmina-results", "results"), ("tasks", "--mmina-results", str(elsewhere))):
        result = project.run(*arguments)
        assert result.ret == 0
        result.assert_outcomes(passed=1)


STRICT = ("-W", "error", "--strict-config", "--strict-markers")


@pytest.mark.three_ways
@pytest.mark.browser
@pytest.mark.new_interpreter
def test_a_strict_session_is_like_any_other(project: Project, way: Way) -> None:
    (project.folder / "conftest.py").unlink(missing_ok=True)  # a real browser, with its fixtures
    project.task("compare/1")
    result = project.run("tasks", "--mmina-agent=bots:Plays", *STRICT, *way)
    assert result.ret == 0
    result.assert_outcomes(passed=1)


def test_a_conftest_with_our_hooks_works_without_the_plugin(project: Project) -> None:
    project.add_to_conftest(
        "def pytest_mmina_sites(config): return []\ndef pytest_mmina_make_agent(config, task): pass\n"
    )
    project.file("test_own.py", "def test_own(): pass\n")
    for without in (("-p", "no:mmina"), ()):
        project.pytester.runpytest_subprocess(*without, "test_own.py").assert_outcomes(passed=1)


AUTOUSE = """
@pytest.fixture(autouse=True)
def everywhere(mmina_task):
    yield
"""


@pytest.mark.parametrize("ours", [(), ("--mmina",)], ids=["without", "with"])
def test_an_autouse_fixture_does_not_run_every_test_for_each_task(project: Project, ours: Way) -> None:
    project.task("compare/1")
    project.add_to_conftest(AUTOUSE)
    project.file("test_own.py", "def test_own(): pass\n")
    result = project.pytester.runpytest_subprocess(*ours, "test_own.py")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["conftest.py:*: the autouse fixture 'everywhere' asks for mmina_task*leave out autouse=True*"]
    )


def test_an_autouse_fixture_beside_tests_of_tasks_is_fine(project: Project) -> None:
    project.task("compare/1")
    project.pytester.makeini("[pytest]\nmmina_tasks = tasks\nmmina_agent = bots:Plays\n")
    project.add_to_conftest(AUTOUSE)
    project.file("test_asks.py", "def test_asks(mmina_run): mmina_run().require_solved()\n")
    project.file("test_own.py", f"import pytest\n{AUTOUSE}\n@pytest.mark.mmina('*')\ndef test_own(): pass\n")
    project.run("tasks", "test_asks.py", "test_own.py").assert_outcomes(passed=3)


@pytest.mark.three_ways
def test_saving_a_baseline_succeeds_whatever_the_agent_can_do(project: Project, way: Way) -> None:
    project.task("compare/1")
    save = ("tasks", "--mmina-save-baseline=baseline.json", "--mmina-agent=bots:Half", *way)
    assert project.run(*save).ret == 0
    assert project.run(*save, "--mmina-fail-on=task").ret == 1
    assert project.run(*save, "--mmina-min-task-rate=0.5").ret == 1
    project.task("compare/1", intent="MISCHIEF")
    assert project.run(*save, "--mmina-agent=bots:Breaks").ret == 1, "an errored episode is no baseline"
