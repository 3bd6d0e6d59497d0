"""The options on the command line and in the ini file."""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import pytest

from pytest_mmina.core.choices import FailOn, HopProtocol
from pytest_mmina.core.errors import did_you_mean
from pytest_mmina.core.language.formats import DEFAULT_FORMAT, FORMATS, ObservationFormat
from pytest_mmina.core.numbers import count, seconds, whole_number
from pytest_mmina.plugin.agent_options import add_agent_options
from pytest_mmina.plugin.gate_options import add_gate_options, is_gated
from pytest_mmina.plugin.trajectory_options import add_trajectory_options

MARKERS = (
    "mmina(*patterns, trials=1): run a test for every task whose id matches a pattern, e.g. "
    "@pytest.mark.mmina('compare/*', trials=3); without patterns, for every task",
    "partial_credit(passed, total, score): set on a case after its episode: passed hops, all hops, and the credit from "
    "0 to 1",
)


@dataclass(frozen=True, kw_only=True)
class Options:
    """The options of a session. Times are in seconds."""

    agent: str
    control: str | None
    base: Path
    results: Path
    html: bool
    protocol: HopProtocol
    trials: int
    max_steps: int
    step_timeout: float
    episode_timeout: float
    retries: int
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
        """The folder of the results for messages: relative to the folder where pytest was called, if it is below."""
        return str(self.results.relative_to(self.base)) if self.results.is_relative_to(self.base) else str(self.results)

    @classmethod
    def of(cls, config: pytest.Config) -> "Options":
        """Read the options from pytest's configuration."""
        gated = is_gated(config)
        # Who saves a baseline wants to know how good the agent is, whatever it is.
        gate_decides = gated or config.getoption("mmina_save_baseline") is not None
        return cls(
            agent=config.getoption("mmina_agent") or str(config.getini("mmina_agent")),
            control=config.getoption("mmina_control"),
            base=config.invocation_params.dir,
            html=not config.getoption("mmina_no_html"),
            results=config.invocation_params.dir
            / (config.getoption("mmina_resume") or config.getoption("mmina_results")),
            protocol=config.getoption("mmina_protocol"),
            trials=config.getoption("mmina_trials"),
            max_steps=config.getoption("mmina_max_steps"),
            step_timeout=config.getoption("mmina_step_timeout"),
            episode_timeout=config.getoption("mmina_episode_timeout"),
            retries=config.getoption("mmina_retries"),
            observation=config.getoption("mmina_observation"),
            viewport_only=config.getoption("mmina_viewport_only"),
            observation_limit=config.getoption("mmina_observation_limit"),
            settle=config.getoption("mmina_settle"),
            gated=gated,
            stop_early=bool(config.getoption("mmina_stop_early")),
            serial=tuple(config.getoption("mmina_serial") or ()),
            fail_on=config.getoption("mmina_fail_on") or ("gate" if gate_decides else "task"),
            judge_url=_option_or_ini(config, "mmina_judge_url"),
            judge_model=_option_or_ini(config, "mmina_judge_model"),
            uploads=tuple(map(Path, config.getini("mmina_uploads"))),
        )


