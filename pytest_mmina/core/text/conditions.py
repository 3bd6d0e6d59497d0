"""Conditions on a text, shared by all checks on texts."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Annotated, NamedTuple, Self

from pydantic import BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator, model_validator
from pydantic_core import SchemaError, SchemaValidator, core_schema

from pytest_mmina.core.models import Model
from pytest_mmina.core.shortening import shortened
from pytest_mmina.core.text.comparisons import Comparison, is_part, problem_of_equality, problem_of_reference
from pytest_mmina.core.text.folding import folded, plain
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
        "number: by value, unit and currency; date: by the day it names; time: by the time of day; "
        "list: items in any order; grid: by row and column; name: a name, with or without a sentence around it; "
        "yes_no: yes or no; "
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
            whole = reference is self.equals
            if problem := problem_of_reference(self.compare, reference, whole=whole, locale=self.locale):
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


def _common_form(comparison: Comparison) -> Callable[[str], str] | None:
    """Return the form in which texts are compared as texts, so that it is made only once of each text."""
    if comparison == "text":
        return folded
    return plain if comparison == "literal" else None


class _Comparing:
    """Compares texts with a condition."""

    def __init__(self, condition: TextCondition) -> None:
        self._condition, self._fold = condition, _common_form(condition.compare)
        self._contains = [(part, self.prepared(part)) for part in condition.contains]
        self.lacks = [self.prepared(part) for part in condition.lacks]

    def prepared(self, text: str) -> str:
        return self._fold(text) if self._fold is not None else text

    def is_part(self, wanted: str, text: str) -> bool:
        if self._fold is not None:
            return wanted in text
        return is_part(self._condition.compare, wanted, text, locale=self._condition.locale)

    def examined(self, text: str, prepared: str) -> tuple[str | None, int]:
        """Return the first problem of a text, and how many parts it meets."""
        condition = self._condition
        first, met = None, len(self.lacks)
        if condition.equals is not None:
            first = problem_of_equality(condition.compare, condition.equals, text, locale=condition.locale)
            met += first is None
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
