"""Read how many tokens a reply of a chat endpoint reports, also of one that is thrown away or cut short."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from pytest_mmina.core.language.trajectory import MOST_TOKENS

_KEY = '"usage"'
# The names of chat completions, and those of OpenAI's responses.
_INPUT, _OUTPUT = ("prompt_tokens", "input_tokens"), ("completion_tokens", "output_tokens")


class TokenCounts(NamedTuple):
    """Tokens in and out. `cached` of the input tokens were read from a cache. `problem` says what was not understood.

    If the endpoint did not report all of them, `complete` is False.
    """

    input: int = 0
    output: int = 0
    cached: int = 0
    complete: bool = True
    problem: str = ""


def reported_tokens(body: bytes) -> TokenCounts | None:
    """Return the tokens that the body of a response reports; None if it reports none.

    A number that no endpoint can mean (negative, not whole, too large) is not counted.
    """
    usage = _usage_in(body)
    if not isinstance(usage, Mapping):
        return None
    sent, received = _first(usage, _INPUT), _first(usage, _OUTPUT)
    total, cached = _tokens(usage.get("total_tokens")), _tokens(_detail(usage, "prompt_tokens_details"))
    if sent is None and received is None and total is None:
        return TokenCounts(complete=False, problem=f"reports a usage without token counts: {str(usage)[:200]}")
    if sent is None or received is None:
        known = TokenCounts(input=sent or 0, output=received or 0, complete=False)
        # Tokens of an unknown kind count as input, which never costs more.
        missing = max(0, (total or 0) - known.input - known.output)
        named = _INPUT[0] if sent is None else _OUTPUT[0]
        return known._replace(input=known.input + missing, problem=f"reports no usable {named}: {str(usage)[:200]}")
    # Some endpoints leave the tokens of reasoning out of the output, but not out of the total.
    received = max(received, (total or 0) - sent)
    return TokenCounts(input=sent, output=received, cached=min(cached or 0, sent))


def _usage_in(body: bytes) -> object:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return _last_object(body.decode("utf-8", "replace"))
    return content.get("usage") if isinstance(content, Mapping) else None


def _last_object(text: str) -> object:
    """Return the last object with the name `usage` in a text that is not JSON as a whole: cut short, or a stream."""
    end = len(text)
    while (start := text.rfind(_KEY, 0, end)) >= 0:
        after = text[start + len(_KEY) :].lstrip().removeprefix(":").lstrip()
        if after.startswith("{"):
            try:
                return json.JSONDecoder().raw_decode(after)[0]
            except (ValueError, RecursionError):
                pass
        end = start
    return None


def _first(usage: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    return next((_tokens(usage[name]) for name in names if name in usage), None)


def _detail(usage: Mapping[str, Any], name: str) -> object:
    details = usage.get(name)
    return details.get("cached_tokens") if isinstance(details, Mapping) else None


def _tokens(value: object) -> int | None:
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole or not 0 <= value <= MOST_TOKENS:  # type: ignore[operator]
        return None
    return int(value)  # type: ignore[call-overload,no-any-return]
