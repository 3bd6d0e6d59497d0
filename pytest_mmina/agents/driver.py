"""Agents that drive the browser themselves: `drive:package.module:attribute` here, `drive:cmd:` in another process."""

import inspect
import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from pytest_mmina.agents.commands import RunningCommand, command_in
from pytest_mmina.agents.in_process import find_attribute
from pytest_mmina.agents.loops import EventLoop
from pytest_mmina.agents.settings import AgentSettings
from pytest_mmina.core.episode.ports import BrowserConnection, Driver, Reply
from pytest_mmina.core.errors import AgentError, AgentSpecError
from pytest_mmina.core.tasks.task import Task

PREFIX = "drive:"
COMMAND = "cmd:"
OFFERED = ("intent", "page", "cdp_url")
_LONGEST_LINE = 1_000_000


class InProcessDriver:
    """Calls a function, or the method `drive` of an object, with those of OFFERED that its arguments name."""

    def __init__(self, make: Callable[[], Callable[..., Any]], loop: EventLoop) -> None:
        self._make, self._loop = make, loop

    def drive(self, intent: str, connection: BrowserConnection) -> Any:
        """Hand over the browser, with a page of the API that fits: synchronous, or asynchronous for `async def`."""
        function = self._make()
        wanted = _wanted(function)
        given: dict[str, Any] = {"intent": intent, "cdp_url": connection.cdp_url}
        given = {name: value for name, value in given.items() if name in wanted}
        if inspect.iscoroutinefunction(function):
            return self._loop.result_of(_drive_async(function, given, connection, with_page="page" in wanted))
        if "page" in wanted:
            with connection.page() as page:
                return function(**given, page=page)
        return function(**given)

    def interrupt(self) -> None:
        """Cancel what an asynchronous driver waits for."""
        self._loop.interrupt()


async def _drive_async(
    function: Callable[..., Any], given: Mapping[str, Any], connection: BrowserConnection, *, with_page: bool
) -> Any:
    if not with_page:
        return await function(**given)
    async with connection.async_page() as page:
        return await function(**given, page=page)


class CommandDriver:
    """Starts a command for each episode, which finds the task and the browser in its environment and on its stdin.

    The last line of its output that is a JSON object with an `answer` is its answer.
    """

    def __init__(self, command: list[str], settings: AgentSettings) -> None:
        self._command, self._settings = command, settings
        self._running: RunningCommand | None = None
        self._kept = ""

    def drive(self, intent: str, connection: BrowserConnection) -> Reply:
        """Run the command to its end."""
        told = {"intent": intent, "cdp_url": connection.cdp_url}
        environment = {**os.environ, "MMINA_INTENT": intent, "MMINA_CDP_URL": connection.cdp_url}
        self._running = running = RunningCommand(self._command, folder=self._settings.folder, environment=environment)
        try:
            running.stdin.write(json.dumps(told).encode() + b"\n")
            running.stdin.close()
        except BrokenPipeError:
            # It does not have to read what stands in its environment as well.
            pass
        try:
            answer = ""
            while line := running.stdout.readline(_LONGEST_LINE):
                answer = _answer_in(line, answer)
            status = running.exit_status()
            self._kept += running.take_errors()
        finally:
            running.close()
        if status != 0:
            last = " | ".join(self._kept.rstrip().splitlines()[-5:]) or "nothing"
            raise AgentError(f"the driver's process ended with exit status {status}; the last it said: {last}")
        return Reply(action=answer)

    def interrupt(self) -> None:
        """Kill the command and all that it has started."""
        if self._running is not None:
            self._running.kill()

    def log(self) -> str:
        """What the command wrote to stderr."""
        return self._kept + (self._running.take_errors() if self._running is not None else "")


class DriverSource:
    """Drivers in this process; raises AgentSpecError where there is none, or where one wants what is not offered."""

    def __init__(self, spec: str) -> None:
        self._spec, self._loop = spec, EventLoop()
        found: Any = find_attribute(spec.removeprefix(PREFIX), spec)
        method = getattr(found, "drive", None)
        self._make: Callable[[], Callable[..., Any]]
        if inspect.isclass(found):
            if method is None:
                raise AgentSpecError(f"agent {spec!r}: the class {found.__name__} has no method 'drive'")
            self._make = _method_of(found)
            self._check({name for name in _wanted(method) if name != "self"})
        elif callable(method or found):
            self._make = lambda: method or found
            self._check(_wanted(method or found))
        else:
            raise AgentSpecError(f"agent {spec!r}: {type(found).__name__} has no method 'drive' and cannot be called")

    def _check(self, wanted: set[str]) -> None:
        unknown = sorted(wanted - set(OFFERED))
        if unknown:
            raise AgentSpecError(
                f"agent {self._spec!r}: wants {', '.join(map(repr, unknown))}; a driver is given {', '.join(OFFERED)}, "
                "whichever of them its arguments name"
            )

    def agent_for(self, task: Task) -> Driver:
        """A class makes one for each case."""
        return InProcessDriver(self._make, self._loop)

    def close(self) -> None:
        """End the event loop."""
        self._loop.close()


class CommandDriverSource:
    """Drivers in another process; raises AgentSpecError for a command that cannot be found."""

    def __init__(self, spec: str, settings: AgentSettings) -> None:
        text = spec.removeprefix(PREFIX).removeprefix(COMMAND)
        self._command = command_in(text, spec=spec, folder=settings.folder)
        self._settings = settings

    def agent_for(self, task: Task) -> Driver:
        """One for each case."""
        return CommandDriver(self._command, self._settings)

    def close(self) -> None:
        """Do nothing: each is ended when its episode is."""


def _method_of(found: type[Any]) -> Callable[[], Callable[..., Any]]:
    def make() -> Callable[..., Any]:
        method: Callable[..., Any] = found().drive
        return method

    return make


def _wanted(function: Callable[..., Any]) -> set[str]:
    """The arguments that have to be given."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return set(OFFERED)
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {
        parameter.name for parameter in parameters
        if parameter.kind not in variable and (parameter.default is parameter.empty or parameter.name in OFFERED)
    }  # fmt: skip


def _answer_in(line: bytes, before: str) -> str:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return before
    return str(said["answer"]) if isinstance(said, dict) and "answer" in said else before
