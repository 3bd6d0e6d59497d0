"""The files that agents may upload: only those in the folders that the user names."""

from collections.abc import Callable, Sequence
from difflib import get_close_matches
from pathlib import Path, PurePosixPath, PureWindowsPath

from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from pytest_mmina.core.errors import ActionFailed
from pytest_mmina.core.language.actions import Action

_MOST_NAMED = 10
_CHOOSER_PATIENCE = 2.0


def choose_files(
    action: Action, page: Page, folders: Sequence[Path], click: Callable[[float], object], *, timeout: float
) -> None:
    """Click, and give the file chooser that opens the files that an action names.

    `timeout` is in seconds, the argument of `click` in milliseconds. Raises ActionFailed if no file chooser opens.
    """
    files = offered_files(action, folders)
    limit = min(timeout, _CHOOSER_PATIENCE) * 1000
    try:
        with page.expect_file_chooser(timeout=limit) as chooser:
            click(limit)
    except PlaywrightTimeout:
        raise ActionFailed(f"{action}: no file chooser opened") from None
    chooser.value.set_files(files, timeout=limit)


def offered_files(action: Action, folders: Sequence[Path]) -> list[Path]:
    """Return the files that an action names; see `offered_file`."""
    return [offered_file(name, folders) for name in action.values]


def offered_file(name: str, folders: Sequence[Path]) -> Path:
    """Return the file with this name, relative to one of the folders; the first folder that has it counts.

    Raises ActionFailed if the name leads out of the folder (by `..`, a link or an absolute path), and with the nearest
    names if there is no such file.
    """
    if not folders:
        raise ActionFailed("no files are offered for upload (the ini value mmina_uploads names their folders)")
    parts = (*PurePosixPath(name).parts, *PureWindowsPath(name).parts)
    if "\0" in name or ".." in parts or PurePosixPath(name).is_absolute() or PureWindowsPath(name).anchor:
        raise ActionFailed(f"{name!r} leads out of the folders with files for upload: give a name inside them")
    for folder in folders:
        file = (folder / name).resolve()
        if file.is_relative_to(folder.resolve()) and file.is_file():
            return file
    offered = sorted(_names(folders))
    nearest = get_close_matches(name, offered, n=_MOST_NAMED, cutoff=0.4) or offered[:_MOST_NAMED]
    raise ActionFailed(f"no file {name!r} is offered for upload; offered are {', '.join(map(repr, nearest)) or 'none'}")


def _names(folders: Sequence[Path]) -> set[str]:
    return {
        file.relative_to(folder).as_posix()
        for folder in folders
        for file in folder.rglob("*")
        if file.is_file() and file.resolve().is_relative_to(folder.resolve())
    }
