"""Read an action from a mapping, such as a line of JSON or the arguments of a tool call."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from pytest_mmina.core.errors import ActionError, did_you_mean
from pytest_mmina.core.language.actions import ACTION_KINDS, Action, ActionKind


def read_action(fields: Mapping[str, Any], *, form: str = "") -> Action:
    """Return the action that a mapping describes, such as the arguments of a tool call.

    Raises ActionError with the problem and the right form, which is `form` or else an example of a mapping.
    """
    kind = fields.get("kind")
    if not isinstance(kind, str) or kind not in ACTION_KINDS:
        known = did_you_mean(str(kind), ACTION_KINDS) or f" Kinds: {', '.join(ACTION_KINDS)}"
        raise ActionError(f"{str(kind)[:80]!r} is not a kind of action.{known}")
    try:
        return Action.model_validate(dict(fields))
    except ValidationError as error:
        problems = [_problem_text(problem) for problem in error.errors(include_url=False, include_input=False)]
        raise ActionError(
            f"{kind}: {'; '.join(problems[:3]).rstrip('.')}. Write: {form or _right_form(kind)}"
        ) from None


def _problem_text(problem: Any) -> str:
    place = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return f"there is no field {place[:80]!r}.{did_you_mean(place, Action.model_fields)}"
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{place}: {message}" if place else message


def _right_form(kind: ActionKind) -> str:
    examples = {"target": {"ref": "e12"}, "to": {"ref": "e34"}, "text": "...", "values": ["..."]}
    form = json.dumps({"kind": kind, **{name: examples[name] for name in ACTION_KINDS[kind].needs}})
    takes = ACTION_KINDS[kind].takes
    return form + (f" (it also takes {', '.join(takes)})" if takes else "")
