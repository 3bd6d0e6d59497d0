"""The check `address`: the parts of an address, each compared on its own."""

from collections.abc import Iterable
from datetime import date as Day  # noqa: N812 - a field of the check has the name `date`
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler, field_validator, model_validator
from pydantic_core import CoreSchema, SchemaError

from pytest_mmina.core.models import Model
from pytest_mmina.core.text.addresses import read_host
from pytest_mmina.core.text.conditions import OneOrMany, text_pattern
from pytest_mmina.core.text.routes import Route, read_route


class ValueCheck(Model):
    """How one value of an address is compared; exactly one comparison is given.

    `equals` and `one_of` ignore case and white space, `exact` does not. `pattern` is case-sensitive, in Rust's syntax,
    and covers the whole value. `date` is a day, `number` a number, however they are written. `any` is a value that is
    not empty; `absent` means that there is no such parameter, or that it is empty.
    """

    equals: str | None = Field(default=None, min_length=1)
    exact: str | None = Field(default=None, min_length=1)
    one_of: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    pattern: str | None = Field(default=None, min_length=1)
    date: Day | None = None
    number: float | None = Field(default=None, allow_inf_nan=False)
    any: Literal[True] | None = None
    absent: Literal[True] | None = None

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        return value if value is None else _require_pattern(value)

    @model_validator(mode="after")
    def _has_one_comparison(self) -> Self:
        given = [name for name in type(self).model_fields if getattr(self, name) not in (None, ())]
        if len(given) != 1:
            known = ", ".join(map(repr, type(self).model_fields))
            raise ValueError(f"needs exactly one of {known}, and has {' and '.join(map(repr, given)) or 'none'}")
        return self


def _long_form(value: Any) -> Any:
    if isinstance(value, str):
        return {"equals": value}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"number": value}
    return {"one_of": value} if isinstance(value, list | tuple) else value


class ShortForms:
    """Adds the short forms to the JSON Schema of a field."""

    def __init__(self, *types: str) -> None:
        self._types = types

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        short: list[dict[str, Any]] = [{"type": name} for name in self._types if name != "array"]
        texts = [{"type": "array", "items": {"type": "string"}, "minItems": 1}] if "array" in self._types else []
        return {"anyOf": [*short, *texts, handler(schema)]}


Value = Annotated[ValueCheck, BeforeValidator(_long_form), ShortForms("string", "number", "array")]
"""A comparison of a value. A text alone means `equals`, a number alone `number`, a list alone `one_of`."""


class PathPattern(Model):
    """A pattern in Rust's syntax for a whole path, decoded, with a slash at its beginning and none at its end."""

    pattern: str = Field(min_length=1)

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        return _require_pattern(value)


def _require_hosts(value: tuple[str, ...]) -> tuple[str, ...]:
    for host in value:
        if read_host(host) is None:
            raise ValueError(f"{host!r} is not a host: write it without scheme and path, such as 'www.example.com'")
    return value


Hosts = Annotated[OneOrMany, AfterValidator(_require_hosts)]
"""Names of hosts, with the port if it is not the default one. `*.example.com` means all hosts below it."""


def _as_routes(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Path = Annotated[tuple[str, ...] | PathPattern, BeforeValidator(_as_routes), ShortForms("string")]
"""Paths with placeholders, one of which is met, or a pattern. A single path may be given without a list."""


class AddressCheck(Model):
    """The site answered this address, as a document and with success, in this episode.

    Only the parts that are given are compared, each on its own and decoded; the order of the query has no meaning, and
    parameters that are not named do not count. `host` is one host or several (with a port if it is not the default one;
    `*.example.com` means all hosts below it). `path` and `fragment` have placeholders (`/d/{city}/events`), whose
    values `placeholders` compares. `fragment_query` are the parameters behind a question mark in the fragment.
    """

    kind: Literal["address"] = "address"
    host: Hosts = Field(min_length=1)
    path: Path | None = None
    query: dict[str, Value] = Field(default_factory=dict)
    fragment: Path | None = None
    fragment_query: dict[str, Value] = Field(default_factory=dict)
    placeholders: dict[str, Value] = Field(default_factory=dict)

    @property
    def needs_fragment(self) -> bool:
        """Whether the fragment is compared."""
        return self.fragment is not None or bool(self.fragment_query)

    @model_validator(mode="after")
    def _has_routes(self) -> Self:
        used = [_routes(part) for part in (self.path, self.fragment) if isinstance(part, tuple)]
        if () in used:
            raise ValueError("an empty list of paths would never be met")
        names = [{name for route in routes for name in route.names} for routes in used]
        if len(names) == 2 and names[0] & names[1]:
            raise ValueError("path and fragment have a placeholder with the same name")
        for name, value in self.placeholders.items():
            if value.absent:
                raise ValueError(f"the placeholder {name!r} is never absent")
            if not any(all(name in route.names for route in routes) for routes in used):
                raise ValueError(f"the placeholder {name!r} has to be in every path, or in every fragment")
        return self


def _routes(texts: Iterable[str]) -> tuple[Route, ...]:
    return tuple(map(read_route, texts))


def whole_pattern(pattern: str) -> str:
    """Return a pattern that covers the whole text, not a part of it."""
    return rf"\A(?:{pattern})\z"


def _require_pattern(pattern: str) -> str:
    try:
        # The pattern has to be one by itself too: `a)|(b` would only be one inside of the group.
        text_pattern(pattern)
        text_pattern(whole_pattern(pattern))
    except SchemaError as error:
        detail = str(error).splitlines()[-1].strip()
        raise ValueError(f"{pattern!r} is not a pattern (Rust regex syntax): {detail}") from None
    return pattern
