"""Secrets: what is taken out of everything that is kept or told."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import TypeVar
from urllib.parse import parse_qsl, quote, quote_plus

from pytest_mmina.core.models import Model

REMOVED = "[secret]"
SHORTEST = 8
"""Shorter values of the environment are no keys: taking `true` out of every text would tell more than it hides."""

_SHORTEST_ANYWHERE = 4
_NAMED = re.compile(r"(?:^|_)(?:\w*KEY|\w*TOKEN|\w*SECRET|\w*PASSW(?:OR)?D|PASSPHRASE|CREDENTIALS?|COOKIE)S?(?:_|$)")
_GAP = r"""["']?\s*+[:=]\s*+["']?+(?!\[secret\])"""
_HEADER = re.compile(
    # A recipe may say `Cookie: 3 cups of flour`; the header has names and values.
    rf"""((?:Proxy-)?Authorization{_GAP}|(?:Set-)?Cookie{_GAP}(?=[\w.-]+=))[^\r\n"']+""",
    re.IGNORECASE,
)
Kept = TypeVar("Kept", bound=Model)


def is_named_like_a_secret(name: str) -> bool:
    """Whether a variable, an option or a setting of this name holds a key, a token or a password."""
    return _NAMED.search(re.sub(r"[.-]", "_", name).upper()) is not None


class Secrets:
    """Texts that nobody may read in the results, as they are or as a part of a URL."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._texts = frozenset(text for text in texts if text)
        forms = {form for text in self._texts for form in (text, quote(text), quote(text, safe=""), quote_plus(text))}
        # The longest first, so that no part of one is left standing where another is part of it.
        self._forms = sorted(forms, key=lambda form: (-len(form), form))

    @classmethod
    def of_environment(cls, environment: Mapping[str, str]) -> "Secrets":
        """The values of the variables that are named like keys, tokens and passwords."""
        named = (value.strip() for name, value in environment.items() if is_named_like_a_secret(name))
        return cls(value for value in named if len(value) >= SHORTEST)

    @classmethod
    def of_address(cls, url: str) -> "Secrets":
        """The values in the query of an address, where some keep their keys."""
        values = (value for _, value in parse_qsl(url.partition("?")[2]))
        return cls(value for value in values if len(value) >= SHORTEST)

    @classmethod
    def of_login(cls, storage_state: bytes) -> "Secrets":
        """The values of the cookies in a stored login, Playwright's JSON; none where it cannot be read."""
        try:
            values = [str(cookie["value"]) for cookie in json.loads(storage_state)["cookies"]]
        except (ValueError, KeyError, TypeError):
            # Whoever opens a context with it will say so.
            return cls()
        return cls(value for value in values if len(value) >= SHORTEST)

    def __or__(self, more: "Iterable[str] | Secrets") -> "Secrets":
        texts = more._texts if isinstance(more, Secrets) else frozenset(more)
        return self if texts <= self._texts else Secrets(self._texts | texts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secrets) and self._texts == other._texts

    def __hash__(self) -> int:
        return hash(self._texts)

    def removed_from(self, text: str) -> str:
        """The text without secrets, and without what stands behind `Authorization:` or `Cookie:`.

        One of less than four characters is taken out where it is all there is, or all that an action types.
        """
        for secret in self._forms:
            if len(secret) >= _SHORTEST_ANYWHERE:
                text = text.replace(secret, REMOVED)
            else:
                text = REMOVED if text == secret else text.replace(f"[{secret}]", REMOVED)
        # Looking for the words first is a hundred times as fast on the text of a page, and nearly no page has them.
        lowered = text.lower()
        if "authorization" not in lowered and "cookie" not in lowered:
            return text
        return _HEADER.sub(rf"\1{REMOVED}", text)

    def removed_from_all(self, kept: Kept) -> Kept:
        """The same value, without secrets in any of its texts."""
        content = kept.model_dump()
        cleaned = self._cleaned(content)
        return kept if cleaned == content else type(kept).model_validate(cleaned)

    def _cleaned(self, value: object) -> object:
        if isinstance(value, str):
            return self.removed_from(value)
        if isinstance(value, dict):
            return {self._cleaned(name): self._cleaned(item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(map(self._cleaned, value))
        return value
