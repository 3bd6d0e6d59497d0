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
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

KILLS = int(os.environ.get("MMINA_KILLS", "0"))
SEED = int(os.environ.get("MMINA_SEED", "1"))
KINDS = ("worker", "controller", "browser", "agent")

AGENT = '''
import os, signal
from pathlib import Path
from pytest_mmina.agents.reading import names_in

ARTICLE = "goto [https://library.kiwix.org/viewer#wikipedia_en_all_maxi_2024-01/A/{}]"

class Doomed:
    """Looks up the first places that it reads of; where a file says so, takes its process with it in mid-episode."""

    def reset(self, intent):
        question = intent.partition("Question:")[2] or intent
        self.lines = [ARTICLE.format(name.replace(" ", "_")) for name in names_in(question)[:2]]

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
            "--mmina-min-hop-rate=0.01", *self._selection, *arguments,
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
            "session": json.loads((folder / "session.json").read_text()),
            "episodes": [{**json.loads(line), "seconds": 0} for line in lines],
            "files": sorted(path.name for path in folder.glob("*.json*")),
        }


def test_a_session_that_was_killed_ends_as_if_it_had_not_been(tmp_path: Path) -> None:
    dice = Random(SEED)
    runs = Runs(tmp_path, selection=[] if KILLS else ["-k", "compare"])
    session = runs.begin()
    assert session.wait(timeout=1200) == 0, (tmp_path / "output.txt").read_text()
    unbroken = runs.outcome()
    tasks = len(unbroken["episodes"])
    assert tasks == (105 if KILLS else 10)
    assert 0 < unbroken["summary"]["hop_success_rate"] < 1
    for number, kind in enumerate(kinds(KILLS or 1, dice), start=1):
        session = runs.begin()
        # An episode of the last session counts until this one has its first.
        wait_for(lambda: not (tmp_path / "mmina-results/summary.json").exists(), session)
        moment = dice.randrange(tasks)
        wait_for(partial(runs.has, moment), session)
        killed = kill(kind, session, dice, tmp_path)
        finished, ended = runs.finished(), session.wait(timeout=1200)
        (tmp_path / "doom").unlink(missing_ok=True)  # where the session was over before any agent saw it
        resumed = runs.begin("--mmina-resume=mmina-results")
        status = resumed.wait(timeout=1200)
        told = f"kill {number}: {kind} after {finished} of {tasks} episodes; status {ended}, resumed {status}"
        print(told, flush=True)
        assert status == 0, f"{told}\n{(tmp_path / 'output.txt').read_text()}"
        assert list(differences(unbroken, runs.outcome())) == [], told
        for process in list(remains(killed)):
            os.kill(process, signal.SIGKILL)


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
    """Every kind as often as any other, in no order; a single one is the controller, the worst of them."""
    if number == 1:
        return ["controller"]
    found = [KINDS[place % len(KINDS)] for place in range(number)]
    dice.shuffle(found)
    return found


def kill(kind: str, session: subprocess.Popen[str], dice: Random, folder: Path) -> list[int]:
    """Kill a process of a session; gives those that belonged to it, which must not outlive the test."""
    below = list(descendants(session.pid))
    processes = [process for process, _ in below]
    if kind == "agent":
        (folder / "doom").touch()
        return processes
    if kind == "controller":
        session.kill()
        return processes
    workers = [process for process, command in below if "exec(eval(" in command]
    browsers = [process for process, command in below if is_browser(command)]
    chosen = workers if kind == "worker" else browsers
    if chosen:
        os.kill(dice.choice(chosen), signal.SIGKILL)
    else:
        print(f"there was no {kind} to kill")
    return processes


def is_browser(command: str) -> bool:
    """Whether a process is a browser's main one: no renderer of it, and no shell that has begun it."""
    return "--headless" in command and "--type=" not in command and not command.startswith("/bin/sh")


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
