"""The overview as HTML: what a reader sees first is in the page itself, and needs no script."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import jinja2
from jinja2 import PackageLoader, StrictUndefined

from pytest_mmina import __version__
from pytest_mmina.core.record.changes import Beside, Changes
from pytest_mmina.core.record.environment import Environment
from pytest_mmina.core.record.metrics import Rates, Summary
from pytest_mmina.reports.page.rows import NotableEpisode

ASSETS = "assets"
_CONTROLS = {number: 0x2400 + number for number in range(32) if chr(number) not in "\t\n"} | {127: 0x2421}
_LONGEST = 600


class RateInterval(NamedTuple):
    """Where a rate lies, from 0 to 1."""

    low: float
    high: float


class Group(NamedTuple):
    """The rates of a subset, or of all tasks with so many hops, with intervals and with those of before, if known."""

    name: str
    rates: Rates
    hop: RateInterval | None
    task: RateInterval | None
    beside: Beside | None


class Overview(NamedTuple):
    """What the overview shows. `verdict` is None without a gate; `compared_with` names what `changes` are about."""

    summary: Summary
    verdict: bool | None
    reasons: Sequence[str]
    notes: Sequence[str]
    whole: Group
    groups: Mapping[str, Sequence[Group]]
    changes: Changes | None
    compared_with: str
    slowest: Sequence[NotableEpisode]
    costliest: Sequence[NotableEpisode]
    agents: Sequence[str]
    ran: Environment
    fixtures: str
    shard: str


def render(overview: Overview) -> str:
    """The page; its scripts and data lie in the folder `page` beside it."""
    environment = jinja2.Environment(
        loader=PackageLoader("pytest_mmina.reports.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": _percent, "shown": _shown, "quoted": _quoted}
    return environment.get_template("page.html").render(**overview._asdict(), version=__version__)


def write_assets(parts: Path) -> None:
    """Copy scripts, styles and the library for charts to where the page finds them; raises OSError."""
    shutil.copytree(Path(__file__).parent / ASSETS, parts / ASSETS)


def _percent(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:.1%}"


def _shown(text: str, limit: int = _LONGEST) -> str:
    """A text from outside, fit to be looked at: not without end, and control characters as pictures of themselves."""
    return (text if len(text) <= limit else f"{text[: limit - 1]}…").translate(_CONTROLS)


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "replace"))
