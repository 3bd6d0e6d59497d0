"""Judge the hops of a task, each as soon as the hops that it comes after have passed."""

from collections.abc import Collection, Iterable, Sequence
from typing import Self

from pydantic import Field, ValidationInfo, model_validator

from pytest_mmina.core.language.trajectory import State
from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.tasks.checks import AnyJudged
from pytest_mmina.core.tasks.downloads_so_far import DownloadsSoFar
from pytest_mmina.core.tasks.judging import judge, open_question
from pytest_mmina.core.tasks.order import all_before, predecessors
from pytest_mmina.core.tasks.task import Hop, Task
from pytest_mmina.core.tasks.verdict import Verdict

_NOT_REACHED = "not reached: hop "


def step_in_words(step: int) -> str:
    """Return the words for a step of an episode: `at step 3`, or `at the start`."""
    return f"at step {step}" if step else "at the start"


class HopOutcome(Model):
    """Whether a hop passed, at which step (0 is the start state), on which URL it was judged, and the reason.

    Of a hop that did not pass, `step`, `url` and `reason` are those of the nearest miss: of all states that it was
    judged on, the last one that meets most of the check. A hop that was not `reached` was never judged, because a hop
    that comes before it did not pass. `score` is the highest number from 0 to 1 that its check gave, None if it gives
    none. `alternative` is the name of the alternative that passed.
    """

    name: Text
    passed: bool
    step: int | None = None
    reason: Text
    url: Text = ""
    reached: bool = True
    score: float | None = Field(default=None, ge=0, le=1)
    alternative: Text = ""

    @property
    def credit(self) -> float:
        """The share of its weight that the hop earned, from 0 to 1."""
        return self.score if self.score is not None else float(self.passed)

    @property
    def explanation(self) -> str:
        """The reason, for a hop that did not pass with the step of the nearest miss."""
        if self.passed or self.step is None:
            return self.reason
        return f"{step_in_words(self.step)}: {self.reason}"

    @model_validator(mode="after")
    def _of_an_older_file(self, info: ValidationInfo) -> Self:
        # Older files do not have this field; there, the reason is the only sign.
        if info.mode == "json" and "reached" not in self.model_fields_set and not self.passed:
            return self.model_copy(update={"reached": not self.reason.startswith(_NOT_REACHED)})
        return self


class HopResult(HopOutcome):
    """The outcome of a hop in an episode; a task can be solved without the hops that are not `needed`."""

    weight: float = 1.0
    needed: bool = True


class HopCursor:
    """Judges the hops of a task on every state in order.

    A hop is open, and is judged, once the hops that it comes after have passed. A hop that has passed stays passed, and
    a score never falls. Raises TaskError if the order of the hops contradicts itself.
    """

    def __init__(self, hops: Sequence[Hop]) -> None:
        self._hops = tuple(hops)
        self._before = predecessors([hop.name for hop in hops], [hop.after for hop in hops])
        self._passed: dict[int, HopResult] = {}
        self._nearest: dict[int, tuple[Verdict, int]] = {}

    def judge_states(self, states: Sequence[State], *, step: int) -> None:
        """Judge the states since the last step, in order."""
        for state in states:
            self.judge_state(state, step=step)

    def judge_end(self, state: State, *, step: int) -> None:
        """Judge the state in which the agent stopped, with its answer."""
        self.judge_state(state, step=step)

    def finish(self) -> None:
        """Do nothing: only the protocol `run-py` has something to check at the end."""

    def judge_state(self, state: State, *, step: int) -> None:
        """Judge the open hops on a state; if one passes, judge the hops that it opens on the same state."""
        judged: set[int] = set()
        while now := [at for at in self._judged() if at not in judged]:
            judged.update(now)
            for at in now:
                self._judge(at, state, step=step)

    def open_question(self, state: State) -> AnyJudged | None:
        """Return the check that the judge must decide before the open hops can be judged, or None."""
        questions = (open_question(self._hops[at].check, state) for at in self._open())
        return next((question for question in questions if question is not None), None)

    @property
    def done(self) -> bool:
        """Whether every hop has passed."""
        return len(self._passed) == len(self._hops)

    @property
    def results(self) -> tuple[HopResult, ...]:
        """One result for each hop, in the order of the task."""
        opened = set(self._open())
        return tuple(
            self._passed[at] if at in self._passed else self._missed(at, opened) for at in range(len(self._hops))
        )

    def _open(self) -> list[int]:
        """Return the hops that are judged and have not passed, in the order of the task."""
        return [
            at
            for at, needed in enumerate(self._before)
            if at not in self._passed and all(before in self._passed for before in needed)
        ]

    def _judged(self) -> list[int]:
        # A score can still rise after its hop has passed.
        rising = (at for at, hop in self._passed.items() if hop.score is not None and hop.score < 1)
        return sorted([*self._open(), *rising])

    def _judge(self, at: int, state: State, *, step: int) -> None:
        hop = self._hops[at]
        verdict, alternative = _judge_hop(hop, state)
        if at in self._passed:
            score = max(self._passed[at].score or 0.0, verdict.score or 0.0)
            self._passed[at] = self._passed[at].model_copy(update={"score": score})
        elif verdict.passed:
            self._passed[at] = HopResult(
                name=hop.name,
                passed=True,
                step=step,
                url=verdict.url,
                reason=verdict.reason,
                weight=hop.weight,
                score=verdict.score,
                alternative=alternative,
            )
        elif at not in self._nearest or verdict.nearness >= self._nearest[at][0].nearness:
            self._nearest[at] = verdict, step

    def _missed(self, at: int, opened: Collection[int]) -> HopResult:
        hop = self._hops[at]
        url, step, reason, score = "", None, "no page was seen", None
        if at not in opened:
            first = sorted(all_before(at, self._before) & set(opened))
            numbers = " and ".join(str(number + 1) for number in first)
            reason = f"{_NOT_REACHED}{numbers} comes first"
            if len(first) > 1:
                reason = f"not reached: hops {numbers} come first"
        elif at in self._nearest:
            verdict, step = self._nearest[at]
            url, reason, score = verdict.url, verdict.reason, verdict.score
        return HopResult(
            name=hop.name,
            passed=False,
            step=step,
            url=url,
            reason=reason,
            reached=at in opened,
            weight=hop.weight,
            score=score,
        )


def _judge_hop(hop: Hop, state: State) -> tuple[Verdict, str]:
    """Return the verdict on a hop from its threshold on, and the name of the alternative that passed."""
    if not hop.alternatives:
        return _from_threshold(judge(hop.check, state), hop.threshold), ""
    verdicts = [(_from_threshold(judge(each.check, state), hop.threshold), each.name) for each in hop.alternatives]
    verdict, name = max(verdicts, key=lambda each: (each[0].passed, *each[0].nearness))
    if verdict.passed:
        return verdict, name
    return verdict.model_copy(update={"reason": f"{name}: {verdict.reason}"}), ""


def _from_threshold(verdict: Verdict, threshold: float) -> Verdict:
    if verdict.score is None or verdict.passed is (verdict.score >= threshold):
        return verdict
    passed = verdict.score >= threshold
    return verdict.model_copy(update={"passed": passed})


def judge_task(task: Task, states: Iterable[State]) -> tuple[HopResult, ...]:
    """Judge a task on stored states, without a browser; the position of a state is its step."""
    cursor, downloads = HopCursor(task.hops), DownloadsSoFar()
    for step, state in enumerate(states):
        cursor.judge_states(downloads.filled([state], step=step), step=step)
    return cursor.results
