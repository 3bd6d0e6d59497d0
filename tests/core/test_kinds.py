"""Tables and lists that go by a kind hold all of that kind."""

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any, Literal, get_args, get_origin

import pytest

import pytest_mmina
from pytest_mmina.core.record.counts import rates
from pytest_mmina.core.record.metrics import Rates

# Exported scripts are made of it: it is read as text, and never imported.
_NOT_IMPORTED = {"pytest_mmina.browser.script_runtime"}


def modules() -> Iterator[ModuleType]:
    """All modules of the package."""
    for found in pkgutil.walk_packages(pytest_mmina.__path__, "pytest_mmina."):
        if found.name not in _NOT_IMPORTED:
            yield importlib.import_module(found.name)


def tables() -> Iterator[tuple[str, tuple[str, ...], Mapping[str, Any]]]:
    """The tables of all modules whose keys are a Literal: name, all kinds, content."""
    for module in modules():
        for name, kind in getattr(module, "__annotations__", {}).items():
            if get_origin(kind) in (dict, Mapping) and get_origin(get_args(kind)[0]) is Literal:
                yield f"{module.__name__}.{name}", get_args(get_args(kind)[0]), getattr(module, name)


TABLES = list(tables())


def test_the_tables_are_found() -> None:
    names = {name for name, _, _ in TABLES}
    assert names >= {
        "pytest_mmina.core.language.actions.ACTION_KINDS",
        "pytest_mmina.core.language.grammar_brackets.GRAMMAR",
        "pytest_mmina.agents.load.FORMS",
    }


@pytest.mark.parametrize(("name", "kinds", "table"), TABLES, ids=[name for name, _, _ in TABLES])
def test_a_table_has_every_kind(name: str, kinds: tuple[str, ...], table: Mapping[str, Any]) -> None:
    assert set(table) == set(kinds), name


def test_every_outcome_is_counted() -> None:
    assert rates([]) == Rates(
        episodes=0, solved=0, partial=0, unsolved=0, errored=0, hops_passed=0, hops_total=0, hop_success_rate=None,
        task_success_rate=None,
    )  # fmt: skip
