"""Visits of a bundled site through Flask's client: what was answered, and what the site says that the visitor did."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from pytest_mmina.bundled import bundled
from pytest_mmina.sites.registry import Site, load_sites

Entry = dict[str, Any]
Step = str | tuple[str, Mapping[str, Any]]
"""An address that is opened, or one that a form with these fields is sent to."""

Acts = list[tuple[list[list[Step]], list[Entry]]]
"""Ways to do the same, each a list of steps, with the entries that every way leaves."""


class Visit:
    """One visit of one site; a path begins behind the host."""

    def __init__(self, name: str) -> None:
        app = bundled_sites()[name].create_app()
        assert isinstance(app, Flask)
        self._app, self._client = app, app.test_client()

    def open(self, path: str, /, **headers: str) -> TestResponse:
        """Open a page, and follow its redirects."""
        return self._client.get(path, follow_redirects=True, headers=headers)

    def send(self, path: str, /, **form: Any) -> TestResponse:
        """Send a form, and follow the redirects of the answer."""
        return self._client.post(path, data=form, follow_redirects=True)

    def take(self, steps: Sequence[Step]) -> None:
        """Take steps that all succeed."""
        for step in steps:
            answer = self.open(step) if isinstance(step, str) else self.send(step[0], **step[1])
            assert answer.status_code == 200, (step, answer.text)

    def did(self, *actions: str) -> list[dict[str, Any]]:
        """Return the entries with these actions, or all."""
        entries: list[dict[str, Any]] = self.state()["activity"]
        return [entry for entry in entries if not actions or entry["action"] in actions]

    def did_like(self, entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the entries with the actions and kinds of these, so that the steps in between do not matter."""
        sorts = {(entry["action"], entry.get("kind")) for entry in entries}
        return [entry for entry in self.did() if (entry["action"], entry.get("kind")) in sorts]

    def state(self) -> dict[str, Any]:
        """Return the exported state."""
        exported: dict[str, Any] = self._app.extensions["mmina_state"]()
        return exported


@cache
def bundled_sites() -> dict[str, Site]:
    """Return the bundled sites by name."""
    return {site.name: site for site in load_sites([bundled("fixtures") / "sites"])}
