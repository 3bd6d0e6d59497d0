"""An agent in its own process, in any language: JSON lines on its stdin and stdout (see `wire`)."""

import uuid
from collections.abc import Sequence
from contextlib import suppress

from pytest_mmina.agents.child_process import KILLED, ChildProcess, split_command
from pytest_mmina.agents.settings import AgentSettings
from pytest_mmina.agents.wire import (
    LONGEST_REPLY,
    ActMessage,
    EndMessage,
    Message,
    NotJson,
    ResetMessage,
    read_action,
    read_reply,
    reported,
    sent_observation,
)
from pytest_mmina.core.episode.interfaces import Reply
from pytest_mmina.core.episode.spending import Spending
from pytest_mmina.core.errors import AgentError, AgentKilled
from pytest_mmina.core.language.trajectory import Observation, Remembered, Usage
from pytest_mmina.core.tasks.task import Task

PREFIX = "cmd:"
_LINES_SHOWN = 5


class ProcessSource:
    """Makes agents from `cmd:<command>`: one process for all cases of this worker, and a new one if it has ended.

    The process starts with the first case. Raises AgentSpecError if the command cannot be found.
    """

    def __init__(self, spec: str, settings: AgentSettings) -> None:
        self._command = split_command(spec.removeprefix(PREFIX), spec=spec, folder=settings.folder)
        self._settings = settings
        self._running: ChildProcess | None = None

    def agent_for(self, task: Task) -> "ProcessAgent":
        """Return a new agent for a case; all agents share the process."""
        return ProcessAgent(self, self._settings)

    def running(self) -> ChildProcess:
        """Return the process; starts it if it does not run."""
        if self._running is not None and not self._running.is_running:
            self.close()
        if self._running is None:
            self._running = ChildProcess(self._command, folder=self._settings.folder)
        return self._running

    def close(self) -> None:
        """Kill the process and all processes that it started."""
        running, self._running = self._running, None
        if running is not None:
            running.close()


class ProcessAgent:
    """Exchanges the messages of one episode with the process."""

    wants_memory = True

    def __init__(self, source: ProcessSource, settings: AgentSettings) -> None:
        self._source, self._settings = source, settings
        self._process: ChildProcess | None = None
        self._id, self._step, self._stderr, self._spending = "", 0, "", Spending()

    def reset(self, intent: str, memory: Sequence[Remembered] = ()) -> None:
        """Start an episode."""
        self._process = self._source.running()
        # What the process wrote before does not belong to this episode.
        self._process.take_stderr()
        self._id, self._step = uuid.uuid4().hex, 0
        self._exchange(ResetMessage(session=self._id, intent=intent, memory=tuple(memory)))

    def act(self, observation: Observation) -> Reply:
        """Send an observation and return the action in the reply."""
        self._step += 1
        sent = sent_observation(observation, pictures=self._settings.pictures)
        return self._exchange(ActMessage(session=self._id, step=self._step, observation=sent))

    def end(self) -> None:
        """Report the end of the episode, if the process still runs."""
        if self._process is not None and self._process.is_running:
            self._exchange(EndMessage(session=self._id))

    def interrupt(self) -> None:
        """Kill the process, so that a call that waits for it returns immediately."""
        if self._process is not None:
            self._process.kill()

    def unreported_usage(self) -> Usage | None:
        """Return the usage of replies that contained no action; None if there is none."""
        return reported(self._spending)

    def log(self) -> str:
        """Return what the process wrote to stderr during the episode."""
        if self._process is not None:
            self._stderr += self._process.take_stderr()
        return self._stderr

    def _exchange(self, message: Message) -> Reply:
        process, sender = self._process, "the agent's process"
        assert process is not None, "an episode begins with reset()"
        try:
            with suppress(BrokenPipeError):
                process.stdin.write(message.model_dump_json().encode() + b"\n")
                process.stdin.flush()
            line = process.stdout.readline(LONGEST_REPLY)
            if not line:
                reason = self._exit_message(process)
                raise AgentKilled(reason) if process.was_killed else AgentError(reason)
            if not line.endswith(b"\n") and len(line) >= LONGEST_REPLY:
                raise AgentError(f"{sender} replied with a line of more than {LONGEST_REPLY} bytes")
            try:
                if message.type == "act":
                    return read_action(line, sender=sender, spending=self._spending)
                read_reply(line, sender=sender, spending=self._spending)
            except NotJson as error:
                hint = "its stdout is only for replies, one line each: write logs to stderr"
                raise AgentError(f"{error}; {hint}") from None
        except BaseException:
            # The next line of its output would be read as the reply to another message.
            process.kill()
            raise
        return Reply(action="")

    def _exit_message(self, process: ChildProcess) -> str:
        status = process.exit_status()
        ended = f"ended with exit status {status}" if status is not None else "closed its output"
        if process.was_killed:
            ended = KILLED
        self._stderr += process.take_stderr()
        last = self._stderr.rstrip().splitlines()[-_LINES_SHOWN:]
        return f"the agent's process {ended}" + (f"; end of its stderr: {' | '.join(last)}" if last else "")
