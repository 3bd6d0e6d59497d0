"""Read an agent's answer as actions: an Action, a mapping, or text in one of two grammars or in JSON."""

import json
import re
from collections.abc import Mapping
from typing import Any

from pytest_mmina.core.errors import ActionError
from pytest_mmina.core.language.action_mappings import read_action
from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.language.grammar_brackets import GRAMMAR, parse_brackets
from pytest_mmina.core.language.grammar_calls import CALL_FORMS, parse_calls
from pytest_mmina.core.shortening import shortened

_FENCED = re.compile(r"```(?:(?:python|json|text|action)?[ \t]*\n)?(.*?)```", re.DOTALL)
_CALL = re.compile(r"(?:\s*#[^\n]*\n)*\s*[A-Za-z_]+\s*\(")


def read_answer(answer: object) -> tuple[Action, ...]:
    """Return the actions in an agent's answer, usually one; raises ActionError with a message for the agent."""
    if isinstance(answer, Action):
        return (answer,)
    if isinstance(answer, str):
        return parse_actions(answer)
    if isinstance(answer, Mapping):
        return (read_action(answer),)
    raise ActionError(f"an answer must be an Action, a text or a mapping, not {type(answer).__name__}")


def parse_actions(text: str) -> tuple[Action, ...]:
    """Return the actions in a text, with or without triple backticks around them.

    The text is one action such as `click [12]` (the grammar of MMInA and WebArena), one or several calls such as
    `click('12')` (the grammar of BrowserGym), or a JSON object with a `kind`. Raises ActionError, which names the
    nearest verb and its right form.
    """
    fenced = _FENCED.search(text)
    line = (fenced.group(1) if fenced else text).strip()
    if line.startswith("{"):
        return (read_action(_json_object(line)),)
    if _CALL.match(line):
        return parse_calls(line)
    verb = line.split(maxsplit=1)[0].lower() if line else ""
    if verb in CALL_FORMS and verb not in GRAMMAR:
        raise ActionError(f"{shortened(line, 200)!r} is not well formed. Write: {CALL_FORMS[verb]}")
    return (parse_brackets(line),)


def parse_action(text: str) -> Action:
    """Return the only action in a text; see `parse_actions`. Raises ActionError for several actions, too."""
    actions = parse_actions(text)
    if len(actions) > 1:
        raise ActionError(f"{shortened(text, 200)!r} contains {len(actions)} actions, but only one is allowed")
    return actions[0]


def _json_object(text: str) -> dict[str, Any]:
    try:
        fields: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError):
        raise ActionError(
            f'{shortened(text, 200)!r} is not a JSON object. Write: {{"kind": "click", "target": {{"ref": "e12"}}}}'
        ) from None
    return fields
