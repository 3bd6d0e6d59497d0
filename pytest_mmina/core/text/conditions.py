"""Conditions on a text, shared by all checks on texts."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, NamedTuple, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator
from pydantic_core import SchemaError, SchemaValidator, core_schema

from pytest_mmina.core.models import Model
from pytest_mmina.core.shortening import shortened
from pytest_mmina.core.text.comparisons import (
    Comparison,
    folded,
    is_part,
    is_same,
    problem_of_inequality,
    problem_of_reference,
    satisfies,
)


@lru_cache(maxsize=1024)
def text_pattern(pattern: str) -> SchemaValidator:
    """Compile a search pattern with the Rust engine, which never backtracks: task files are untrusted."""
    return SchemaValidator(core_schema.str_schema(pattern=pattern, regex_engine="rust-regex"))


OneOrMany = Annotated[
    tuple[str, ...],
    BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
"""Several texts; a single one may be given without a list."""


class TextCondition(Model):
    """Conditions on a text; every condition that is given must hold.

    `values` are inequalities such as `>= 3`, for a text that is a number and nothing else; ` |OR| ` separates
    alternatives. `compare` is how `equals`, `contains` and `lacks` are compared. `pattern` is case-sensitive.
    """

    equals: str | None = None
    contains: OneOrMany = ()
    lacks: OneOrMany = ()
    values: OneOrMany = ()
    pattern: str | None = None
    compare: Comparison = Field(
        default="text",
        description="text: ignoring case and white space; words: word by word (9 is not in 19); "
        "number: by value, unit and currency; date: by the day it names; list: items in any order",
    )

    @property
    def size(self) -> int:
        """The number of conditions that are given."""
        single = (self.equals is not None) + (self.pattern is not None)
        return single + len(self.contains) + len(self.lacks) + len(self.values)

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str | None) -> str | None:
        if value is not None:
            try:
                text_pattern(value)
            except SchemaError as error:
                detail = str(error).splitlines()[-1].strip()
                raise ValueError(f"{value!r} is not a pattern (Rust regex syntax): {detail}") from None
        return value

    @field_validator("values")
    @classmethod
    def _are_inequalities(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for inequality in value:
            if problem := problem_of_inequality(inequality):
                raise ValueError(problem)
        return value

    @model_validator(mode="after")
    def _has_a_condition(self) -> Self:
        references = (*self.contains, *self.lacks, *(() if self.equals is None else (self.equals,)))
        if not (references or self.values or self.pattern is not None):
            raise ValueError("has no condition: give 'equals', 'contains', 'lacks', 'values' or 'pattern'")
        if "" in references or self.pattern == "":
            raise ValueError("an empty text would match everything or nothing")
        for reference in references:
            if problem := problem_of_reference(self.compare, reference):
                raise ValueError(problem)
        return self


class Findings(NamedTuple):
    """What some texts are found to meet: the problem as words that follow their name, or None, and the parts met."""

    problem: str | None
    met: int
    asked: int


def examine(condition: TextCondition, texts: Sequence[str]) -> Findings:
    """Compare texts with a condition: no text may contain what must be absent, and one text must meet all the rest."""
    asked = condition.size
    comparing = _Comparing(condition)
    seen = [comparing.prepared(text) for text in texts]
    for part, wanted in zip(condition.lacks, comparing.lacks, strict=True):
        for text, prepared in zip(texts, seen, strict=True):
            if comparing.is_part(wanted, prepared):
                met = max((comparing.examined(*each)[1] for each in zip(texts, seen, strict=True)), default=0)
                problem = f"has {part!r}, which it must not: {shortened(text)!r}"
                return Findings(problem, min(met, asked - 1), asked)
    most, first = 0, ""
    for text, prepared in zip(texts, seen, strict=True):
        unmet, met = comparing.examined(text, prepared)
        if unmet is None:
            return Findings(None, asked, asked)
        most, first = max(most, met), first or unmet
    return Findings(first or "is missing", most, asked)


class _Comparing:
    """Compares texts with a condition; texts that are compared as texts, the usual kind, are folded only once."""

    def __init__(self, condition: TextCondition) -> None:
        self._condition, self._folds = condition, condition.compare == "text"
        self._contains = [(part, self.prepared(part)) for part in condition.contains]
        self.lacks = [self.prepared(part) for part in condition.lacks]

    def prepared(self, text: str) -> str:
        return folded(text) if self._folds else text

    def is_part(self, wanted: str, text: str) -> bool:
        return wanted in text if self._folds else is_part(self._condition.compare, wanted, text)

    def examined(self, text: str, prepared: str) -> tuple[str | None, int]:
        """Return the first problem of a text, and how many parts it meets."""
        condition = self._condition
        first, met = None, len(self.lacks)
        if condition.equals is not None:
            if is_same(condition.compare, condition.equals, text):
                met += 1
            else:
                first = f"is {shortened(text)!r}, not {condition.equals!r}"
        for part, wanted in self._contains:
            if self.is_part(wanted, prepared):
                met += 1
            else:
                first = first or f"lacks {part!r}: {shortened(text)!r}"
        for inequality in condition.values:
            if satisfies(inequality, text):
                met += 1
            else:
                first = first or f"is {shortened(text)!r}, which is not {inequality}"
        if condition.pattern is not None:
            if text_pattern(condition.pattern).isinstance_python(text):
                met += 1
            else:
                first = first or f"does not match the pattern {condition.pattern!r}: {shortened(text)!r}"
        return first, met
