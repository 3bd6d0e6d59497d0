"""The script that walks a page, and the one question that an observation is."""

from functools import cache
from importlib.resources import files

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Selectors

from pytest_mmina.browser.references import ENGINE

_PARTS = ("dom", "facts", "roles", "states", "names", "tree", "references", "aria", "observe", "engine")


@cache
def page_script() -> str:
    """The parts of the page script, put together as the function that Playwright wants of a selector engine."""
    folder = files("pytest_mmina.browser") / "page_script"
    parts = "\n".join((folder / f"{part}.js").read_text(encoding="utf-8") for part in _PARTS)
    return f'(() => {{ "use strict";\n{parts}\n}})()'


def register_walk(selectors: Selectors) -> None:
    """Make Playwright bring the page script to every document, into a world that the page has no part in."""
    try:
        selectors.register(ENGINE, page_script(), content_script=True)
    except PlaywrightError as error:
        if "already registered" not in str(error):
            raise
