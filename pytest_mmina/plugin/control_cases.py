"""The cases of a control: which of the two agents goes first, and that a project can make both of them."""

import os
from collections.abc import Sequence
from hashlib import sha256

import pytest

from pytest_mmina.core.choices import Arm

_OURS = "pytest_mmina.plugin.fixtures"


def in_turns(arms: Sequence[Arm], task: str, trial: int) -> list[Arm]:
    """Return the arms in the order in which they run a trial, one directly after the other.

    The first trial begins with either of them, by a hash of the task, so that all workers agree; then they take turns.
    """
    digest = sha256(task.encode("utf-8", "surrogatepass")).digest()
    return list(arms) if (digest[0] + trial) % 2 else list(reversed(arms))


def require_both_agents(metafunc: pytest.Metafunc) -> None:
    """Fail the collection of a test whose fixture `mmina_agent` replaces ours: it would make one agent for both arms.

    A fixture that only wraps the agent asks for `mmina_agent` itself.
    """
    definitions = metafunc._arg2fixturedefs.get("mmina_agent", ())
    for definition in reversed(definitions):
        if definition.func.__module__ == _OURS:
            return
        if "mmina_agent" not in definition.argnames:
            code = getattr(definition.func, "__code__", None)
            place = code.co_filename if code is not None else definition.func.__module__
            where = place.removeprefix(f"{metafunc.config.rootpath}{os.sep}")
            pytest.fail(
                f"--mmina-control: the fixture mmina_agent in {where} makes the agent of both arms, so it would be "
                "compared with itself: name both agents with --mmina-agent and --mmina-control, or make them in the "
                "hook pytest_mmina_make_agent(config, task, agent)",
                pytrace=False,
            )
