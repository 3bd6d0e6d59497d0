"""Installs a Chromium on a machine that has none."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import sync_playwright

from pytest_mmina.browser.launch import find_chromium, launch_arguments
from pytest_mmina.core.errors import BrowserError


def ensure_chromium() -> str:
    """Find a Chromium that starts, or else download Playwright's, or else install the one of the distribution.

    Returns a description of the Chromium. Raises BrowserError with the commands to try by hand if nothing works.
    """
    for command in ((), *_installations()):
        if command and not _runs(command):
            continue
        try:
            found = find_chromium()
            _start_once()
        except BrowserError as error:
            last = error
        else:
            return found
    raise last


def _installations() -> list[tuple[str, ...]]:
    # Only root can install the system libraries that Playwright's Chromium needs. Other machines usually have them.
    with_libraries = ("--with-deps",) if sys.platform == "linux" and os.geteuid() == 0 else ()
    commands: list[tuple[str, ...]] = [
        (sys.executable, "-m", "playwright", "install", *with_libraries, "--only-shell", "chromium")
    ]
    if shutil.which("apt-get"):
        elevated = () if os.geteuid() == 0 else ("sudo", "-n")
        refresh = (*elevated, "apt-get", "update")
        for package in ("chromium-headless-shell", "chromium"):
            commands += [refresh, (*elevated, "apt-get", "install", "-y", "--no-install-recommends", package)]
    return commands


def _runs(command: Sequence[str]) -> bool:
    print(f"$ {' '.join(command)}", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, check=False).returncode == 0
    except FileNotFoundError:
        return False


def _start_once() -> None:
    try:
        with sync_playwright() as playwright:
            playwright.chromium.launch(**launch_arguments({})).close()
    except PlaywrightError as error:
        raise BrowserError(f"Chromium was found, but it does not start: {error}") from None
