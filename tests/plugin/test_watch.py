"""A session whose process is gone never looks like one that went well, and a watched session is like any other."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress

import psutil
import pytest

from tests.plugin.project import Project

Way = tuple[str, ...]

GATED = ("--mmina-min-hop-rate=0",)
WAYS_OUT = {
    "exit": "os._exit(0)",
    "exit-of-posix": "posix._exit(0)",
    "exit-of-c": "ctypes.CDLL(None)._exit(0)",
    "another-status-of-pytests": "os._exit(5)",
    "another-program": "os.execv('/bin/true', ['/bin/true'])",
}
LEAVES = """
import ctypes, os, posix

class Leaves:
    def reset(self, intent):
        pass

    def act(self, observation):
        {way_out}
"""


@pytest.mark.three_ways
@pytest.mark.parametrize("way_out", WAYS_OUT.values(), ids=WAYS_OUT)
def test_an_agent_that_ends_the_process_does_not_open_the_gate(project: Project, way: Way, way_out: str) -> None:
    project.task("compare/1")
    project.file("leaving.py", LEAVES.format(way_out=way_out))
    result = project.run("tasks", "--mmina-agent", "leaving:Leaves", *GATED, *way)
    assert result.ret == 1
    output = result.stdout.str() + result.stderr.str()
    assert "gate: open" not in output
    if "-n2" in way:
        result.stdout.fnmatch_lines(["gate: CLOSED: 1 episode errored*"])
    else:
        status = 5 if "5" in way_out else 0
        result.stderr.fnmatch_lines([f"mmina: the process of this session ended with status {status} before its end*"])
        assert result.stderr.str().count("mmina:") == 1


@pytest.mark.three_ways
@pytest.mark.parametrize(
    "source",
    [
        "import pytest\n@pytest.fixture(autouse=True)\ndef leave():\n    yield\n    os._exit(0)",
        "def pytest_sessionfinish():\n    os._exit(0)",
        "def pytest_configure():\n    os._exit(0)",
        "def pytest_collection_finish():\n    os._exit(0)",
    ],
    ids=["fixture", "sessionfinish", "configure", "collection"],
)
def test_what_is_the_users_own_and_ends_the_process(project: Project, way: Way, source: str) -> None:
    project.task("compare/1")
    project.add_to_conftest("import os\n" + source)
    result = project.run("tasks", "--mmina-agent", "bots:Plays", *GATED, *way)
    if "-n2" in way:
        assert result.ret != 0
    else:
        assert result.ret == 1
        assert "gate: open" not in result.stdout.str()


@pytest.mark.three_ways
def test_a_decision_stays_when_the_process_ends_after_it(project: Project, way: Way) -> None:
    """Some suites end their process in this way because threads of theirs never end."""
    project.task("compare/1")
    project.add_to_conftest("import os\ndef pytest_unconfigure(config):\n    os._exit(0)\n")
    for agent, status in (("Plays", 0), ("Nothing", 1)):
        arguments = ("tasks", f"--mmina-agent=bots:{agent}", "--mmina-min-hop-rate=0.5", *way)
        result = project.run(*arguments)
        assert (result.ret, "before its end" in result.stderr.str()) == (status, False)


BEFORE = "mmina: a hook ended this session without an error, but nothing was decided"
AFTER = "mmina: a hook ended this session without an error, but gate: CLOSED: hop success rate 0.0% < 50.0%"


@pytest.mark.three_ways
@pytest.mark.parametrize(
    ("hook", "told"),
    [
        ("def pytest_sessionfinish():\n    pytest.exit('done', returncode=0)", AFTER),
        (
            "@pytest.hookimpl(wrapper=True, tryfirst=True)\ndef pytest_sessionfinish():\n"
            "    pytest.exit('done', returncode=0)\n    yield",
            BEFORE,
        ),
        (
            "@pytest.hookimpl(wrapper=True, tryfirst=True)\ndef pytest_sessionfinish():\n"
            "    yield\n    pytest.exit('done', returncode=0)",
            AFTER,
        ),
    ],
    ids=["a-hook", "around-and-before", "around-and-after"],
)
def test_a_hook_that_ends_the_session_does_not_open_the_gate(project: Project, way: Way, hook: str, told: str) -> None:
    project.task("compare/1")
    # The workers of pytest-xdist have hooks too, and would only crash.
    hook = hook.replace("    pytest.exit", "    if 'PYTEST_XDIST_WORKER' not in os.environ: pytest.exit")
    project.add_to_conftest("import os, pytest\n" + hook)
    result = project.run("tasks", "--mmina-agent=bots:Nothing", "--mmina-min-hop-rate=0.5", *way)
    assert (result.ret, told in result.stderr.str()) == (1, True)


@pytest.mark.parametrize("option", ["--help", "--markers", "--fixtures", "--collect-only", "--version"])
def test_what_runs_nothing_needs_no_end(project: Project, option: str) -> None:
    project.task("compare/1")
    result = project.run("tasks", option)
    assert (result.ret, result.stderr.str()) == (0, "")


def test_what_was_printed_before_is_printed_once(project: Project) -> None:
    project.task("compare/1")
    project.file("early.py", "import atexit, sys\nsys.__stdout__.write('early')\natexit.register(print, 'late')\n")
    result = project.run("-s", "-p", "early", "tasks", "--mmina-agent", "bots:Plays")
    assert (result.stdout.str().count("early"), result.stdout.str().count("late")) == (1, 1)


def test_a_program_that_calls_pytest_is_not_forked(project: Project) -> None:
    project.task("compare/1")
    program = """
        import os, sys, pytest
        process = os.getpid()

        class Sees:
            def pytest_sessionfinish(self):
                self.process = os.getpid()

        sees = Sees()
        status = pytest.main(["-p", "no:cacheprovider", "--mmina", "--mmina-no-html", "tasks", *sys.argv[1:]], [sees])
        assert os.getpid() == sees.process == process
        print("ended with", int(status))
    """
    file = project.file("program.py", "\n".join(line[8:] for line in program.splitlines()))
    for agent, told in (("bots:Plays", "ended with 0"), ("bots:Nothing", "ended with 1")):
        command = [sys.executable, str(file), f"--mmina-agent={agent}"]
        done = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=False)
        assert told in done.stdout, done.stderr
    # What Python itself offers for this is still noticed.
    project.file("leaving.py", LEAVES.format(way_out="os._exit(0)"))
    command[-1] = "--mmina-agent=leaving:Leaves"
    done = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "before its end" in done.stderr


WAITS = """
import os, time
from pathlib import Path

