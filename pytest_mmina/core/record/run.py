"""The identity of a run: one session, and the sessions that resume it."""

from collections.abc import Collection, Iterator
from typing import Literal, NamedTuple

from pydantic import Field

from pytest_mmina.core.models import Model, Text

FORMAT: Literal["mmina-run/1"] = "mmina-run/1"

OF_ONE_MACHINE = frozenset({"--mmina-shard", "--mmina-chat-url", "--mmina-judge-url", "mmina_hosts", "mmina_uploads"})
"""Settings in which the parts of one session can differ, because each machine has its own."""


class Difference(NamedTuple):
    """What two runs do not have in common, with both values."""

    name: str
    one: str
    other: str


class Run(Model):
    """A run: `run.json`, as the session that begins it writes it. Every record of the run carries its `id`.

    `settings` are the settings that can change results, by the name of their option, in the form for messages.
    """

    format: Literal["mmina-run/1"] = FORMAT
    id: str = Field(min_length=1)
    plugin: str = ""
    agent: Text = ""
    settings: dict[str, Text] = Field(default_factory=dict)

    def differences(self, other: "Run", *, ignored: Collection[str] = ()) -> Iterator[Difference]:
        """Yield what another run has otherwise; `ignored` are names of settings that may differ."""
        pairs = {
            "pytest-mmina": (self.plugin, other.plugin),
            "agent": (self.agent, other.agent),
            **{
                name: (self.settings.get(name, ""), other.settings.get(name, ""))
                for name in sorted({*self.settings, *other.settings} - {*ignored})
            },
        }
        for name, (one, two) in pairs.items():
            if one != two:
                yield Difference(name, one or "not set", two or "not set")
