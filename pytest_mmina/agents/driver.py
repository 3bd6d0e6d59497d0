"""Agents that drive the browser: `drive:package.module:attribute` in this process, `drive:cmd:` in another one."""

import inspect
import json
import os
from collections.abc import Callable, Mapping
from typing import Any

from pytest_mmina.agents.child_process import KILLED, ChildProcess, split_command
from pytest_mmina.agents.event_loop import EventLoop
from pytest_mmina.agents.in_process import find_attribute
from pytest_mmina.agents.settings import AgentSettings
from pytest_mmina.agents.wire import add_usage, reported
from pytest_mmina.core.episode.interfaces import BrowserConnection, Driver, Reply
from pytest_mmina.core.episode.spending import Spending
from pytest_mmina.core.errors import AgentError, AgentKilled, AgentSpecError
from pytest_mmina.core.language.trajectory import Usage
from pytest_mmina.core.tasks.task import Task

PREFIX = "drive:"
COMMAND = "cmd:"
OFFERED = ("intent", "page", "cdp_url")
_LONGEST_LINE = 1_000_000


class InProcessDriver:
    """Calls a function, or the method `drive` of an object, with those arguments of OFFERED that it names."""

    def __init__(self, make: Callable[[], Callable[..., Any]], loop: EventLoop) -> None:
        self._make, self._loop = make, loop

    def drive(self, intent: str, connection: BrowserConnection) -> Any:
        """Call the driver and return its answer. An `async def` gets a page of Playwright's asynchronous API."""
        function = self._make()
        wanted = _parameters_of(function)
        arguments: dict[str, Any] = {"intent": intent, "cdp_url": connection.cdp_url}
        arguments = {name: value for name, value in arguments.items() if name in wanted}
        if inspect.iscoroutinefunction(function):
            return self._loop.run(_drive_async(function, arguments, connection, with_page="page" in wanted))
        if "page" in wanted:
            with connection.page() as page:
                return function(**arguments, page=page)
        return function(**arguments)

    def interrupt(self) -> None:
        """Cancel the call of an asynchronous driver."""
        self._loop.interrupt()


async def _drive_async(
    function: Callable[..., Any], arguments: Mapping[str, Any], connection: BrowserConnection, *, with_page: bool
) -> Any:
    if not with_page:
        return await function(**arguments)
    async with connection.async_page() as page:
        return await function(**arguments, page=page)


class CommandDriver:
    """Starts a command for each episode, with the task and the browser's address in its environment and on its stdin.

    The answer is in the last line of its output that is a JSON object with the field `answer`. The fields `usage` of
    all lines are added up.
    """

    def __init__(self, command: list[str], settings: AgentSettings) -> None:
        self._command, self._settings = command, settings
        self._running: ChildProcess | None = None
        self._stderr, self._spending = "", Spending()

    def drive(self, intent: str, connection: BrowserConnection) -> Reply:
        """Run the command until it ends. Raises AgentError if its exit status is not 0."""
        message = {"intent": intent, "cdp_url": connection.cdp_url}
        environment = {**os.environ, "MMINA_INTENT": intent, "MMINA_CDP_URL": connection.cdp_url}
        self._running = running = ChildProcess(self._command, folder=self._settings.folder, environment=environment)
        try:
            running.stdin.write(json.dumps(message).encode() + b"\n")
            running.stdin.close()
        except BrokenPipeError:
            # The command need not read its stdin: its environment contains the same.
            pass
        try:
            answer = ""
            while line := running.stdout.readline(_LONGEST_LINE):
                answer = self._answer_of(line, answer)
            status, was_killed = running.exit_status(), running.was_killed
            self._stderr += running.take_stderr()
        finally:
            running.close()
        if status != 0:
            last = " | ".join(self._stderr.rstrip().splitlines()[-5:]) or "(empty)"
            if was_killed:
                raise AgentKilled(f"the driver's process {KILLED}; end of its stderr: {last}")
            raise AgentError(f"the driver's process ended with exit status {status}; end of its stderr: {last}")
        return Reply(action=answer, usage=self.unreported_usage())

    def unreported_usage(self) -> Usage | None:
        """Return what the command has reported since the last call; None if it reported nothing."""
        return reported(self._spending)

    def interrupt(self) -> None:
        """Kill the command and all processes that it started."""
        if self._running is not None:
            self._running.kill()

    def log(self) -> str:
        """Return what the command wrote to stderr."""
        return self._stderr + (self._running.take_stderr() if self._running is not None else "")

    def _answer_of(self, line: bytes, before: str) -> str:
        """Return the answer in a line of output, or the answer before if the line has none; count its usage."""
        try:
            content = json.loads(line)
        except (ValueError, RecursionError):
            return before
        if not isinstance(content, dict):
            return before
        add_usage(content, self._spending)
        return str(content["answer"]) if "answer" in content else before


class DriverSource:
    """Makes drivers in this process. Raises AgentSpecError if there is none, or if it needs an unknown argument."""

    def __init__(self, spec: str) -> None:
        self._spec, self._loop = spec, EventLoop()
        found: Any = find_attribute(spec.removeprefix(PREFIX), spec)
        method = getattr(found, "drive", None)
        self._make: Callable[[], Callable[..., Any]]
        if inspect.isclass(found):
            if method is None:
                raise AgentSpecError(f"agent {spec!r}: the class {found.__name__} has no method 'drive'")
            self._make = _method_of(found)
            self._require_offered({name for name in _parameters_of(method) if name != "self"})
        elif callable(method or found):
            self._make = lambda: method or found
            self._require_offered(_parameters_of(method or found))
        else:
            raise AgentSpecError(f"agent {spec!r}: {type(found).__name__} has no method 'drive' and cannot be called")

    def _require_offered(self, wanted: set[str]) -> None:
        unknown = sorted(wanted - set(OFFERED))
        if unknown:
            raise AgentSpecError(
                f"agent {self._spec!r}: has unknown arguments: {', '.join(map(repr, unknown))}; "
                f"a driver can have the arguments {', '.join(OFFERED)}"
            )

    def agent_for(self, task: Task) -> Driver:
        """Return a driver for a case; a class makes a new object for each case."""
        return InProcessDriver(self._make, self._loop)

    def close(self) -> None:
        """Stop the event loop."""
        self._loop.close()


class CommandDriverSource:
    """Makes drivers in another process. Raises AgentSpecError if the command cannot be found."""

    def __init__(self, spec: str, settings: AgentSettings) -> None:
        text = spec.removeprefix(PREFIX).removeprefix(COMMAND)
        self._command = split_command(text, spec=spec, folder=settings.folder)
        self._settings = settings

    def agent_for(self, task: Task) -> Driver:
        """Return a new driver for a case."""
        return CommandDriver(self._command, self._settings)

    def close(self) -> None:
        """Do nothing: each command ends with its episode."""


def _method_of(found: type[Any]) -> Callable[[], Callable[..., Any]]:
    def make() -> Callable[..., Any]:
        method: Callable[..., Any] = found().drive
        return method

    return make


def _parameters_of(function: Callable[..., Any]) -> set[str]:
    """Return the names of the arguments that are required, or optional and in OFFERED."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return set(OFFERED)
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return {
        parameter.name for parameter in parameters
        if parameter.kind not in variable and (parameter.default is parameter.empty or parameter.name in OFFERED)
    }  # fmt: skip
