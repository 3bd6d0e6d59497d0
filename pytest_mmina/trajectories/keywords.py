"""Expressions of keywords with `and`, `or`, `not` and parentheses, like those of pytest's `-k`."""

import re
from collections.abc import Callable

from pytest_mmina.core.errors import MminaError

_TOKEN = re.compile(r"[()]|[^\s()]+")
_DEEPEST = 50
Matches = Callable[[str], bool]


def keywords(expression: str) -> Matches:
    """Return a function that says whether a text matches the expression; case does not matter.

    An empty expression matches every text. Raises MminaError for an expression that cannot be read.
    """
    tokens = _TOKEN.findall(expression)
    if not tokens:
        return lambda text: True
    return _Reading(expression, tokens).whole()


class _Reading:
    """Reads an expression from left to right."""

    def __init__(self, expression: str, tokens: list[str]) -> None:
        self._expression, self._tokens, self._depth = expression, tokens[::-1], 0

    def whole(self) -> Matches:
        matches = self._either()
        if self._tokens:
            raise self._wrong(f"'and' or 'or' is missing before {self._tokens[-1]!r}")
        return matches

    def _either(self) -> Matches:
        matches = self._both()
        while self._take("or"):
            matches = _any(matches, self._both())
        return matches

    def _both(self) -> Matches:
        matches = self._one()
        while self._take("and"):
            matches = _all(matches, self._one())
        return matches

    def _one(self) -> Matches:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self._wrong(f"more than {_DEEPEST} levels")
        try:
            if self._take("not"):
                inner = self._one()
                return lambda text: not inner(text)
            if self._take("("):
                inner = self._either()
                if not self._take(")"):
                    raise self._wrong("a parenthesis is missing")
                return inner
        finally:
            self._depth -= 1
        if not self._tokens or self._tokens[-1] in ("and", "or", ")"):
            found = f"not {self._tokens[-1]!r}" if self._tokens else "nothing is there"
            raise self._wrong(f"a keyword is expected, {found}")
        word = self._tokens.pop().lower()
        return lambda text: word in text.lower()

    def _take(self, token: str) -> bool:
        return bool(self._tokens) and self._tokens[-1] == token and bool(self._tokens.pop())

    def _wrong(self, problem: str) -> MminaError:
        return MminaError(f"-k {self._expression!r}: {problem}")


def _any(one: Matches, other: Matches) -> Matches:
    return lambda text: one(text) or other(text)


def _all(one: Matches, other: Matches) -> Matches:
    return lambda text: one(text) and other(text)
