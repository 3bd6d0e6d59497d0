"""Judge the constraints of a task: what must never happen, and what has to hold when the agent stops."""

from collections.abc import Sequence

from pytest_mmina.core.language.trajectory import State
from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.tasks.checks import AnyJudged
from pytest_mmina.core.tasks.hops import step_in_words
from pytest_mmina.core.tasks.judging import judge, open_question
from pytest_mmina.core.tasks.task import Constraint, ConstraintKind


class Violation(Model):
    """A broken constraint: the step at which it broke first (0 is the start state), the URL, and the reason."""

    name: Text
    kind: ConstraintKind
    step: int
    url: Text = ""
    reason: Text

    def __str__(self) -> str:
        place = f" on {self.url}" if self.url else ""
        return f"{self.kind}: {self.name}: broken {step_in_words(self.step)}{place}: {self.reason}"


class ConstraintWatch:
    """Judges the constraints of a task on every state in order; a constraint that is broken stays broken.

    A `finally` is judged only if the agent stops.
    """

    def __init__(self, constraints: Sequence[Constraint]) -> None:
        self._constraints = tuple(constraints)
        self._broken: dict[int, Violation] = {}
        self._held: set[int] = set()

    def judge_states(self, states: Sequence[State], *, step: int) -> None:
        """Judge what must never hold on the states since the last step."""
        for state in states:
            self._judge_never(state, step)

    def judge_end(self, state: State, *, step: int) -> None:
        """Judge the state in which the agent stopped; what a judge has to decide first is left out."""
        self._judge_never(state, step)
        for at, constraint in self._of_kind("finally"):
            if at in self._held or open_question(constraint.check, state) is not None:
                continue
            verdict = judge(constraint.check, state)
            if verdict.passed:
                self._held.add(at)
            else:
                self._break(at, step, verdict.url, verdict.reason)

    def open_question(self, state: State) -> AnyJudged | None:
        """Return the check that the judge must decide before the constraints can be judged at the end, or None."""
        questions = (open_question(self._constraints[at].check, state) for at in self.unsettled)
        return next((question for question in questions if question is not None), None)

    @property
    def violations(self) -> tuple[Violation, ...]:
        """The broken constraints, in the order of the task."""
        return tuple(violation for _, violation in sorted(self._broken.items()))

    @property
    def unjudged(self) -> tuple[str, ...]:
        """The names of the constraints that were not judged, because the agent has not stopped."""
        return tuple(one.name for at, one in self._of_kind("finally") if at not in self._held)

    @property
    def unsettled(self) -> tuple[int, ...]:
        """The positions of the constraints that are judged on the next state, or at the end."""
        return tuple(at for at in range(len(self._constraints)) if at not in self._broken and at not in self._held)

    def _of_kind(self, kind: ConstraintKind) -> list[tuple[int, Constraint]]:
        """Return the constraints of a kind that are not broken, with their positions."""
        return [(at, one) for at, one in enumerate(self._constraints) if one.kind == kind and at not in self._broken]

    def _judge_never(self, state: State, step: int) -> None:
        for at, constraint in self._of_kind("never"):
            verdict = judge(constraint.check, state)
            if verdict.passed:
                self._break(at, step, verdict.url, verdict.reason)

    def _break(self, at: int, step: int, url: str, reason: str) -> None:
        constraint = self._constraints[at]
        self._broken[at] = Violation(name=constraint.name, kind=constraint.kind, step=step, url=url, reason=reason)
