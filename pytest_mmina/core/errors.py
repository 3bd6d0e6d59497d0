"""The exceptions of pytest-mmina.

MminaError
├── TaskError              a task file cannot be used; names file, place and problem
├── ActionError            a text is not an action
├── AgentSpecError         an agent cannot be found or created
├── AgentError             an agent in another process cannot be reached or understood: the agent failed
├── ActionFailed           the page did not allow an action; the agent reads the reason
├── TrajectoryError        a recorded trajectory cannot be used; names file, line and problem
├── NotSolved              a case earned less than full credit (also an AssertionError)
└── InfrastructureError    not the agent's fault: the episode is `errored`
    ├── BrowserError
    ├── JudgeError
    ├── SiteError
    ├── AgentKilled        the agent's process was killed by somebody else
    ├── ReplayError        a recorded run cannot be repeated: the site has changed
    └── ProtocolError      MMInA's run.py would crash here (protocol `run-py`)
"""

import errno
from collections.abc import Iterable
from difflib import get_close_matches
from typing import ClassVar, Literal, TypeVar

Word = TypeVar("Word", bound=str)

ErrorCause = Literal["agent-process", "browser", "disk", "judge", "protocol", "replay", "site", "test", "worker"]
"""What an errored episode errored because of; `test` is the case's own test or fixture, `worker` pytest-xdist's."""

_DISK_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})


class MminaError(Exception):
    """Base class of all exceptions that pytest-mmina raises on purpose."""


class TaskError(MminaError, ValueError):
    """A task cannot be used. The message names the file, the place in it, the problem and the remedy."""

    def __init__(self, problem: str, *, source: str = "", place: str = "") -> None:
        self.problem = problem
        self.source = source
        self.place = place
        super().__init__(": ".join(part for part in (source, place, problem) if part))


class ActionError(MminaError, ValueError):
    """A text or a mapping is not a valid action."""


class AgentSpecError(MminaError):
    """An agent cannot be found, imported or created.

    With `names_option`, the message begins with the option at fault.
    """

    def __init__(self, problem: str, *, names_option: bool = False) -> None:
        self.names_option = names_option
        super().__init__(problem)


class AgentError(MminaError):
    """An agent outside this process cannot be reached, stops early or sends an unreadable answer: the agent failed."""


class ActionFailed(MminaError):
    """The page did not allow an action. The agent reads the reason in its next observation.

    `blocked` says that the action was refused because it leads out of the web.
    """

    blocked = False


class TrajectoryError(MminaError, ValueError):
    """A recorded trajectory cannot be used. The message names the file, the line, the problem and the remedy."""

    def __init__(self, problem: str, *, file: object, line: int | None = None) -> None:
        self.problem, self.line = problem, line
        super().__init__(f"{file}:{line}: {problem}" if line is not None else f"{file}: {problem}")


class NotSolved(MminaError, AssertionError):
    """A case earned less than full credit, or its episode ended too early to compare it with its snapshot."""


class InfrastructureError(MminaError):
    """The browser, a site, the judge or the plugin failed: the episode is errored, and the agent is not to blame."""

    cause: ClassVar[ErrorCause]


class BrowserError(InfrastructureError):
    """The browser crashed, closed or stopped answering."""

    cause = "browser"


class JudgeError(InfrastructureError):
    """No judge of free answers is set, the judge cannot be reached, or its answer is not a verdict."""

    cause = "judge"


class SiteError(InfrastructureError):
    """A site of the hermetic web cannot be loaded or served."""

    cause = "site"


class AgentKilled(InfrastructureError):
    """The agent's process was killed from outside of the session, for example because memory ran out."""

    cause = "agent-process"


class ReplayError(InfrastructureError):
    """A recorded run cannot be repeated: the site has changed, or there is no usable recording."""

    cause = "replay"


class ProtocolError(InfrastructureError):
    """MMInA's released run.py would crash here (protocol `run-py`). The message names the exception."""

    cause = "protocol"


def error_cause(error: BaseException) -> ErrorCause | None:
    """Return what an exception says about the harness: its cause, or None if the harness is not at fault."""
    if isinstance(error, InfrastructureError):
        return error.cause
    return "disk" if isinstance(error, OSError) and error.errno in _DISK_ERRORS else None


def nearest(word: str, known: Iterable[Word]) -> Word | None:
    """Return the known word that is most similar to a wrong one, or None if no word is similar enough."""
    words = list(known)
    close = get_close_matches(word, words, n=1)
    return next((one for one in words if one in close), None)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ` Did you mean 'x'?` for the most similar known word, or the empty text if no word is similar enough."""
    near = nearest(word, known)
    return f" Did you mean {near!r}?" if near else ""
