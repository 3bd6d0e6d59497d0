"""The overview as HTML: it is part of the page itself and needs no script."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import jinja2
from jinja2 import PackageLoader, StrictUndefined

from pytest_mmina import __version__
from pytest_mmina.core.record.changes import Changes, RateComparison
from pytest_mmina.core.record.environment import Environment
from pytest_mmina.core.record.metrics import Rates, Summary
from pytest_mmina.reports.page.rows import ListedEpisode
from pytest_mmina.reports.spending import solved_per

ASSETS = "assets"
_CONTROLS = {number: 0x2400 + number for number in range(32) if chr(number) not in "\t\n"} | {127: 0x2421}
_LONGEST = 600


class RateInterval(NamedTuple):
    """The confidence interval of a rate, from 0 to 1."""

    low: float
    high: float


class Group(NamedTuple):
    """The rates of a group of tasks, with their intervals and with the comparison to earlier rates, if known."""

    name: str
    rates: Rates
    hop: RateInterval | None
    task: RateInterval | None
    comparison: RateComparison | None


class Overview(NamedTuple):
    """The content of the overview. `verdict` is None without a gate; `changes` are those since `compared_with`."""

    summary: Summary
    verdict: bool | None
    reasons: Sequence[str]
    notes: Sequence[str]
    whole: Group
    groups: Mapping[str, Sequence[Group]]
    changes: Changes | None
    compared_with: str
    slowest: Sequence[ListedEpisode]
    costliest: Sequence[ListedEpisode]
    agents: Sequence[str]
    ran: Environment
    fixtures: str
    shard: str


def render(overview: Overview) -> str:
    """Return the HTML of the page; its scripts and data are in the folder `page` next to it."""
    environment = jinja2.Environment(
        loader=PackageLoader("pytest_mmina.reports.page"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"percent": _percent, "shown": _shown, "quoted": _quoted}
    return environment.get_template("page.html").render(
        **overview._asdict(), solved_per=solved_per(overview.summary), version=__version__
    )


def write_assets(parts: Path) -> None:
    """Copy scripts, styles and the chart library to the folder of the page; raises OSError."""
    shutil.copytree(Path(__file__).parent / ASSETS, parts / ASSETS)


def _percent(rate: float | None) -> str:
    return "–" if rate is None else f"{rate:.1%}"


def _shown(text: str, limit: int = _LONGEST) -> str:
    """Make a foreign text safe to show: shorten it, and replace control characters by their symbols."""
    return (text if len(text) <= limit else f"{text[: limit - 1]}…").translate(_CONTROLS)


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "replace"))
