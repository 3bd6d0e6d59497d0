"""The options of agents: which one, what its kind needs, its limits, its memory."""

import argparse
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest

from pytest_mmina.agents.load import OWN_FORM, AgentKind, forms
from pytest_mmina.core.choices import Arm, ChatAnswers, MemoryOrder, PictureTransfer
from pytest_mmina.core.numbers import count, dollars, whole_number

if TYPE_CHECKING:
    from pytest_mmina.agents.settings import AgentSettings

DEFAULT_AGENT: AgentKind = "rules"


@dataclass(frozen=True, kw_only=True)
class AgentOptions:
    """The options for the agent, its limits and its memory. Costs are in US dollars."""

    agent: str
    control: str | None
    max_tokens: int | None
    max_cost: float | None
    budget: float | None
    memory: int
    memory_by: MemoryOrder
    memory_limit: int

    @classmethod
    def of(cls, config: pytest.Config) -> "AgentOptions":
        """Read the options from pytest's configuration."""
        return cls(
            agent=config.getoption("mmina_agent") or str(config.getini("mmina_agent")),
            control=config.getoption("mmina_control"),
            max_tokens=config.getoption("mmina_max_tokens"),
            max_cost=config.getoption("mmina_max_cost"),
            budget=config.getoption("mmina_budget"),
            memory=config.getoption("mmina_memory"),
            memory_by=config.getoption("mmina_memory_by"),
            memory_limit=config.getoption("mmina_memory_limit"),
        )


def arms_of(config: pytest.Config) -> dict[Arm, str]:
    """Return the agents of the session by arm: the agent to test and, if there is one, the control."""
    options = AgentOptions.of(config)
    arms: dict[Arm, str] = {"": options.agent}
    return arms if options.control is None else {**arms, "control": options.control}


def settings_of(config: pytest.Config) -> "AgentSettings":
    """Return the settings for the agents, from pytest's configuration."""
    from pytest_mmina.agents.settings import AgentSettings

    options, base = AgentOptions.of(config), config.invocation_params.dir
    prompts, prices = config.getoption("mmina_chat_prompts"), config.getoption("mmina_chat_prices")
    return AgentSettings(
        step_timeout=config.getoption("mmina_step_timeout"),
        environment=os.environ,
        folder=base,
        pictures=config.getoption("mmina_agent_pictures"),
        chat_url=str(config.getoption("mmina_chat_url") or config.getini("mmina_chat_url")).strip(),
        answers=config.getoption("mmina_chat_answers"),
        prompts=base / prompts if prompts is not None else None,
        prices=base / prices if prices is not None else None,
        chat_body=config.getoption("mmina_chat_body"),
        needs_usage=any((options.max_tokens, options.max_cost, options.budget)),
        needs_cost=any((options.max_cost, options.budget)),
    )


def add_agent_options(group: pytest.OptionGroup, parser: pytest.Parser) -> None:
    """Add the options and the ini values."""
    group.addoption(
        "--mmina-agent",
        metavar="AGENT",
        help=f"the agent to test: {', '.join(forms())}, or {OWN_FORM} for your own agent; drive: is for an agent that "
        f"drives the browser itself (ini: mmina_agent; default: {DEFAULT_AGENT})",
    )
    group.addoption(
        "--mmina-control",
        metavar="AGENT",
        help="gate: run this agent, the one before the change, in turns with the agent to test, and compare with it "
        "instead of a baseline; any value of --mmina-agent",
    )
    group.addoption(
        "--mmina-agent-pictures",
        choices=get_args(PictureTransfer),
        default="path",
        help="how an agent in another process gets the pictures of an observation (default: %(default)s)",
    )
    group.addoption(
        "--mmina-max-tokens", metavar="N", type=count, help="end an episode when its agent has used N tokens"
    )
    group.addoption(
        "--mmina-max-cost", metavar="DOLLARS", type=dollars, help="end an episode when its agent has spent this much"
    )
    group.addoption(
        "--mmina-budget",
        metavar="DOLLARS",
        type=dollars,
        help="start no more cases when all agents of the session together have spent this much; the other cases are "
        "not run, which closes the gate",
    )
    group.addoption(
        "--mmina-chat-url",
        metavar="URL",
        help="the OpenAI-compatible endpoint of chat:MODEL; its key is in the environment variable MMINA_CHAT_KEY, or "
        "OPENAI_API_KEY for the default endpoint (ini: mmina_chat_url; default: https://api.openai.com/v1)",
    )
    group.addoption(
        "--mmina-chat-answers",
        choices=get_args(ChatAnswers),
        default="text",
        help="how the model returns its action: as text, or as a tool call (default: %(default)s)",
    )
    group.addoption(
        "--mmina-chat-body",
        metavar="JSON",
        type=_object,
        default={"temperature": 0},
        help='more fields for the body of each request, as a JSON object (default: {"temperature": 0})',
    )
    group.addoption(
        "--mmina-chat-prompts",
        metavar="DIR",
        type=Path,
        help="a folder with your own prompts, which replace the bundled prompts of the same names",
    )
    group.addoption(
        "--mmina-chat-prices",
        metavar="FILE",
        type=Path,
        help="a TOML file with prices of models in US dollars per million tokens, which replace the bundled prices",
    )
    group.addoption(
        "--mmina-memory",
        metavar="K",
        type=whole_number,
        default=0,
        help="give K finished episodes of other tasks to chat agents, and to other agents that want them (default: 0)",
    )
    group.addoption(
        "--mmina-memory-by",
        choices=get_args(MemoryOrder),
        default="recent",
        help="which episodes: the last ones, or those with the most similar tasks (default: %(default)s)",
    )
    group.addoption(
        "--mmina-memory-limit",
        metavar="N",
        type=count,
        default=4000,
        help="cut each remembered episode after N characters (default: %(default)s)",
    )
    parser.addini("mmina_agent", "the agent to test without --mmina-agent", default=DEFAULT_AGENT)
    parser.addini("mmina_chat_url", "the endpoint of chat:MODEL without --mmina-chat-url", default="")


def _object(text: str) -> dict[str, Any]:
    try:
        content = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not JSON: {error}") from None
    if not isinstance(content, dict):
        raise argparse.ArgumentTypeError(f"{text!r} is not a JSON object")
    return content
