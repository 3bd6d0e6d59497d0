"""The limits of an episode: steps, times, tokens, cost, and MMInA's early-stop rules."""

from collections.abc import Sequence

from pydantic import Field

from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.language.trajectory import Usage
from pytest_mmina.core.models import Model


class Limits(Model):
    """The limits of an episode. Times are in seconds, costs in US dollars; None means no limit.

    The last three are the early-stop rules of MMInA and WebArena.
    """

    max_steps: int = Field(default=30, ge=1)
    step_timeout: float = Field(default=60.0, gt=0)
    episode_timeout: float = Field(default=600.0, gt=0)
    max_tokens: int | None = Field(default=None, ge=1)
    max_cost: float | None = Field(default=None, gt=0)
    unparsable_in_a_row: int = 3
    identical_in_a_row: int = 3
    identical_typing: int = 3


def budget_stop(used: Usage, limits: Limits) -> str:
    """Return which limit of tokens or cost an episode has reached; the empty text if none."""
    if limits.max_tokens is not None and used.tokens >= limits.max_tokens:
        return f"limit of {limits.max_tokens} tokens reached ({used.tokens} used)"
    if limits.max_cost is not None and (used.cost or 0.0) >= limits.max_cost:
        return f"limit of {limits.max_cost:g} US dollars reached ({used.cost:.4g} spent)"
    return ""


def early_stop(actions: Sequence[Action | None], limits: Limits) -> str:
    """Return which of MMInA's early-stop rules applies to the actions so far; the empty text if none.

    An answer that was not an action is None.
    """
    last = actions[-1]
    unparsable, repeated = limits.unparsable_in_a_row, limits.identical_in_a_row
    if last is None:
        in_a_row = len(actions) >= unparsable and all(action is None for action in actions[-unparsable:])
        return f"early stop: {unparsable} unparsable actions in a row" if in_a_row else ""
    if last.kind == "type":
        limit = limits.identical_typing
        return f"early stop: typed the same {limit} times" if actions.count(last) >= limit else ""
    in_a_row = len(actions) >= repeated and all(action == last for action in actions[-repeated:])
    return f"early stop: {repeated} identical actions in a row" if in_a_row else ""