def add_options(parser: pytest.Parser) -> None:
    """Add the group `mmina` with its options, and the ini values."""
    group = parser.getgroup("mmina", "mmina: benchmark web agents on multihop tasks")
    group.addoption(
        "--mmina",
        action="store_true",
        help="run tasks in a browser: those in the given paths, or else in the ini value mmina_tasks, or else the "
        "bundled tasks",
    )
    group.addoption("--mmina-validate", metavar="FILE", help=argparse.SUPPRESS)  # what `mmina validate` tries
    add_agent_options(group, parser)
    group.addoption(
        "--mmina-results",
        metavar="DIR",
        default="mmina-results",
        help="the folder for episodes, rates and the page index.html (default: %(default)s)",
    )
    group.addoption(
        "--mmina-no-html",
        action="store_true",
        help="do not write the page index.html; mmina report DIR can write it later",
    )
    group.addoption(
        "--mmina-protocol",
        choices=get_args(HopProtocol),
        default="queue",
        help="how the hops of MMInA's tasks are counted: queue, as in the paper, or run-py, as in the released code "
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
        help="end an episode as failed if its agent takes longer for one action (default: %(default)s)",
    )
    group.addoption(
        "--mmina-episode-timeout",
        metavar="SECONDS",
        type=seconds,
        default=600.0,
        help="end an episode after this time (default: %(default)s)",
    )
    group.addoption(
        "--mmina-retries",
        metavar="N",
        type=whole_number,
        default=2,
        help="run a case again, up to N times, if its episode errored because of a site, the proxy or the disk; "
        "failures of the agent are never run again (default: %(default)s)",
    )
    group.addoption(
        "--mmina-observation",
        metavar="FORMATS",
        type=_formats,
        default=(DEFAULT_FORMAT,),
        help=f"what the agent sees: one or more of {', '.join(FORMATS)}, separated by commas; marks is a screenshot "
        f"with numbered boxes around the elements that can be acted on (default: {DEFAULT_FORMAT})",
    )
    group.addoption(
        "--mmina-viewport-only",
        action="store_true",
        help="show the agent only the part of a page that is in view (default: the whole page)",
    )
    group.addoption(
        "--mmina-observation-limit",
        metavar="N",
        type=count,
        help="cut each text of an observation after N characters, with a note in the text (default: no limit)",
    )
    group.addoption(
        "--mmina-settle",
        metavar="SECONDS",
        type=seconds,
        default=5.0,
        help="how long to wait for a page that keeps changing (default: %(default)s)",
    )
    group.addoption(
        "--mmina-fail-on",
        choices=get_args(FailOn),
        help="what fails the session: every task that is not solved (default), or only the gate (default with a gate)",
    )
    group.addoption(
        "--mmina-judge-url",
        metavar="URL",
        help="an OpenAI-compatible endpoint that judges free answers, e.g. https://api.openai.com/v1; if it needs a "
        "key, set the environment variable MMINA_JUDGE_KEY (ini: mmina_judge_url; default: no judge, and tasks that "
        "need one are skipped)",
    )
    group.addoption(
        "--mmina-judge-model",
        metavar="MODEL",
        help="the model that judges (ini: mmina_judge_model)",
    )
    parser.addini("mmina_judge_url", "the endpoint of the judge without --mmina-judge-url", default="")
    parser.addini("mmina_judge_model", "the model of the judge without --mmina-judge-model", default="")
    add_gate_options(group)
    parser.addini(
        "mmina_exceptions",
        "the exceptions from a gate's rules without --mmina-exceptions",
        type="paths",
        default=[],
    )
    add_trajectory_options(group, parser)
    parser.addini(
        "mmina_sites", "folders with your own sites, in addition to the bundled sites", type="paths", default=[]
    )
    parser.addini(
        "mmina_hosts",
        "the addresses of the sites of WebArena and VisualWebArena, e.g. SHOPPING=http://localhost:7770; "
        "SHOPPING=none skips the tasks that need it (environment variables have precedence)",
        type="linelist",
        default=[],
    )
    parser.addini("mmina_uploads", "folders with the files that agents can upload", type="paths", default=[])
    parser.addini("mmina_tasks", "folders or files with tasks, used if no path is given", type="paths", default=[])


def _formats(text: str) -> tuple[ObservationFormat, ...]:
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in FORMATS:
            known = ", ".join(FORMATS)
            raise argparse.ArgumentTypeError(f"{name!r} is not a format.{did_you_mean(name, FORMATS)} Formats: {known}")
    # In the given order: the first text format is the agent's `text`.
    return tuple(name for given in dict.fromkeys(names) for name in FORMATS if name == given)


def _option_or_ini(config: pytest.Config, name: str) -> str:
    return str(config.getoption(name) or config.getini(name) or "").strip()
