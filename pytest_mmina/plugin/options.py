"""The command line and the ini file: one group, options that explain themselves."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest

from pytest_mmina.core.choices import FailOn, HopProtocol
from pytest_mmina.core.errors import did_you_mean
from pytest_mmina.core.language.formats import DEFAULT_FORMAT, FORMATS, ObservationFormat
from pytest_mmina.core.numbers import count, seconds
from pytest_mmina.plugin.agent_options import add_agent_options
from pytest_mmina.plugin.gate_options import add_gate_options, is_gated
from pytest_mmina.plugin.trajectory_options import add_trajectory_options

MARKERS = (
    "mmina(*patterns, trials=1): run a test for every task whose id matches, e.g. "
    "@pytest.mark.mmina('compare/*', trials=3); without patterns, for every task",
    "partial_credit(passed, total, score): set on a case after its episode: hops passed, hops, and credit from 0 to 1",
)


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the user asked for. Times are in seconds, rates from 0 to 1."""

    agent: str
    base: Path
    results: Path
    html: bool
    protocol: HopProtocol
    trials: int
    max_steps: int
    step_timeout: float
    episode_timeout: float
    observation: tuple[ObservationFormat, ...]
    viewport_only: bool
    observation_limit: int | None
    settle: float
    gated: bool
    stop_early: bool
    serial: tuple[str, ...]
    fail_on: FailOn
    judge_url: str
    judge_model: str
    uploads: tuple[Path, ...]

    @property
    def shown_results(self) -> str:
        """The folder of the results as a user reads it: relative to where pytest was called, if it lies in there."""
        return str(self.results.relative_to(self.base)) if self.results.is_relative_to(self.base) else str(self.results)

    @classmethod
    def of(cls, config: pytest.Config) -> "Options":
        """Read them from pytest's configuration."""
        gated = is_gated(config)
        return cls(
            agent=config.getoption("mmina_agent") or str(config.getini("mmina_agent")),
            base=config.invocation_params.dir,
            html=not config.getoption("mmina_no_html"),
            results=config.invocation_params.dir
            / (config.getoption("mmina_resume") or config.getoption("mmina_results")),
            protocol=config.getoption("mmina_protocol"),
            trials=config.getoption("mmina_trials"),
            max_steps=config.getoption("mmina_max_steps"),
            step_timeout=config.getoption("mmina_step_timeout"),
            episode_timeout=config.getoption("mmina_episode_timeout"),
            observation=config.getoption("mmina_observation"),
            viewport_only=config.getoption("mmina_viewport_only"),
            observation_limit=config.getoption("mmina_observation_limit"),
            settle=config.getoption("mmina_settle"),
            gated=gated,
            stop_early=bool(config.getoption("mmina_stop_early")),
            serial=tuple(config.getoption("mmina_serial") or ()),
            fail_on=config.getoption("mmina_fail_on") or ("gate" if gated else "task"),
            judge_url=_option_or_ini(config, "mmina_judge_url"),
            judge_model=_option_or_ini(config, "mmina_judge_model"),
            uploads=tuple(map(Path, config.getini("mmina_uploads"))),
        )


