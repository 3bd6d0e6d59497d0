"""The rates so far and the time left, as one who looks on sees them."""

import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.plugin.progress import Progress, clock_time
from pytest_mmina.results.journal import Journal
from pytest_mmina.results.plan import Plan
from tests.gate.records import record
from tests.plugin.project import Project

Way = tuple[str, ...]
TITLE = re.compile(r"\x1b]2;(.*?)\x07")


def test_rates_and_time_left(tmp_path: Path) -> None:
    """Four tasks, one of them finished by an earlier session, one expected to take as long as the others together."""
    times: Iterator[float] = iter([0.0, 100.0, 110.0, 130.0, 130.0])
    old, long, short, last = (record(f"a/{number}", number % 3, 2) for number in range(4))
    journal, records = Journal(tmp_path), {old.identity: old}
    journal.plan(Plan(planned=(old, long, short, last)))
    seconds = {"a/1": 20.0, "a/2": 10.0, "a/3": 10.0}
    progress = Progress(records=records, journal=journal, seconds=seconds, clock=lambda: next(times))
    written: list[str] = []
    reporter: Any = SimpleNamespace(
        write_raw=lambda text, flush: written.append(text),
        _screen_width=100,
        _get_progress_information_message=lambda: " [ 50%]",
    )
    with progress.shown_by(reporter):
        for episode in (long, short, last):
            records[episode.identity] = episode
            progress.pytest_runtest_logreport()
            progress.pytest_runtest_logreport()
            column = reporter._get_progress_information_message() if episode is short else ""
            if column:
                assert column == " [hops 50% tasks 33% 0:10 left] [ 50%]"
                assert reporter._screen_width < 100
    assert written[0] == "\x1b[22;2t"
    assert [TITLE.fullmatch(text)[1] for text in written[1:-1]] == [  # type: ignore[index]
        "mmina 2 of 4: hops 25% tasks 0% 0:10 left",
        "mmina 3 of 4: hops 50% tasks 33% 0:10 left",
        "mmina 4 of 4: hops 38% tasks 25%",
    ]
    assert written[-1] == "\x1b[23;2t"
    assert (reporter._screen_width, reporter._get_progress_information_message()) == (100, " [ 50%]")


def test_a_terminal_that_pytest_has_no_column_for_is_left_alone(tmp_path: Path) -> None:
    records: dict[tuple[str, int, str], EpisodeRecord] = {}
    with Progress(records=records, journal=Journal(tmp_path), seconds={}).shown_by(
        SimpleNamespace(write_raw=lambda text, flush: None)
    ):
        assert Progress(records=records, journal=Journal(tmp_path), seconds={}).column() == ""


@pytest.mark.parametrize(("seconds", "shown"), [(5, "0:05"), (125.4, "2:05"), (3725, "1:02:05")])
def test_durations(seconds: float, shown: str) -> None:
    assert clock_time(seconds) == shown


def test_a_terminal_shows_them_and_a_file_does_not(project: Project, way: Way) -> None:
    for number in (1, 2):
        project.task(f"compare/{number}")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--mmina", "--mmina-agent=bots:Half", "tasks"]
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    with subprocess.Popen([*command, *way], cwd=project.folder, stdout=theirs, stderr=theirs, env=environment):
        os.close(theirs)
        shown = "".join(_read(ours))
    titles = TITLE.findall(shown)
    assert [title.partition(":")[0] for title in titles] == ["mmina 1 of 2", "mmina 2 of 2"]
    assert "hops 50% tasks 0%" in titles[1]
    assert re.search(r"\[hops 50% tasks 0%\] \[100%\]", shown)
    assert shown.count("\x1b[22;2t") == shown.count("\x1b[23;2t") == 1
    result = project.run("tasks", "--mmina-agent=bots:Half", *way)
    assert "\x1b" not in result.stdout.str()
    assert "tasks 0%]" not in result.stdout.str()


def _read(terminal: int) -> Iterator[str]:
    try:
        while block := os.read(terminal, 65536):
            yield block.decode("utf-8", "replace")
    except OSError:  # so Linux says that nobody writes any more
        pass
    finally:
        os.close(terminal)
