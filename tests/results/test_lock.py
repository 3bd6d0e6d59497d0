"""The lock of a results folder."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_mmina.results.lock import LOCK, FolderInUseError, FolderLock, is_locked, read_holder

HOLDS = """
import os, sys, time
from pathlib import Path
from pytest_mmina.results.lock import FolderLock
lock = FolderLock(Path(sys.argv[1]))
lock.acquire(agent="a:B", run="r1")
child = os.fork()
os.write(1, b"%d\\n" % (os.getpid() if child else -os.getpid()))
time.sleep(600)
"""


def holder(folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(folder)],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip


def test_a_lock_ends_with_its_process_and_not_with_a_forked_one(tmp_path: Path) -> None:
    held = holder(tmp_path)
    assert held.stdout is not None
    processes = [int(held.stdout.readline()) for _ in range(2)]
    child = next(-process for process in processes if process < 0)
    try:
        assert is_locked(tmp_path)
        with pytest.raises(FolderInUseError, match=rf"in use by the session of agent a:B \(process {held.pid} on "):
            FolderLock(tmp_path).acquire(agent="a:C", run="r2")
        held.kill()
        held.wait(timeout=60)
        os.kill(child, 0)  # it is still there
        assert not is_locked(tmp_path)
        assert (tmp_path / LOCK).exists(), "the sign of a session that did not end"
        lock = FolderLock(tmp_path)
        lock.acquire(agent="a:C", run="r2")
    finally:
        os.kill(child, signal.SIGKILL)
        held.kill()
        held.stdout.close()
    found = read_holder(tmp_path)
    assert found is not None
    assert (found.pid, found.agent, found.run) == (os.getpid(), "a:C", "r2")
    assert is_locked(tmp_path)
    lock.release()
    lock.release()
    assert not (tmp_path / LOCK).exists()
    assert not is_locked(tmp_path)


def test_who_holds_a_lock_is_not_needed_to_see_that_it_is_held(tmp_path: Path) -> None:
    lock = FolderLock(tmp_path)
    lock.acquire(agent="a:B", run="r1")
    (tmp_path / LOCK).write_text("{")
    with pytest.raises(FolderInUseError, match="in use by another session"):
        FolderLock(tmp_path).acquire(agent="a:C", run="r2")
    lock.release()
