"""Refuse autouse fixtures that would run every test of a project once for each task."""

import inspect
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pytest

_TASK = "mmina_task"


def require_asked_for(metafunc: pytest.Metafunc) -> None:
    """Fail the collection of a test that gets a task only from an autouse fixture outside of its module."""
    definition = metafunc.definition
    closure, defined = definition._fixtureinfo, metafunc._arg2fixturedefs
    marked = definition.get_closest_marker("mmina") is not None
    used = [name for marker in definition.iter_markers("usefixtures") for name in marker.args]
    if marked or _TASK in _reached([*closure.argnames, *used], defined):
        return
    module = definition.getparent(pytest.Module)
    for name in closure.initialnames:
        for fixture in defined.get(name, ()):
            is_own = module is not None and fixture.baseid.startswith(module.nodeid)
            if _TASK in _reached([name], defined) and not is_own:
                pytest.fail(
                    f"{_place(fixture)}: the autouse fixture {name!r} asks for {_TASK}, so every test would run once "
                    "for each task, also this one: leave out autouse=True and ask for the fixture in the tests of "
                    "tasks, or move it into their module",
                    pytrace=False,
                )


def _reached(names: Iterable[str], defined: Mapping[str, Sequence[pytest.FixtureDef[Any]]]) -> set[str]:
    """Return the fixtures that these fixtures need, directly or not, and these."""
    found: set[str] = set()
    left = list(names)
    while left:
        if (name := left.pop()) not in found:
            found.add(name)
            left += [needed for fixture in defined.get(name, ()) for needed in fixture.argnames]
    return found


def _place(fixture: pytest.FixtureDef[Any]) -> str:
    function = inspect.unwrap(fixture.func)
    return f"{os.path.relpath(inspect.getfile(function))}:{function.__code__.co_firstlineno}"
