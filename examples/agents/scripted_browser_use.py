"""browser-use with a scripted model, so that it runs offline; it solves the bundled task compare/3."""

import re
from collections.abc import Callable
from typing import Any

from browser_use.llm.views import ChatInvokeCompletion
from browser_use_agent import solve

LINES = [
    ("input", r"Search the store", "eider sleeping bag"),
    ("keys", "", "Enter"),
    ("click", r"Eider Down Sleeping Bag", ""),
    ("input", r"Search the store", "tern backpack"),
    ("keys", "", "Enter"),
    ("click", r"Tern 24 Day Backpack", ""),
    ("select", r"select id=quantity", "1"),
    ("click", r"Add to cart", ""),
    ("click", r"View cart", ""),
    ("done", "", "$80.95"),
]


class ScriptedModel:
    """A model that answers with the next line; it finds the number of the element in what browser-use shows."""

    model = name = "scripted"
    provider = "none"
    _verified_api_keys = True

    def __init__(self) -> None:
        self._next = 0

    async def ainvoke(self, messages: list[Any], output_format: Any = None, **options: Any) -> Any:
        """The next action."""
        verb, pattern, text = LINES[self._next]
        actions: dict[str, Callable[[], dict[str, Any]]] = {
            "select": lambda: {"select_dropdown": {"index": _number(messages, pattern), "text": text}},
            "keys": lambda: {"send_keys": {"keys": text}},
            "done": lambda: {"done": {"text": text, "success": True}},
            "click": lambda: {"click": {"index": _number(messages, pattern)}},
            "input": lambda: {"input": {"index": _number(messages, pattern), "text": text}},
        }
        said = {"evaluation_previous_goal": "", "memory": "", "next_goal": verb, "action": [actions[verb]()]}
        self._next += 1
        return ChatInvokeCompletion(completion=output_format.model_validate(said), usage=None)


def _number(messages: list[Any], pattern: str) -> int:
    shown = "\n".join(message.text for message in messages).rpartition("<browser_state>")[2]
    # An element is a line such as [12]<a />; its text is in that line or alone in the next one.
    found = re.search(rf"\[(\d+)\]<[^\n]*(?:{pattern}|\n\s*{pattern}\n)", shown)
    if found is None:
        raise LookupError(f"{pattern!r} is not on the page:\n{shown[-3000:]}")
    return int(found[1])


async def drive(intent: str, cdp_url: str) -> str:
    """The function that pytest-mmina calls."""
    return await solve(intent, cdp_url, ScriptedModel())
