"""Sessions in forks, which most tests here run, are like those in new interpreters."""

import subprocess
import sys
from typing import Any

import pytest

from tests.plugin.project import Project

Way = tuple[str, ...]
SESSION = ("-p", "no:cacheprovider", "--mmina", "--mmina-no-html", "tasks", "--mmina-agent=bots:Raises")


def left_by(project: Project) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What a session leaves, times aside."""
    return [{**episode, "seconds": 0} for episode in project.episodes()], project.summary()


def test_a_fork_leaves_what_a_new_interpreter_leaves(project: Project, way: Way) -> None:
    for number in (1, 2, 3):
        project.task(f"compare/{number}", intent="MISCHIEF" if number == 2 else "Go.")
    forked = project.pytester.runpytest_subprocess(*SESSION, *way)
    of_fork = left_by(project)
    command = [sys.executable, "-m", "pytest", *SESSION, *way]
    new = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=False, timeout=300)
    assert (forked.ret, of_fork) == (new.returncode, left_by(project))
    ours, theirs = (result.splitlines() for result in (forked.stdout.str(), new.stdout))
    assert [line for line in ours if "success rate" in line] == [line for line in theirs if "success rate" in line]


def test_a_fork_has_its_own_exit_status_and_memory(project: Project) -> None:
    project.file("test_own.py", "import os, builtins\ndef test_own():\n    builtins.left_behind = 1\n    os._exit(7)\n")
    assert project.pytester.runpytest_subprocess("test_own.py").ret == 7
    project.file("test_own.py", "import builtins\ndef test_own(): assert not hasattr(builtins, 'left_behind')\n")
    project.pytester.runpytest_subprocess("test_own.py").assert_outcomes(passed=1)


def test_a_fork_that_takes_too_long_is_killed(project: Project) -> None:
    project.file("test_own.py", "import time\ndef test_own(): time.sleep(600)\n")
    with pytest.raises(pytest.Pytester.TimeoutExpired):
        project.pytester.runpytest_subprocess("test_own.py", timeout=1)