def add_options(parser: pytest.Parser) -> None:
    """Add the group `mmina` and the ini values."""
    group = parser.getgroup("mmina", "mmina: benchmark web agents on multihop tasks")
    group.addoption(
        "--mmina",
        action="store_true",
        help="run tasks in a browser: those in the paths given, else in the ini value mmina_tasks, else the bundled",
    )
    add_agent_options(group, parser)
    group.addoption(
        "--mmina-results",
        metavar="DIR",
        default="mmina-results",
        help="where episodes, rates and the page index.html are written (default: %(default)s)",
    )
    group.addoption(
        "--mmina-no-html",
        action="store_true",
        help="leave out the page index.html; mmina report DIR makes it later",
    )
    group.addoption(
        "--mmina-protocol",
        choices=get_args(HopProtocol),
        default="queue",
        help="how hops of MMInA's tasks are counted: queue, the paper's way, or run-py, that of its released code "
        "(default: %(default)s)",
    )
    group.addoption(
        "--mmina-trials",
        metavar="N",
        type=count,
        default=1,
        help="run every task N times, as N cases (default: %(default)s)",
    )
    group.addoption(
        "--mmina-max-steps",
        metavar="N",
        type=count,
        default=30,
        help="end an episode after N actions (default: %(default)s)",
    )
    group.addoption(
        "--mmina-step-timeout",
        metavar="SECONDS",
        type=seconds,
        default=60.0,
        help="fail an agent that takes longer for one action (default: %(default)s)",
    )
    group.addoption(
        "--mmina-episode-timeout",
        metavar="SECONDS",
        type=seconds,
        default=600.0,
        help="end an episode after this time (default: %(default)s)",
    )
    group.addoption(
        "--mmina-observation",
        metavar="FORMATS",
        type=_formats,
        default=(DEFAULT_FORMAT,),
        help=f"what the agent sees, one or several of {', '.join(FORMATS)}, with commas between them; marks is a "
        f"screenshot with numbered boxes on what can be acted on (default: {DEFAULT_FORMAT})",
    )
    group.addoption(
        "--mmina-viewport-only",
        action="store_true",
        help="show the agent only the part of a page that is in view (default: all of it)",
    )
    group.addoption(
        "--mmina-observation-limit",
        metavar="N",
        type=count,
        help="cut each text of an observation after N characters, and say so in it (default: no limit)",
    )
    group.addoption(
        "--mmina-settle",
        metavar="SECONDS",
        type=seconds,
        default=5.0,
        help="take a page that never comes to rest as it is after this time (default: %(default)s)",
    )
    group.addoption(
        "--mmina-fail-on",
        choices=get_args(FailOn),
        help="what fails: every task that is not solved (default), or only the gate (default with one)",
    )
    group.addoption(
        "--mmina-judge-url",
        metavar="URL",
        help="an OpenAI-compatible endpoint that judges free answers, e.g. https://api.openai.com/v1; its key, if it "
        "wants one, comes from the environment variable MMINA_JUDGE_KEY (ini: mmina_judge_url; default: no judge, "
        "tasks that need one are skipped)",
    )
    group.addoption(
        "--mmina-judge-model",
        metavar="MODEL",
        help="the model to ask there (ini: mmina_judge_model)",
    )
    parser.addini("mmina_judge_url", "the endpoint of the judge where --mmina-judge-url names none", default="")
    parser.addini("mmina_judge_model", "the model of the judge where --mmina-judge-model names none", default="")
    add_gate_options(group)
    add_trajectory_options(group, parser)
    parser.addini(
        "mmina_sites", "folders with sites of your own, which join the bundled ones", type="paths", default=[]
    )
    parser.addini(
        "mmina_hosts",
        "where the sites of WebArena's and VisualWebArena's tasks are, e.g. SHOPPING=http://localhost:7770; "
        "SHOPPING=none skips what needs it (the environment comes first)",
        type="linelist",
        default=[],
    )
    parser.addini("mmina_uploads", "folders with the files that agents may upload", type="paths", default=[])
    parser.addini("mmina_tasks", "folders or files with tasks, for when no path is given", type="paths", default=[])


def _formats(text: str) -> tuple[ObservationFormat, ...]:
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in FORMATS:
            known = ", ".join(FORMATS)
            raise argparse.ArgumentTypeError(f"{name!r} is no format.{did_you_mean(name, FORMATS)} Formats: {known}")
    # In the order given: the first text is the one that an agent reads as `text`.
    return tuple(name for given in dict.fromkeys(names) for name in FORMATS if name == given)


def _option_or_ini(config: pytest.Config, name: str) -> str:
    return str(config.getoption(name) or config.getini(name) or "").strip()
