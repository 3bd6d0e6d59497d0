"""`chat:MODEL`: a web agent that asks a model behind any OpenAI-compatible endpoint."""

import json
import threading
from collections.abc import Callable, Sequence
from typing import Any, assert_never
from urllib.parse import urlsplit

from pytest_mmina.agents.prices import Price, price_of
from pytest_mmina.agents.prompting import Prompts, with_pictures
from pytest_mmina.agents.settings import AgentSettings
from pytest_mmina.chat_endpoint.endpoint import ChatEndpoint, EndpointError, Naming, message_in, without_price
from pytest_mmina.core.episode.interfaces import Reply
from pytest_mmina.core.errors import AgentError, AgentSpecError
from pytest_mmina.core.language.action_schema import action_tools
from pytest_mmina.core.language.trajectory import Observation, Remembered, Usage
from pytest_mmina.core.shortening import one_line
from pytest_mmina.core.tasks.task import Task

DEFAULT_URL = "https://api.openai.com/v1"
KEY_VARIABLE = "MMINA_CHAT_KEY"
_NAMING = Naming("the model", "--mmina-chat-url", "--mmina-agent", KEY_VARIABLE)
_SHARE_OF_STEP = 0.75
"""The share of the step timeout that one request may take. The rest is left for one retry."""
_LONGEST_LINE = 300


class ChatSource:
    """Makes the agents of one model. Raises AgentSpecError for settings that cannot be used."""

    def __init__(self, model: str, settings: AgentSettings) -> None:
        self._model, self._settings = model, settings
        self._prompts = Prompts(settings.prompts, answers=settings.answers)
        self._price = price_of(model, settings.prices)
        if settings.needs_cost and self._price is None:
            raise AgentSpecError(
                f"--mmina-budget and --mmina-max-cost need the price of {model!r}, which is not known: "
                "give a file with --mmina-chat-prices",
                names_option=True,
            )
        self.agent_for(None)

    def agent_for(self, task: Task | None) -> "ChatAgent":
        """Return a new agent for a case."""
        return ChatAgent(self._model, self._settings, prompts=self._prompts, price=self._price)

    def close(self) -> None:
        """Do nothing: the agents share no open resource."""


class ChatAgent:
    """Sends the task, the actions so far and the current page to a model, and returns the action in its reply."""

    def __init__(
        self,
        model: str,
        settings: AgentSettings,
        *,
        prompts: Prompts,
        price: Price | None,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        self._model, self._settings, self._prompts = model, settings, prompts
        self._reports_usage = False
        self._interrupted = threading.Event()
        url = settings.chat_url or DEFAULT_URL
        try:
            self._endpoint = ChatEndpoint(
                url=url,
                model=model,
                key=_key_for(url, settings),
                naming=_NAMING,
                timeout=settings.step_timeout * _SHARE_OF_STEP,
                longest_pause=settings.step_timeout,
                patient=True,
                pause=pause or self._interrupted.wait,
                price=price.of if price is not None else without_price,
            )
        except EndpointError as error:
            raise AgentSpecError(str(error), names_option=error.names_option) from None
        self._system, self._history = "", list[str]()

    def reset(self, intent: str, memory: Sequence[Remembered] = ()) -> None:
        """Clear the history. The intent is not stored here: every observation contains it."""
        self._system, self._history = self._prompts.system(memory), []

    def act(self, observation: Observation) -> Reply:
        """Ask the model for the next action."""
        if observation.error and self._history:
            self._history[-1] += f"  -> could not be done: {one_line(observation.error, _LONGEST_LINE)}"
        content = with_pictures(self._prompts.step(observation, self._history), observation)
        messages = [{"role": "system", "content": self._system}, {"role": "user", "content": content}]
        body: dict[str, Any] = {"model": self._model, "messages": messages, **self._settings.chat_body}
        match self._settings.answers:
            case "text":
                pass
            case "tools":
                body["tools"] = [{"type": "function", "function": tool} for tool in action_tools()]
                body["tool_choice"] = "required"
            case _:
                assert_never(self._settings.answers)
        try:
            reply = self._endpoint.complete(body)
        except EndpointError as error:
            raise AgentError(str(error)) from None
        usage = self._usage()
        action, text = _action_and_text(message_in(reply))
        done, address = one_line(text, _LONGEST_LINE), one_line(observation.url, _LONGEST_LINE)
        self._history.append(f"{len(self._history) + 1}. {done}   (on {address})")
        note = text if isinstance(action, dict) else ""
        return Reply(action=action, usage=usage, note=self._endpoint.without_key(note))

    def interrupt(self) -> None:
        """Stop waiting between attempts."""
        self._interrupted.set()

    def unreported_usage(self) -> Usage | None:
        """Return what replies cost that led to no action: a request that failed, or was interrupted."""
        return self._endpoint.spending.take()

    def log(self) -> str:
        """Return which reports of tokens were not understood."""
        return "".join(f"{problem}; this was not counted\n" for problem in self._endpoint.usage_problems)

    def _usage(self) -> Usage | None:
        """Return what the action cost, with all replies that were thrown away; raises AgentError if nobody knows."""
        usage = self._endpoint.spending.take()
        self._reports_usage = self._reports_usage or usage is not None
        # An endpoint that reports its usage now and then has a lower bound, which the limits use.
        if self._settings.needs_usage and not self._reports_usage:
            problem = "does not report how many tokens it used, which a limit on tokens or costs needs"
            raise AgentError(f"{self._endpoint.named} {problem}")
        return usage


def _action_and_text(message: dict[str, Any]) -> tuple[str | dict[str, Any], str]:
    """Return the action in a message, as fields of a tool call or as text, and its text for the history."""
    text = message.get("content") or ""
    calls = message.get("tool_calls")
    if not calls:
        return text, _last_line(text)
    try:
        function = calls[0]["function"]
        name, arguments = str(function["name"]), function.get("arguments") or "{}"
    except (KeyError, IndexError, TypeError):
        return text, _last_line(text)
    try:
        fields = json.loads(arguments)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        # The core refuses this action with a reason, which the model reads at the next step.
        return {"kind": name, "arguments": str(arguments)}, f"{name} {arguments}"
    return {**fields, "kind": name}, f"{text.strip()} {name} {json.dumps(fields)}".strip()


def _last_line(text: str) -> str:
    """Return the part of an answer that the history keeps: the action in backticks, or else the last line."""
    inside = text.split("```")
    return inside[1].strip() if len(inside) > 2 else text.strip().rpartition("\n")[2]


def _key_for(url: str, settings: AgentSettings) -> str:
    key = settings.environment.get(KEY_VARIABLE, "")
    # OPENAI_API_KEY must not be sent to any other server.
    if not key and urlsplit(url).hostname == urlsplit(DEFAULT_URL).hostname:
        key = settings.environment.get("OPENAI_API_KEY", "")
    return key.strip()
