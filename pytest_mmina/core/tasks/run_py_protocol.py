"""MMInA's hop protocol `run-py`: hops are counted as the released `run.py` does, to compare with published numbers.

It reads the address of the active page once per step, in lower case and otherwise unchanged. If the original would
crash, a ProtocolError is raised. Source: MMInA (arXiv 2404.09992), the code released with it.
"""

from collections.abc import Mapping, Sequence
from typing import assert_never

from pydantic import JsonValue

from pytest_mmina.core.errors import ProtocolError, TaskError
from pytest_mmina.core.language.trajectory import State
from pytest_mmina.core.tasks.checks import SiteWord
from pytest_mmina.core.tasks.hops import HopCursor, HopResult
from pytest_mmina.core.tasks.queue_protocol import END, must_include_of, procedure_of
from pytest_mmina.core.tasks.task import Hop, Task


class RunPyCount:
    """Counts hops as `run.py` does. `cnt`, its name there, is the number of passed hops and the index of the next."""

    def __init__(self, document: Mapping[str, JsonValue], *, subset: str) -> None:
        self._normal = subset == "normal"
        self._parts = must_include_of(document) if self._normal else []
        self.words = [*self._parts[:1], " ".join(self._parts)] if self._normal else procedure_of(document)
        self._city, self._flight, self._shop = (_text(document, field) for field in ("city", "flight", "shop"))
        self._flag = True
        self.cnt = 0
        self.passed_at: list[int] = []

    def count_address(self, url: str, *, step: int) -> None:
        """Count the hops that the address of the active page passes; raises ProtocolError if the original crashes."""
        url = url.lower()
        before = self.cnt
        if self._normal:
            self._look_for_parts(url)
        elif self._flag:
            self._look_for_word(url)
        self.passed_at.extend([step] * (self.cnt - before))

    @property
    def solved(self) -> bool:
        """Whether the task passes; raises ProtocolError if the original reads past the end of its list."""
        return self.cnt == 2 if self._normal else self._word(self.cnt) == END

    def _look_for_parts(self, url: str) -> None:
        if "kiwix" not in url and self._parts[0] in url and self._flag:
            self.cnt, self._flag = self.cnt + 1, False
        if self.cnt == 1 and all(part.lower() in url for part in self._parts):
            self.cnt = 2

    def _look_for_word(self, url: str) -> None:
        now = self._word(self.cnt)
        if "kiwix" not in url and "kiwix" in now and self._word(self.cnt + 1) in url:
            # After this, the original counts no further hop.
            self.cnt, self._flag = self.cnt + 1, False
        for site, entity in (("momondo", self._flight), ("7770", self._shop)):
            if site in url and site in now and entity in url:
                self.cnt += 1
        if now in url and all(word in url for word in self._words_of_city()):
            self.cnt += 1

    def _word(self, index: int) -> str:
        if index >= len(self.words):
            raise ProtocolError("run.py would raise IndexError: it reads past the end of 'procedure'")
        return self.words[index]

    def _words_of_city(self) -> list[str]:
        words = self._city.split(" ")
        if len(words) > 2:
            raise ProtocolError(
                f"run.py would raise ValueError: it takes cities of one or two words, not {self._city!r}"
            )
        return words


class RunPyCursor:
    """Returns the count of `run.py` as results of hops; `end` is a hop that no episode needs to pass."""

    def __init__(self, hops: Sequence[Hop], document: Mapping[str, JsonValue], *, subset: str) -> None:
        self._hops, self._count = tuple(hops), RunPyCount(document, subset=subset)
        self._urls: list[str] = []
        self._steps: list[int] = []

    def judge_states(self, states: Sequence[State], *, step: int) -> None:
        """Count on the active page of the last state; the original does not see redirects."""
        for page in states[-1].pages[:1]:
            before = self._count.cnt
            self._count.count_address(page.url, step=step)
            self._urls.extend([page.url] * (self._count.cnt - before))

    def judge_end(self, state: State, *, step: int) -> None:
        """Do nothing: the original does not count again after the agent has stopped."""

    def open_question(self, state: State) -> None:
        """Return None: the original asks no judge."""

    def finish(self) -> None:
        """Raise ProtocolError if the original crashes when it decides whether the task passes."""
        _ = self._count.solved

    @property
    def done(self) -> bool:
        """Whether nothing is left to judge: always False, because the count may still run past the end."""
        return False

    @property
    def results(self) -> tuple[HopResult, ...]:
        """One result for each word of `procedure`, including `end`; if the task passes, the rest is not needed."""
        count = self._count.cnt
        solved = count < len(self._count.words) and self._count.words[count] == END
        return tuple(
            HopResult(name=hop.name, passed=True, step=step, url=url, reason="counted by run.py", weight=hop.weight)
            for hop, step, url in zip(self._hops, self._count.passed_at, self._urls, strict=False)
        ) + tuple(
            HopResult(
                name=hop.name,
                passed=False,
                reason="in the denominator of run.py, and never passed" if solved else "not counted by run.py",
                weight=hop.weight,
                needed=not solved,
                # The original tests one word at a time.
                reached=position == 0,
            )
            for position, hop in enumerate(self._hops[count:])
        )


def cursor_of(task: Task) -> HopCursor | RunPyCursor:
    """Return the cursor that judges the hops of a task, by its protocol."""
    match task.protocol:
        case "queue":
            return HopCursor(task.hops)
        case "run-py":
            return RunPyCursor(task.hops, task.document, subset=task.subset)
        case _:
            assert_never(task.protocol)


def run_py_hops(document: Mapping[str, JsonValue], *, subset: str) -> tuple[Hop, ...]:
    """Return the hops that `run.py` counts in its denominator, including `end`; raises TaskError."""
    words = RunPyCount(document, subset=subset).words
    if not words:
        raise TaskError("has no hop: it names no site", place="procedure")
    return tuple(Hop(name=word, check=SiteWord(word=word)) for word in words)


def _text(document: Mapping[str, JsonValue], field: str) -> str:
    value = document.get(field)
    return value if isinstance(value, str) else ""
