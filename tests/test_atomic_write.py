"""A file is written whole or not at all."""

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
