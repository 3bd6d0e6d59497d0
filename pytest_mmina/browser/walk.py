"""The scripts that documents are given: one that walks them, and one that keeps count of what is due in them."""

import json
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from importlib.resources import files

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Selectors

from pytest_mmina.browser.references import ENGINE

_PARTS = (
    "dom", "facts", "roles", "states", "names", "tree", "references", "pieces", "aria", "webarena", "html", "marks",
    "settling", "observe", "obstacles", "acting", "engine",
)  # fmt: skip


@cache
def page_script() -> str:
    """The parts of the page script, put together as the function that Playwright wants of a selector engine."""
    lines = "\n".join(map(_source, _PARTS)).splitlines()
    # Every new document reads it all, so it comes without comments and indents.
    kept = "\n".join(line.strip() for line in lines if not line.lstrip().startswith("//"))
    return f'(() => {{ "use strict";\n{kept}\n}})()'


def first_script(now: datetime | None, *, moving: Iterable[str] = ()) -> str:
    """What runs in every document before the page's own scripts.

    With `now`, its clock and its dice stand still, but on the hosts in `moving`.
    """
    still = ""
    if now is not None:
        still = f"({_source('still')})({now.timestamp() * 1000:.0f}, {json.dumps(sorted(moving))});\n"
    # The first takes hold of what the second counts the use of.
    return still + _source("departing") + _source("pending")


@cache
def _source(part: str) -> str:
    return (files("pytest_mmina.browser") / "page_script" / f"{part}.js").read_text(encoding="utf-8")


def register_walk(selectors: Selectors) -> None:
    """Make Playwright bring the page script to every document, into a world that the page has no part in."""
    try:
        selectors.register(ENGINE, page_script(), content_script=True)
    except PlaywrightError as error:
        if "already registered" not in str(error):
            raise
