"""The hooks that a user's conftest.py or plugin can implement."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pytest_mmina.core.tasks.task import Task
    from pytest_mmina.sites.registry import Site


@pytest.hookspec
def pytest_mmina_sites(config: pytest.Config) -> "Iterable[Site]":  # type: ignore[empty-body]
    """Add sites of your own to the hermetic web; called at collection and when the web starts, in each worker:

    from my_shop import create_app  # any WSGI app: Flask, Django, ...
    from pytest_mmina import Site

    def pytest_mmina_sites(config):
        return [Site(name="mine", hosts=("shop.example",), home="https://shop.example/", create_app=create_app)]
    """


@pytest.hookspec(firstresult=True)
def pytest_mmina_make_agent(config: pytest.Config, task: "Task", agent: str) -> Any:
    """Make the agent of a case if --mmina-agent is not given; None means the agent of the ini file:

    def pytest_mmina_make_agent(config, task):
        return MyAgent(model=config.getoption("my_model"))  # reset(intent) and act(observation), or a function

    `agent` is the name of the agent that is wanted: that of the ini file, or that of --mmina-control. An implementation
    without this argument is not asked for the control.
    """
