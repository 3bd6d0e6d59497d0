"""Conditions on a text, shared by all checks on texts."""

from functools import lru_cache
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator, model_validator
from pydantic_core import SchemaError, SchemaValidator, core_schema

from pytest_mmina.core.models import Model
from pytest_mmina.core.shortening import shortened
from pytest_mmina.core.text.comparisons import Comparison, is_part, problem_of_equality, problem_of_reference
from pytest_mmina.core.text.inequalities import problem_of_inequality, satisfies
from pytest_mmina.core.text.locales import DEFAULT_LOCALE, problem_of_locale


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


LOCALE_OF_TASK = "locale_of_task"
"""The key of pydantic's validation context with the locale of checks that do not give one."""


class TextCondition(Model):
    """Conditions on a text; every condition that is given must hold.

    `values` are inequalities such as `>= 3`, for a text that is a number and nothing else; ` |OR| ` separates
    alternatives. `compare` is how `equals`, `contains` and `lacks` are compared, and `locale` how ambiguous numbers and
    dates are read; its default is the `locale` of the task. `pattern` is case-sensitive.
    """

    equals: str | None = None
    contains: OneOrMany = ()
    lacks: OneOrMany = ()
    values: OneOrMany = ()
    pattern: str | None = None
    compare: Comparison = Field(
        default="text",
        description="text: ignoring case, white space and ways of typing; words: word by word (9 is not in 19); "
        "number: by value, unit and currency; date: by the day it names; list: items in any order; "
        "grid: by row and column; name: a name, with or without a sentence around it; yes_no: yes or no; "
        "literal, literal_words: as MMInA and WebArena compare, ignoring case and white space only",
    )
    locale: str = Field(
        default=DEFAULT_LOCALE, description="How 1,234 and 3/2/22 are read, e.g. en-US or de-DE; else that of the task."
    )

    @model_validator(mode="before")
    @classmethod
    def _has_the_locale_of_the_task(cls, value: object, info: ValidationInfo) -> object:
        locale = info.context.get(LOCALE_OF_TASK) if isinstance(info.context, dict) else None
        return {"locale": locale, **value} if locale is not None and isinstance(value, dict) else value

    @field_validator("locale")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if problem := problem_of_locale(value):
            raise ValueError(problem)
        return value

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
            whole = reference is self.equals
            if problem := problem_of_reference(self.compare, reference, whole=whole, locale=self.locale):
                raise ValueError(problem)
        return self


def problem_of_text(condition: TextCondition, text: str) -> str | None:
    """Return why a text does not satisfy a condition, as words that follow the name of the text; None if it does."""
    compare, locale = condition.compare, condition.locale
    if condition.equals is not None and (
        problem := problem_of_equality(compare, condition.equals, text, locale=locale)
    ):
        return problem
    for part in condition.contains:
        if not is_part(compare, part, text, locale=locale):
            return f"lacks {part!r}: {shortened(text)!r}"
    for part in condition.lacks:
        if is_part(compare, part, text, locale=locale):
            return f"has {part!r}, which it must not: {shortened(text)!r}"
    for inequality in condition.values:
        if not satisfies(inequality, text):
            return f"is {shortened(text)!r}, which is not {inequality}"
    if condition.pattern is not None and not text_pattern(condition.pattern).isinstance_python(text):
        return f"does not match the pattern {condition.pattern!r}: {shortened(text)!r}"
    return None
