"""A page in Chromium, that notes whatever it should not do."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.page.made import made_tasks, make_page, make_session

AXE = Path(__file__).parent / "axe" / "axe.min.js"


class Shown:
    """A page that was opened; `trouble` are dialogs, errors, and requests for anything but its own files."""

    def __init__(self, page: Page, root: str) -> None:
        self.page, self.root = page, root
        self.trouble: list[str] = []
        page.on("dialog", self._dismiss)
        page.on("console", lambda line: self.trouble.append(f"console {line.text}") if line.type == "error" else None)
        page.on("pageerror", lambda error: self.trouble.append(f"error {error}"))
        page.on("popup", lambda popup: self.trouble.append(f"popup {popup.url}"))
        page.on("request", self._note)

    def _dismiss(self, dialog: Any) -> None:
        self.trouble.append(f"dialog {dialog.message}")
        dialog.dismiss()

    def _note(self, request: Any) -> None:
        if not request.url.startswith(self.root):
            self.trouble.append(f"request {request.url}")

    def go(self, address: str, *, wait: str = "html[data-ready]") -> Page:
        """Go to a view, and wait until it stands."""
        self.page.goto(f"{self.root}index.html{address}")
        self.page.wait_for_selector("html[data-ready]", state="attached")
        self.page.wait_for_selector(wait, state="attached")
        return self.page

    def serious(self) -> list[str]:
        """What axe-core finds wrong with the page as it stands, if it is serious or worse."""
        # The page's policy keeps out every script but its own: this one comes from the debugger's side.
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run(document, { resultTypes: ['violations'], preload: false })")
        return [
            f"{each['id']}: {[node['html'][:160] for node in each['nodes'][:3]]}"
            for each in found["violations"]
            if each["impact"] in ("serious", "critical")
        ]


Show = Callable[..., Shown]


@pytest.fixture
def show(browser: Browser) -> Iterator[Show]:
    """Open the page of a folder."""
    contexts = []

    def opened(folder: Path | str, *, width: int = 1280, theme: Any = "light") -> Shown:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
        contexts.append(context)
        context.set_default_timeout(20_000)
        return Shown(context.new_page(), folder if isinstance(folder, str) else f"{folder.as_uri()}/")

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """105 tasks, 3 trials each, with screenshots, beside those of an earlier session; the page is written."""
    root = tmp_path_factory.mktemp("results")
    tasks = made_tasks(105)
    before = make_session(root / "before", tasks, seed=1)
    make_session(root / "now", tasks, seed=2, better=-0.05, baseline=before)
    make_page(root / "now", before=root / "before")
    return root / "now"
