"""Conditions on a text, shared by all checks on texts."""

from functools import lru_cache
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, field_validator, model_validator
from pydantic_core import SchemaError, SchemaValidator, core_schema

from pytest_mmina.core.models import Model
from pytest_mmina.core.shortening import shortened
from pytest_mmina.core.text.comparisons import (
    Comparison,
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


def problem_of_text(condition: TextCondition, text: str) -> str | None:
    """Return why a text does not satisfy a condition, as words that follow the name of the text; None if it does."""
    compare = condition.compare
    if condition.equals is not None and not is_same(compare, condition.equals, text):
        return f"is {shortened(text)!r}, not {condition.equals!r}"
    for part in condition.contains:
        if not is_part(compare, part, text):
            return f"lacks {part!r}: {shortened(text)!r}"
    for part in condition.lacks:
        if is_part(compare, part, text):
            return f"has {part!r}, which it must not: {shortened(text)!r}"
    for inequality in condition.values:
        if not satisfies(inequality, text):
            return f"is {shortened(text)!r}, which is not {inequality}"
    if condition.pattern is not None and not text_pattern(condition.pattern).isinstance_python(text):
        return f"does not match the pattern {condition.pattern!r}: {shortened(text)!r}"
    return None
