"""The `mmina` command: what is done around a session, not in it."""

import argparse
import sys
from collections.abc import Sequence

from pytest_mmina import __version__
from pytest_mmina.core.errors import MminaError
from pytest_mmina.result_commands import add_result_commands


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status, 1 for an error that is told on stderr."""
    parser = argparse.ArgumentParser(
        prog="mmina", description="Around `pytest --mmina`: what is done outside a session."
    )
    parser.add_argument("--version", action="version", version=f"pytest-mmina {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    browser = commands.add_parser("browser", help="say which Chromium would be used", description=_browser.__doc__)
    browser.add_argument("--install", action="store_true", help="get one if there is none that starts")
    browser.set_defaults(run=_browser)
    add_result_commands(commands)
    options = parser.parse_args(arguments)
    try:
        status: int | None = options.run(options)
    except MminaError as error:
        print(f"mmina: {error}", file=sys.stderr)
        return 1
    return status or 0


def _browser(options: argparse.Namespace) -> None:
    """Say which Chromium a session would use: Playwright's download, or the first one on PATH."""
    from pytest_mmina.browser.install import ensure_chromium
    from pytest_mmina.browser.launch import find_chromium

    print(f"Chromium: {ensure_chromium() if options.install else find_chromium()}")