def test_waits():
    Path("waiting").write_text(str(os.getpid()))
    time.sleep(600)
"""


class Waiting:
    """A session of its own group, in the middle of a test."""

    def __init__(self, project: Project, *way: str) -> None:
        project.file("test_waits.py", WAITS)
        command = [
            sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--mmina", "--mmina-no-html", "test_waits.py",
            *GATED, *way,
        ]  # fmt: skip
        self.session = subprocess.Popen(
            command, cwd=project.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
            # A job in the background ignores interrupts, and so would what it starts.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )  # fmt: skip
        place = project.folder / "waiting"
        wait_for(lambda: place.exists() and bool(place.read_text()))
        self.processes = [psutil.Process(self.session.pid), *psutil.Process(self.session.pid).children(recursive=True)]

    def ended(self) -> tuple[int, str]:
        """The exit status and the output, when nothing of the session is left."""
        output, _ = self.session.communicate(timeout=60)
        wait_for(lambda: not any(map(lives, self.processes)))
        return self.session.returncode, output


def lives(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)  # other processes are waited for, and give no sign


@pytest.mark.parametrize(
    ("workers", "whom"), [((), "process"), ((), "both"), (("-n2",), "group")], ids=["process", "both", "group-n2"]
)
def test_an_interrupt_arrives_once(project: Project, workers: Way, whom: str) -> None:
    waiting = Waiting(project, *workers)
    if whom in ("process", "both"):
        os.kill(waiting.session.pid, signal.SIGINT)
    if whom in ("group", "both"):
        os.killpg(waiting.session.pid, signal.SIGINT)
    status, output = waiting.ended()
    assert status == pytest.ExitCode.INTERRUPTED
    assert "gate: CLOSED" in output
    assert "KeyboardInterrupt" in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("workers", "number"),
    [((), signal.SIGTERM), ((), signal.SIGKILL), (("-n2",), signal.SIGKILL)],
    ids=["term", "kill", "kill-n2"],
)
def test_a_session_that_is_killed_leaves_no_process(project: Project, workers: Way, number: signal.Signals) -> None:
    waiting = Waiting(project, *workers)
    os.kill(waiting.session.pid, number)
    assert waiting.ended()[0] == -number


def test_a_session_that_runs_out_of_memory_ends_as_it_did(project: Project) -> None:
    waiting = Waiting(project)
    os.kill(int((project.folder / "waiting").read_text()), signal.SIGKILL)
    status, output = waiting.ended()
    assert status == -signal.SIGKILL
    assert "mmina: the process of this session was ended by SIGKILL before its end" in output
