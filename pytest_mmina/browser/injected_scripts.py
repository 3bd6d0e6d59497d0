"""The scripts that are injected into documents: one reads them, the other counts what is due in them."""

import json
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from importlib.resources import files

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Selectors

from pytest_mmina.browser.references import ENGINE

_PAGE_SCRIPT_PARTS = (
    "dom", "facts", "roles", "states", "names", "tree", "references", "pieces", "aria", "webarena", "html", "marks",
    "settling", "observe", "obstacles", "acting", "engine",
)  # fmt: skip


@cache
def page_script() -> str:
    """Return the page script: its parts, joined to the function that Playwright expects of a selector engine."""
    lines = "\n".join(map(_source, _PAGE_SCRIPT_PARTS)).splitlines()
    # Every new document parses the script, so comments and indents are removed.
    kept = "\n".join(line.strip() for line in lines if not line.lstrip().startswith("//"))
    return f'(() => {{ "use strict";\n{kept}\n}})()'


def first_script(now: datetime | None, *, moving: Iterable[str] = ()) -> str:
    """Return the script that runs in every document before the page's own scripts.

    With `now`, the clock is fixed at that time and Math.random is seeded, except on the hosts in `moving`.
    """
    still = ""
    if now is not None:
        still = f"({_source('still')})({now.timestamp() * 1000:.0f}, {json.dumps(sorted(moving))});\n"
    # `departing` has to keep the original functions before `pending` wraps them.
    return still + _source("departing") + _source("pending")


@cache
def _source(part: str) -> str:
    return (files("pytest_mmina.browser") / "page_script" / f"{part}.js").read_text(encoding="utf-8")


def register_page_script(selectors: Selectors) -> None:
    """Make Playwright run the page script in every document, in an isolated world that the page cannot reach."""
    try:
        selectors.register(ENGINE, page_script(), content_script=True)
    except PlaywrightError as error:
        if "already registered" not in str(error):
            raise
