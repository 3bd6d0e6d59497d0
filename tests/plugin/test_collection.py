"""A folder's files are collected together: nothing that pytest does with files may notice."""

import json

import pytest

from tests.plugin.project import TOKYO, Project

pytestmark = pytest.mark.three_ways

Way = tuple[str, ...]

CASES = [f"tasks/compare/{number}.json::test_task[compare/{number}-chromium]" for number in (1, 2, 3)]


@pytest.fixture
def folder(project: Project) -> Project:
    """Three tasks in a folder."""
    for number in (1, 2, 3):
        project.task(f"compare/{number}", intent="MISCHIEF" if number == 2 else "Go.")
    return project


def collected(project: Project, *arguments: str) -> list[str]:
    lines = project.run("--collect-only", "-q", *arguments).stdout.lines
    return [line for line in lines if "::" in line]


def test_every_way_to_name_cases(folder: Project) -> None:
    folder.task("normal/1", procedure=[], eval={"reference_answers": {"must_include": ["event"]}})
    elsewhere = "tasks/normal/1.json::test_task[normal/1-chromium]"
    assert collected(folder, "tasks") == [*CASES, elsewhere]
    assert collected(folder, "tasks/compare") == CASES
    assert collected(folder, "tasks/compare/2.json") == [CASES[1]]
    assert collected(folder, "tasks/compare/2.json::test_task") == [CASES[1]]
    assert collected(folder, CASES[2], "tasks/normal") == [CASES[2], elsewhere]
    assert collected(folder, "tasks/compare", CASES[2]) == CASES
    assert collected(folder, "--keep-duplicates", "tasks/compare/3.json", "tasks/normal/1.json") == [
        CASES[2],
        elsewhere,
    ]
    assert collected(folder, "tasks", "-k", "compare and not 2") == [CASES[0], CASES[2]]
    assert collected(folder, "tasks", "--ignore=tasks/compare/1.json") == [CASES[1], CASES[2], elsewhere]
    assert collected(folder, "tasks", f"--deselect={CASES[0]}") == [CASES[1], CASES[2], elsewhere]


def test_the_tree_has_every_file(folder: Project) -> None:
    folder.run("--collect-only", "tasks").stdout.fnmatch_lines(
        [
            "*<Dir compare>",
            "*<TaskFile 1.json>",
            "*<Function test_task[[]compare/1-chromium]>",
            "*<TaskFile 2.json>",
            "*<Function test_task[[]compare/2-chromium]>",
            "*<TaskFile 3.json>",
            "*<Function test_task[[]compare/3-chromium]>",
        ],
        consecutive=True,
    )


def test_trials_and_browsers_stay_with_their_file(folder: Project) -> None:
    two = ["--browser", "chromium", "--browser", "firefox", "--mmina-trials=2"]
    together = collected(folder, "tasks/compare", *two)
    assert len(together) == len(set(together)) == 12
    one_by_one = [case for number in (1, 2, 3) for case in collected(folder, f"tasks/compare/{number}.json", *two)]
    assert sorted(together) == sorted(one_by_one)
    assert all(case.split("/")[2].split(".")[0] == case.split("[compare/")[1].split("-")[0] for case in together)


def test_other_files_of_the_folder_keep_their_places(folder: Project, way: Way) -> None:
    task = json.loads((folder.folder / "tasks/compare/1.json").read_text())
    folder.file("tasks/compare/compare.json", json.dumps([task, task]))
    folder.file("tasks/compare/package.json", "{}")
    folder.file("tasks/compare/test_own.py", "def test_own(): pass\n")
    assert collected(folder, "tasks") == [
        *CASES,
        "tasks/compare/compare.json::test_task[compare/1-chromium]",
        "tasks/compare/compare.json::test_task[compare/2-chromium]",
        "tasks/compare/test_own.py::test_own",
    ]
    folder.run("tasks", "--mmina-agent", "bots:Plays", *way).assert_outcomes(passed=6)


