"""Which Chromium to launch, and how."""

import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import playwright

from pytest_mmina.core.errors import BrowserError

ON_PATH = ("chromium-headless-shell", "chromium", "google-chrome")
MISSING = """no Chromium was found: pytest-playwright names none (executable_path, --browser-channel), Playwright \
has downloaded none, and none of {names} is on PATH. Install one with either of these lines:
    playwright install --with-deps --only-shell chromium
    apt-get update && apt-get install -y chromium-headless-shell"""

# Switches off what would bypass the proxy: WebRTC, and the requests that a full Chromium sends to its maker.
CONFINED = (
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def launch_arguments(given: dict[str, Any], *, trusted_key: str = "") -> dict[str, Any]:
    """Return pytest-playwright's launch arguments, completed with a Chromium and with flags against leaks.

    `trusted_key` is the hash of a public key: certificates with it are trusted also where a context's setting to ignore
    errors does not hold, which is so for the scripts of service workers.
    If the arguments name a browser, it is kept. Otherwise Playwright's own download is used, or else a Chromium on
    PATH. Raises BrowserError with the commands that install one if there is none.
    """
    trusted = [f"--ignore-certificate-errors-spki-list={trusted_key}"] if trusted_key else []
    completed = {**given, "args": [*given.get("args", []), *CONFINED, *trusted]}
    headless = given.get("headless", True)
    if not (given.get("executable_path") or given.get("channel") or _is_downloaded(headless=headless)):
        completed["executable_path"] = find_on_path(headless=headless)
    return completed


def find_chromium() -> str:
    """Return a description of the Chromium that would be launched; raises BrowserError if there is none."""
    return "downloaded by Playwright" if _is_downloaded(headless=True) else find_on_path()


def find_on_path(*, headless: bool = True) -> str:
    """Return the path of a Chromium on PATH; raises BrowserError if there is none.

    The headless shell comes first, because it starts in a quarter of the time.
    """
    for name in ON_PATH if headless else ON_PATH[1:]:
        if found := shutil.which(name):
            return found
    raise BrowserError(MISSING.format(names=", ".join(ON_PATH)))


def _is_downloaded(*, headless: bool) -> bool:
    # Asking Playwright's driver instead would cost every session 0.3 s to start it.
    registry = Path(playwright.__file__).parent / "driver" / "package" / "browsers.json"
    wanted = "chromium-headless-shell" if headless else "chromium"
    try:
        listed = json.loads(registry.read_text(encoding="utf-8"))["browsers"]
        revision = next(entry["revision"] for entry in listed if entry["name"] == wanted)
    except (OSError, ValueError, KeyError, StopIteration):
        return False
    folder = _download_folder() / f"{wanted.replace('-', '_')}-{revision}"
    return (folder / "INSTALLATION_COMPLETE").is_file()


def _download_folder() -> Path:
    named = os.environ.get("PLAYWRIGHT_BROWSERS_PATH", "")
    if named == "0":
        return Path(playwright.__file__).parent / "driver" / "package" / ".local-browsers"
    if named:
        return Path(named)
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ms-playwright"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "ms-playwright"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "ms-playwright"
