"""A file is written whole or not at all."""

import os
import sys
import threading
from pathlib import Path

import pytest

from pytest_mmina.atomic_write import atomic_write


@pytest.mark.parametrize("durable", [True, False])
def test_the_file_appears_when_all_is_written(tmp_path: Path, durable: bool) -> None:
    file = tmp_path / "new folder" / "results.json"
    with atomic_write(file, durable=durable) as opened:
        opened.write(b"first, ")
        assert not file.exists()
        opened.write(b"second")
    assert file.read_bytes() == b"first, second"
    assert [path.name for path in file.parent.iterdir()] == ["results.json"]


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_cannot_be_finished_leaves_the_old_file(tmp_path: Path, error: BaseException) -> None:
    file = tmp_path / "results.json"
    file.write_bytes(b"old")

    def write_half() -> None:
        with atomic_write(file) as opened:
            opened.write(b"half of the ne")
            raise error

    with pytest.raises(type(error)):
        write_half()
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes in folders")
@pytest.mark.parametrize("linked", [False, True])
def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path, linked: bool) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    file = tmp_path / "link" if linked else pipe
    if linked:
        file.symlink_to(pipe)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    with atomic_write(file, durable=True) as opened:
        opened.write(b"results")
    reader.join(10)
    assert read == [b"results"]
    assert pipe.is_fifo()
    assert file.is_symlink() is linked


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="there is no /dev/stdout")
def test_what_is_under_dev_stays_what_it_is(capfd: pytest.CaptureFixture[str]) -> None:
    # Somebody with the rights to do so would otherwise replace /dev/null for every program on the machine.
    for name in ("/dev/null", "/dev/stdout"):
        before = os.lstat(name)
        with atomic_write(Path(name)) as opened:
            opened.write(b"results")
        after = os.lstat(name)
        assert (after.st_mode, after.st_ino) == (before.st_mode, before.st_ino)
    assert capfd.readouterr().out == "results"