def test_a_bad_file_is_one_error_among_good_ones(folder: Project, way: Way) -> None:
    folder.file("tasks/compare/2.json", '{"intent": "x", "start_url": "nowhere"}')
    folder.file("tasks/compare/4.json", "{")
    result = folder.run("tasks", "--mmina-agent", "bots:Plays", *way)
    assert result.ret not in (0, pytest.ExitCode.INTERNAL_ERROR)
    result.stdout.fnmatch_lines_random(
        [
            "tasks/compare/2.json: start_url: 'nowhere' is not an http(s) address",
            "tasks/compare/4.json: is not JSON: *line 1, column 2",
        ]
    )
    assert "Traceback" not in result.stdout.str()
    assert collected(folder, "tasks/compare/3.json") == [CASES[2]]


def test_a_parametrisation_that_fails_is_told_for_every_file(folder: Project) -> None:
    folder.add_to_conftest(
        """
        def pytest_generate_tests(metafunc):
            metafunc.parametrize("not_there", [1])
        """
    )
    result = folder.run("tasks")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(errors=3)
    result.stdout.fnmatch_lines(["*function uses no *not_there'*"])


def test_a_fixture_of_the_folder_is_used(folder: Project, way: Way) -> None:
    folder.task("multi567/1")
    folder.file(
        "tasks/compare/conftest.py",
        f"import pytest\n@pytest.fixture\ndef mmina_agent():\n    return lambda observation: 'goto [{TOKYO}]' "
        "if 'tokyo' not in observation.url else 'stop'\n",
    )
    folder.run("tasks", "--mmina-agent", "bots:Nothing", "--mmina-fail-on=gate", *way)
    assert {(episode["task"], episode["outcome"]) for episode in folder.episodes()} == {
        ("compare/1", "partial"),
        ("compare/2", "partial"),
        ("compare/3", "partial"),
        ("multi567/1", "unsolved"),
    }


def test_last_failed_runs_what_failed(folder: Project, way: Way) -> None:
    arguments = ["--mmina", "tasks", "--mmina-agent", "bots:Raises", *way]
    folder.pytester.runpytest_subprocess(*arguments).assert_outcomes(passed=2, failed=1)
    folder.pytester.runpytest_subprocess(*arguments, "--lf").assert_outcomes(
        failed=1, deselected=0 if "-n2" in way else 2
    )
    assert [episode["task"] for episode in folder.episodes()] == ["compare/2"]


def test_garbage_collection_is_left_as_it_was(folder: Project) -> None:
    folder.file("test_own.py", "import gc\nenabled = gc.isenabled()\ndef test_own(): assert gc.isenabled() > enabled\n")
    folder.run("test_own.py").assert_outcomes(passed=1)


@pytest.mark.parametrize("option", ["--collect-only", "-q"])
def test_a_damaged_file_that_is_named_is_one_error(folder: Project, way: Way, option: str) -> None:
    for name, content in (("empty", ""), ("list", "[]"), ("cut", '{"intent": "Go')):
        folder.file(f"tasks/compare/{name}.json", content)
        result = folder.run(option, f"tasks/compare/{name}.json", *way)
        # With xdist, errors in collection are failures.
        assert result.ret == (1 if way == ("-n2",) and option == "-q" else 2)
        assert result.stderr.str() == ""
        result.stdout.fnmatch_lines([f"ERROR tasks/compare/{name}.json*"])


@pytest.mark.parametrize("content", ["", "{", '{"int', '[{"intent": "Go"'])
def test_a_damaged_file_among_task_files_is_an_error(folder: Project, way: Way, content: str) -> None:
    folder.file("tasks/compare/other.json", content)
    folder.file("settings.json", "{ // a comment\n}")
    folder.file("tasks/compare/package.json", '{"name": "mine"}')
    result = folder.run("--collect-only", "-q", ".", *way)
    assert result.ret == 2
    result.stdout.fnmatch_lines(["ERROR tasks/compare/other.json*", "*1 error*"])
