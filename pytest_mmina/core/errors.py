"""The exceptions of pytest-mmina.

MminaError
├── TaskError              a task file that cannot be used: file, place, problem
├── ActionError            text that is not an action
├── AgentSpecError         an agent that cannot be found or built
├── AgentError             an agent elsewhere that cannot be reached, or cannot be understood: it has failed
├── ActionFailed           an action that the page did not allow: told to the agent
├── TrajectoryError        a recorded trajectory that cannot be used: file, line, problem
├── NotSolved              a case with less than full credit (also an AssertionError)
└── InfrastructureError    not the agent's doing: the episode is `errored`
    ├── BrowserError
    ├── JudgeError
    ├── SiteError
    ├── ReplayError      a recorded run that cannot be repeated: the site has drifted
    └── ProtocolError      the protocol `run-py`, where MMInA's run.py would crash
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import TypeVar

Word = TypeVar("Word", bound=str)


class MminaError(Exception):
    """Base of every exception that pytest-mmina raises on purpose."""


class TaskError(MminaError, ValueError):
    """A task that cannot be used; its text names the file, the place in it, the problem and the remedy."""

    def __init__(self, problem: str, *, source: str = "", place: str = "") -> None:
        self.problem = problem
        self.source = source
        self.place = place
        super().__init__(": ".join(part for part in (source, place, problem) if part))


class ActionError(MminaError, ValueError):
    """Text that the action grammar does not accept."""


class AgentSpecError(MminaError):
    """An agent that cannot be found, imported or built; `names_option`: the text begins with the option at fault."""

    def __init__(self, problem: str, *, names_option: bool = False) -> None:
        self.names_option = names_option
        super().__init__(problem)


class AgentError(MminaError):
    """An agent outside this process that is away, breaks off, or says what nobody can read: the agent's failure."""


class ActionFailed(MminaError):
    """An action that could not be done on this page; the agent reads why in its next observation.

    `blocked` says that it was refused because it leads out of the web.
    """

    blocked = False


class TrajectoryError(MminaError, ValueError):
    """A recorded trajectory that cannot be used; its text names the file, the line, the problem and the remedy."""

    def __init__(self, problem: str, *, file: object, line: int | None = None) -> None:
        self.problem, self.line = problem, line
        super().__init__(f"{file}:{line}: {problem}" if line is not None else f"{file}: {problem}")


class NotSolved(MminaError, AssertionError):
    """A case that earned less than full credit; its text is the table of hops."""


class InfrastructureError(MminaError):
    """A failure of browser, site or plugin: the episode counts as errored, not as the agent's failure."""


class BrowserError(InfrastructureError):
    """The browser crashed, closed or stopped answering."""


class JudgeError(InfrastructureError):
    """The judge of free answers is not set, cannot be reached, or says what is no verdict."""


class SiteError(InfrastructureError):
    """A site of the hermetic web cannot be loaded or served."""


class ReplayError(InfrastructureError):
    """A recorded run that cannot be repeated: the site is not what it was, or there is no recording of it to use."""


class ProtocolError(InfrastructureError):
    """The protocol `run-py` comes to where MMInA's released run.py would crash: its text names the exception."""


def nearest(word: str, known: Iterable[Word]) -> Word | None:
    """The known word that resembles a wrong one most; None if none does."""
    words = list(known)
    close = get_close_matches(word, words, n=1)
    return next((one for one in words if one in close), None)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Say which known word resembles a wrong one: ` Did you mean 'x'?`, or nothing."""
    near = nearest(word, known)
    return f" Did you mean {near!r}?" if near else ""
