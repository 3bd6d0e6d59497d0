import pytest
from playwright.sync_api import Playwright

from pytest_mmina.browser.walk import register_walk


@pytest.fixture(scope="session", autouse=True)
def walk(playwright: Playwright) -> None:
    """Every page is given the script that walks it."""
    register_walk(playwright.selectors)
