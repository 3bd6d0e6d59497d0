"""An agent in a process of its own, in any language: JSON lines on its stdin and stdout (see `wire`)."""

import uuid
from collections.abc import Sequence
from contextlib import suppress

from pytest_mmina.agents.commands import RunningCommand, command_in
from pytest_mmina.agents.settings import AgentSettings
from pytest_mmina.agents.wire import (
    LONGEST_REPLY,
    ActMessage,
    EndMessage,
    Message,
    NotJson,
    ResetMessage,
    answer_in,
    read_reply,
    seen_by,
)
from pytest_mmina.core.episode.ports import Reply
from pytest_mmina.core.errors import AgentError
from pytest_mmina.core.language.trajectory import Observation, Remembered
from pytest_mmina.core.tasks.task import Task

PREFIX = "cmd:"
_LINES_TOLD = 5


class ProcessSource:
    """Agents from `cmd:<command>`: one process for all cases of this worker, and a new one where it broke.

    Raises AgentSpecError for a command that cannot be found; it is started for the first case.
    """

    def __init__(self, spec: str, settings: AgentSettings) -> None:
        self._command = command_in(spec.removeprefix(PREFIX), spec=spec, folder=settings.folder)
        self._settings = settings
        self._running: RunningCommand | None = None

    def agent_for(self, task: Task) -> "ProcessAgent":
        """One for each case, before the same process."""
        return ProcessAgent(self, self._settings)

    def running(self) -> RunningCommand:
        """The process, started if there is none."""
        if self._running is not None and not self._running.is_running:
            self.close()
        if self._running is None:
            self._running = RunningCommand(self._command, folder=self._settings.folder)
        return self._running

    def close(self) -> None:
        """End the process and all that it has started."""
        running, self._running = self._running, None
        if running is not None:
            running.close()


class ProcessAgent:
    """One episode with the process."""

    wants_memory = True

    def __init__(self, source: ProcessSource, settings: AgentSettings) -> None:
        self._source, self._settings = source, settings
        self._process: RunningCommand | None = None
        self._id, self._step, self._kept = "", 0, ""

    def reset(self, intent: str, memory: Sequence[Remembered] = ()) -> None:
        """Begin an episode."""
        self._process = self._source.running()
        # What it wrote before belongs to nobody's episode.
        self._process.take_errors()
        self._id, self._step = uuid.uuid4().hex, 0
        self._exchange(ResetMessage(session=self._id, intent=intent, memory=tuple(memory)))

    def act(self, observation: Observation) -> Reply:
        """Ask for an action."""
        self._step += 1
        seen = seen_by(observation, pictures=self._settings.pictures)
        return self._exchange(ActMessage(session=self._id, step=self._step, observation=seen))

    def end(self) -> None:
        """Say that it is over; a process that broke hears nothing of it."""
        if self._process is not None and self._process.is_running:
            self._exchange(EndMessage(session=self._id))

    def interrupt(self) -> None:
        """Kill the process: whoever waits for it comes back at once."""
        if self._process is not None:
            self._process.kill()

    def log(self) -> str:
        """What the process wrote to stderr during the episode."""
        if self._process is not None:
            self._kept += self._process.take_errors()
        return self._kept

    def _exchange(self, message: Message) -> Reply:
        process, named = self._process, "the agent's process"
        assert process is not None, "an episode begins with reset()"
        try:
            with suppress(BrokenPipeError):
                process.stdin.write(message.model_dump_json().encode() + b"\n")
                process.stdin.flush()
            line = process.stdout.readline(LONGEST_REPLY)
            if not line:
                raise AgentError(self._end_of(process))
            if not line.endswith(b"\n") and len(line) >= LONGEST_REPLY:
                raise AgentError(f"{named} replied with a line of more than {LONGEST_REPLY} bytes")
            try:
                if message.type == "act":
                    return answer_in(line, named=named)
                read_reply(line, named=named)
            except NotJson as error:
                hint = "its stdout is for replies alone, one line each: write logs to stderr"
                raise AgentError(f"{error}; {hint}") from None
        except BaseException:
            # Whatever comes next on its output would be taken for the answer to another question.
            process.kill()
            raise
        return Reply(action="")

    def _end_of(self, process: RunningCommand) -> str:
        status = process.exit_status()
        ended = f"ended with exit status {status}" if status is not None else "closed its output"
        self._kept += process.take_errors()
        last = self._kept.rstrip().splitlines()[-_LINES_TOLD:]
        return f"the agent's process {ended}" + (f"; the last it said: {' | '.join(last)}" if last else "")
