"""Remove secrets from everything that is stored, printed or reported."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import TypeVar
from urllib.parse import parse_qsl, quote, quote_plus

from pytest_mmina.core.models import Model

REMOVED = "[secret]"
SHORTEST = 8
"""Values shorter than this are not treated as secrets: removing `true` from every text would only damage the texts."""

_SHORTEST_ANYWHERE = 4
_NAMED = re.compile(r"(?:^|_)(?:\w*KEY|\w*TOKEN|\w*SECRET|\w*PASSW(?:OR)?D|PASSPHRASE|CREDENTIALS?|COOKIE)S?(?:_|$)")
_GAP = r"""["']?\s*+[:=]\s*+["']?+(?!\[secret\])"""
_HEADER = re.compile(
    # Only `Cookie:` with `name=` after it is the header: a recipe may contain `Cookie: 3 cups of flour`.
    rf"""((?:Proxy-)?Authorization{_GAP}|(?:Set-)?Cookie{_GAP}(?=[\w.-]+=))[^\r\n"']+""",
    re.IGNORECASE,
)
AnyModel = TypeVar("AnyModel", bound=Model)


def is_named_like_a_secret(name: str) -> bool:
    """Return whether the name of a variable, an option or a setting suggests a key, a token or a password."""
    return _NAMED.search(re.sub(r"[.-]", "_", name).upper()) is not None


class Secrets:
    """Texts that must not appear in the results, neither as they are nor percent-encoded in a URL."""

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._texts = frozenset(text for text in texts if text)
        forms = {form for text in self._texts for form in (text, quote(text), quote(text, safe=""), quote_plus(text))}
        # The longest first: if one secret is part of another one, removing it first would leave the rest readable.
        self._forms = sorted(forms, key=lambda form: (-len(form), form))

    @classmethod
    def of_environment(cls, environment: Mapping[str, str]) -> "Secrets":
        """Return the values of the environment variables whose names suggest a key, a token or a password."""
        named = (value.strip() for name, value in environment.items() if is_named_like_a_secret(name))
        return cls(value for value in named if len(value) >= SHORTEST)

    @classmethod
    def of_address(cls, url: str) -> "Secrets":
        """Return the values in the query of a URL, which may contain a key."""
        values = (value for _, value in parse_qsl(url.partition("?")[2]))
        return cls(value for value in values if len(value) >= SHORTEST)

    @classmethod
    def of_login(cls, storage_state: bytes) -> "Secrets":
        """Return the cookie values of a Playwright storage state; none if the file cannot be read."""
        try:
            values = [str(cookie["value"]) for cookie in json.loads(storage_state)["cookies"]]
        except (ValueError, KeyError, TypeError):
            # Opening a browser context with this file raises the error.
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
        """Return the text without secrets and without the values of `Authorization` and `Cookie` headers.

        A secret of fewer than four characters is removed only if it is the whole text or a whole argument of an
        action (`[123]`): inside other texts, the same characters are common.
        """
        for secret in self._forms:
            if len(secret) >= _SHORTEST_ANYWHERE:
                text = text.replace(secret, REMOVED)
            else:
                text = REMOVED if text == secret else text.replace(f"[{secret}]", REMOVED)
        # Searching for these words first is a hundred times as fast on the text of a page, and few pages contain them.
        lowered = text.lower()
        if "authorization" not in lowered and "cookie" not in lowered:
            return text
        return _HEADER.sub(rf"\1{REMOVED}", text)

    def removed_from_all(self, model: AnyModel) -> AnyModel:
        """Return the same model without secrets in any of its texts."""
        content = model.model_dump()
        cleaned = self._cleaned(content)
        return model if cleaned == content else type(model).model_validate(cleaned)

    def _cleaned(self, value: object) -> object:
        if isinstance(value, str):
            return self.removed_from(value)
        if isinstance(value, dict):
            return {self._cleaned(name): self._cleaned(item) for name, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(map(self._cleaned, value))
        return value
