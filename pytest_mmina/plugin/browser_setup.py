"""The browser of a case: behind the proxy, opened as its task asks; an agent that drives gets one of its own."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_mmina.core.language.trajectory import View
from pytest_mmina.core.tasks.task import Setting
from pytest_mmina.plugin.agent_setup import drives
from pytest_mmina.plugin.cases import TRACE, case_of, folder_of
from pytest_mmina.plugin.options import Options

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

    from pytest_mmina.browser.playwright_browser import PlaywrightBrowser
    from pytest_mmina.sites.web import HermeticWeb

_DRIVEN_SETTLE = 0.5
"""How many seconds a page that the agent drives may keep changing before it is observed."""


def confined_browser(
    browser_context_args: dict[str, Any], web: "HermeticWeb", setting: Setting, *, request: pytest.FixtureRequest
) -> "PlaywrightBrowser":
    """Put pytest-playwright's contexts behind the proxy and open them as the task of the case asks.

    An agent that drives the browser gets a browser of its own. Each case has its own folders for pictures and
    downloads.
    """
    from pytest_mmina.browser.driven_browser import DrivenPlaywrightBrowser, Profile
    from pytest_mmina.browser.playwright_browser import PlaywrightBrowser

    if "proxy" in browser_context_args:
        raise pytest.UsageError("browser_context_args sets a proxy, but --mmina puts its own before every context")

    still = {"ignore_https_errors": True, "locale": "en-US", "timezone_id": "UTC", "reduced_motion": "reduce"}
    defaults = {name: value for name, value in still.items() if name not in browser_context_args}
    asked = _context_arguments(setting)
    web.deployments = frozenset(setting.deployments)
    item = request.node
    options = Options.of(item.config)
    given: dict[str, Any] = {
        "view": View(formats=options.observation, viewport_only=options.viewport_only, limit=options.observation_limit),
        "pictures": picture_folder(item),
        "uploads": options.uploads,
        "downloads": _emptied(folder_of(item, "downloads")),
    }
    case = case_of(item)
    attempt = case.attempt if case is not None else None
    if attempt.drives if attempt is not None else drives(item.config, case.arm if case is not None else ""):
        name = request.getfixturevalue("browser_name")
        if name != "chromium":
            raise pytest.UsageError(f"drive: needs a Chromium, and --browser names {name}")
        launch = request.getfixturevalue("browser_type_launch_args")
        profile = Profile(request.getfixturevalue("browser_type"), launch)

        def open_profile(**arguments: Any) -> "BrowserContext":
            return profile.open(**{**defaults, **browser_context_args, **asked}, **arguments)

        # A driven page is observed often, so it need not be waited for long.
        settle = min(options.settle, _DRIVEN_SETTLE)
        return DrivenPlaywrightBrowser(profile, open_profile, web, settle_timeout=settle, **given)

    if item.config.getoption("tracing") != "off":
        trace = Path(request.getfixturevalue("output_path"), "trace.zip")
        item.stash[TRACE] = Path(os.path.relpath(trace, options.results.resolve())).as_posix()
    new_context: Callable[..., BrowserContext] = request.getfixturevalue("new_context")
    launched: Browser = request.getfixturevalue("browser")

    def open_context(**arguments: Any) -> "BrowserContext":
        # pytest-playwright passes on the user's own arguments beside those that it is given, so an argument of both
        # would be given twice. Here the task's and ours win.
        with pytest.MonkeyPatch.context() as patched:
            open_with = launched.new_context
            patched.setattr(
                launched, "new_context", lambda **users: open_with(**{**defaults, **users, **asked, **arguments})
            )
            return new_context()

    return PlaywrightBrowser(open_context, web, settle_timeout=options.settle, **given)


def picture_folder(item: pytest.Item) -> Path:
    """Return the folder for the pictures of a case, relative to where pytest was called if it lies below that."""
    name = re.sub(r"[^\w.-]+", "-", item.name).strip("-")
    subset = case.task.subset if (case := case_of(item)) else ""
    folder = Options.of(item.config).results / "pictures" / subset / name
    here = item.config.invocation_params.dir
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def _context_arguments(setting: Setting) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    if setting.storage_state:
        arguments["storage_state"] = setting.storage_state
    if setting.viewport is not None:
        arguments["viewport"] = dict(zip(("width", "height"), setting.viewport, strict=True))
    if setting.geolocation is not None:
        arguments["geolocation"] = dict(zip(("latitude", "longitude"), setting.geolocation, strict=True))
        arguments["permissions"] = ["geolocation"]
    return arguments


def _emptied(folder: Path) -> Path:
    # Files of an earlier session would look like this one's.
    shutil.rmtree(folder, ignore_errors=True)
    return folder
