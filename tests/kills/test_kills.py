"""Processes that are killed at random moments: every session is taken up again and ends as if nothing had happened.

`make kills` kills forty times in sessions of all bundled tasks; the suite takes a sample of one, in fewer tasks.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.long]

KILLS = int(os.environ.get("MMINA_KILLS", "0"))
SEED = int(os.environ.get("MMINA_SEED", "1"))
KINDS = ("worker", "controller", "browser", "agent")

AGENT = '''
import os, signal
from pathlib import Path
from pytest_mmina import load_tasks
from pytest_mmina.bundled import bundled

SOLUTIONS = {task.intent: task.oracle for task in load_tasks(bundled("tasks"))}

class Doomed:
    """Does a part of each task; where a file says so, takes its process with it in mid-episode."""

    def reset(self, intent):
        lines = SOLUTIONS[intent]
        self.lines = list(lines[: len(lines) * 2 // 3])

    def act(self, observation):
        try:
            Path("doom").unlink()
        except FileNotFoundError:
            return self.lines.pop(0) if self.lines else "stop"
        os.kill(os.getpid(), signal.SIGKILL)
'''


class Runs:
    """Sessions in a folder of their own, and the processes that belong to them."""

    def __init__(self, folder: Path, *, selection: list[str]) -> None:
        self.folder, self._selection = folder, selection
        (folder / "agent.py").write_text(AGENT)

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a session in two workers."""
        command = [
            sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--mmina", "-n2", "--mmina-agent=agent:Doomed",
            # A session is to be taken up after each kill, so a browser that was killed is not replaced at once.
            "--mmina-min-hop-rate=0.01", "--mmina-retries=0", *self._selection, *arguments,
        ]  # fmt: skip
        with (self.folder / "output.txt").open("w") as output:
            return subprocess.Popen(command, cwd=self.folder, stdout=output, stderr=subprocess.STDOUT, text=True)

    def finished(self) -> int:
        """How many episodes are on the disk."""
        return sum(file.read_bytes().count(b"\n") for file in (self.folder / "mmina-results").glob("episodes*.jsonl"))

    def has(self, number: int) -> bool:
        """Whether so many episodes are on the disk."""
        return self.finished() >= number

    def outcome(self) -> dict[str, Any]:
        """What a session left, times aside."""
        folder = self.folder / "mmina-results"
        lines = (folder / "episodes.jsonl").read_text().splitlines()
        return {
            "summary": json.loads((folder / "summary.json").read_text()),
            # Its command line takes up a session, and each run has an identity of its own.
            "session": {**json.loads((folder / "session.json").read_text()), "ran": None, "runs": None},
            "episodes": [{**json.loads(line), "seconds": 0, "run": ""} for line in lines],
            "files": sorted(path.name for path in folder.glob("*.json*")),
        }


def test_a_run_that_is_killed_again_and_again_ends_as_if_nothing_had_been(tmp_path: Path) -> None:
    """Kills come every few episodes; whenever a session is dead or has errored, the next one takes it up.

    A run that is complete is held against the unbroken one; where kills are left, another run begins.
    """
    dice = Random(SEED)
    runs = Runs(tmp_path, selection=[] if KILLS else ["-k", "compare"])
    assert runs.begin().wait(timeout=1200) == 0, (tmp_path / "output.txt").read_text()
    unbroken = runs.outcome()
    assert len(unbroken["episodes"]) == (105 if KILLS else 10)
    assert 0 < unbroken["summary"]["hop_success_rate"] < 1
    ahead = kinds(KILLS, dice) if KILLS else ["controller", "browser"]
    while ahead:
        (tmp_path / "mmina-results/episodes.jsonl").unlink()  # so that what is counted is this run's
        sessions = killed_run(runs, ahead, dice)
        told = f"{sessions} sessions, {len(ahead)} kills left"
        print(f"a run is complete: {told}", flush=True)
        assert list(differences(unbroken, runs.outcome())) == [], told


