"""The command line and the ini file: one group, options that explain themselves."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest

from pytest_mmina.plugin.gate_options import add_gate_options, is_gated

DEFAULT_AGENT = "rules"
MARKERS = (
    "mmina(*patterns, trials=1): run a test for every task whose id matches, e.g. "
    "@pytest.mark.mmina('compare/*', trials=3); without patterns, for every task",
    "partial_credit(passed, total, score): set on a case after its episode: hops passed, hops, and credit from 0 to 1",
)


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the user asked for. Times are in seconds, rates from 0 to 1."""

    agent: str
    results: Path
    trials: int
    max_steps: int
    step_timeout: float
    episode_timeout: float
    gated: bool
    fail_on: Literal["task", "gate"]

    @classmethod
    def of(cls, config: pytest.Config) -> "Options":
        """Read them from pytest's configuration."""
        gated = is_gated(config)
        return cls(
            agent=config.getoption("mmina_agent") or str(config.getini("mmina_agent")),
            results=config.invocation_params.dir
            / (config.getoption("mmina_resume") or config.getoption("mmina_results")),
            trials=config.getoption("mmina_trials"),
            max_steps=config.getoption("mmina_max_steps"),
            step_timeout=config.getoption("mmina_step_timeout"),
            episode_timeout=config.getoption("mmina_episode_timeout"),
            gated=gated,
            fail_on=config.getoption("mmina_fail_on") or ("gate" if gated else "task"),
        )


def add_options(parser: pytest.Parser) -> None:
    """Add the group `mmina` and the ini values."""
    group = parser.getgroup("mmina", "mmina: benchmark web agents on multihop tasks")
    group.addoption(
        "--mmina",
        action="store_true",
        help="run tasks in a browser: those in the paths given, else in the ini value mmina_tasks, else the bundled",
    )
    group.addoption(
        "--mmina-agent",
        metavar="AGENT",
        help="the agent to test: oracle, null, rules, or package.module:attribute of your own "
        f"(ini: mmina_agent; default: {DEFAULT_AGENT})",
    )
    group.addoption(
        "--mmina-results",
        metavar="DIR",
        default="mmina-results",
        help="where episodes.jsonl and summary.json are written (default: %(default)s)",
    )
    group.addoption(
        "--mmina-trials",
        metavar="N",
        type=_count,
        default=1,
        help="run every task N times, as N cases (default: %(default)s)",
    )
    group.addoption(
        "--mmina-max-steps",
        metavar="N",
        type=_count,
        default=30,
        help="end an episode after N actions (default: %(default)s)",
    )
    group.addoption(
        "--mmina-step-timeout",
        metavar="SECONDS",
        type=_seconds,
        default=60.0,
        help="fail an agent that takes longer for one action (default: %(default)s)",
    )
    group.addoption(
        "--mmina-episode-timeout",
        metavar="SECONDS",
        type=_seconds,
        default=600.0,
        help="end an episode after this time (default: %(default)s)",
    )
    group.addoption(
        "--mmina-fail-on",
        choices=("task", "gate"),
        help="what fails: every task that is not solved (default), or only the gate (default with one)",
    )
    add_gate_options(group)
    parser.addini("mmina_agent", "the agent to test where --mmina-agent names none", default=DEFAULT_AGENT)
    parser.addini(
        "mmina_sites", "folders with sites of your own, which join the bundled ones", type="paths", default=[]
    )
    parser.addini("mmina_tasks", "folders or files with tasks, for when no path is given", type="paths", default=[])


def _count(text: str) -> int:
    return int(_number(text, lambda number: number >= 1 and number == int(number), "a whole number from 1"))


def _seconds(text: str) -> float:
    return _number(text, lambda number: 0 < number < float("inf"), "a number of seconds above 0")


def _number(text: str, is_allowed: Callable[[float], bool], wanted: str) -> float:
    try:
        number = float(text)
        if is_allowed(number):
            return number
    except (ValueError, OverflowError):
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")