def killed_run(runs: Runs, ahead: list[str], dice: Random) -> int:
    """Run all tasks to their end through the kills ahead, taken from the list; gives the number of sessions."""
    session, sessions, unkilled = runs.begin(), 1, 0
    below: list[int] = []
    while True:
        if ahead:
            wait_for(partial(runs.has, runs.finished() + dice.randint(1, 4)), session)
        status = session.poll() if ahead else session.wait(timeout=1200)
        if status is None:
            below += [process for process, _ in descendants(session.pid)]
            if kill(ahead[-1], session, dice, runs.folder):
                print(f"{ahead.pop()} killed after {runs.finished()} episodes, session {sessions}", flush=True)
                unkilled = 0
            continue
        if status == 0:
            break
        assert unkilled < 3, f"status {status}\n{(runs.folder / 'output.txt').read_text()}"
        # With the controller dead at once there may be nothing to take up yet.
        is_begun = any((runs.folder / "mmina-results").glob("episodes*.jsonl"))
        session = runs.begin(*(["--mmina-resume=mmina-results"] if is_begun else []))
        sessions, unkilled = sessions + 1, unkilled + 1
    for process in list(remains(below)):
        os.kill(process, signal.SIGKILL)
    return sessions


def differences(unbroken: dict[str, Any], resumed: dict[str, Any]) -> Iterator[str]:
    """What a session that was taken up again left otherwise than an unbroken one."""
    for before, now in zip(unbroken["episodes"], resumed["episodes"], strict=False):
        yield from (
            f"{now['case']}: {name}: {now[name]} for {before[name]}" for name in now if now[name] != before[name]
        )
    for part in ("summary", "session", "files"):
        if unbroken[part] != resumed[part]:
            yield f"{part}: {resumed[part]} for {unbroken[part]}"


def kinds(number: int, dice: Random) -> list[str]:
    """Every kind as often as any other, in no order."""
    found = [KINDS[place % len(KINDS)] for place in range(number)]
    dice.shuffle(found)
    return found


def kill(kind: str, session: subprocess.Popen[str], dice: Random, folder: Path) -> bool:
    """Kill a process of a session, as soon as there is one of that kind; says whether the session lived to see it."""
    while session.poll() is None:
        if kind == "controller":
            session.kill()
            return session.wait(timeout=60) == -signal.SIGKILL
        if kind == "agent":
            (folder / "doom").touch()
            wait_for(lambda: not (folder / "doom").exists(), session)
            try:
                (folder / "doom").unlink()
            except FileNotFoundError:
                return True
            return False
        below = descendants(session.pid)
        is_one = is_browser if kind == "browser" else is_worker
        chosen = [process for process, command in below if is_one(command)]
        with suppress(ProcessLookupError):  # it has just ended by itself
            if chosen:
                os.kill(dice.choice(chosen), signal.SIGKILL)
                return True
    return False


def is_worker(command: str) -> bool:
    """Whether a process is one of xdist's."""
    return "exec(eval(" in command


def is_browser(command: str) -> bool:
    """Whether a process is a browser's main one: no process of its own, and no shell script that began it."""
    return "chrom" in command.split()[0].lower() and "--type=" not in command


def descendants(root: int) -> Iterator[tuple[int, str]]:
    """The processes below one, with their command lines."""
    lines = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in lines.splitlines()[1:]]
    below = {root}
    for process, parent, command in rows:
        if int(parent) in below:
            below.add(int(process))
            yield int(process), command


def remains(processes: list[int]) -> Iterator[int]:
    """Those of them that are still there and are still ours."""
    for process in processes:
        try:
            command = Path(f"/proc/{process}/cmdline").read_bytes()
        except OSError:
            continue
        if b"exec(eval(" in command or b"headless" in command or b"playwright" in command:
            yield process


def wait_for(condition: Any, session: subprocess.Popen[str]) -> None:
    """Look until something has come about, or the session has ended."""
    while not condition() and session.poll() is None:
        time.sleep(0.02)  # another process is waited for, and gives no sign but what it writes
