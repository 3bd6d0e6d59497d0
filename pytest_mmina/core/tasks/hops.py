"""Judge a task hop by hop, by MMInA's hop protocol `queue`.

Source: MMInA (arXiv 2404.09992), section 3: hop conditions form an ordered queue, and only the front one is tested.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Self

from pydantic import JsonValue, ValidationInfo, model_validator

from pytest_mmina.core.errors import TaskError
from pytest_mmina.core.language.trajectory import State
from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.tasks.checks import AllOf, AnyJudged, AnyOf, Check, Entity, Not, SiteWord, UrlMatch
from pytest_mmina.core.tasks.judging import judge, open_question
from pytest_mmina.core.tasks.task import Hop, Task
from pytest_mmina.core.tasks.verdict import Verdict

END = "end"
_NOT_REACHED = "not reached: hop "
SINGLE_HOP_SUBSETS = ("shopping", "wikipedia")


def step_in_words(step: int) -> str:
    """Return the words for a step of an episode: `at step 3`, or `at the start`."""
    return f"at step {step}" if step else "at the start"


class HopOutcome(Model):
    """Whether a hop passed, at which step (0 is the start state), on which URL it was judged, and the reason.

    Of a hop that did not pass, `step`, `url` and `reason` are those of the nearest miss: of all states that it was
    judged on, the last one that meets most of the check. A hop that was not `reached` was never judged, because an
    earlier hop did not pass.
    """

    name: Text
    passed: bool
    step: int | None = None
    reason: Text
    url: Text = ""
    reached: bool = True

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

    Only the current hop is judged, and a hop that has passed stays passed.
    """

    def __init__(self, hops: Sequence[Hop]) -> None:
        self._hops = tuple(hops)
        self._passed: list[HopResult] = []
        self._nearest: Verdict | None = None
        self._nearest_step: int | None = None

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
        """Judge the current hop on a state; if it passes, judge the next one on the same state."""
        while not self.done:
            hop = self._hops[len(self._passed)]
            verdict = judge(hop.check, state)
            if not verdict.passed:
                if self._nearest is None or verdict.share >= self._nearest.share:
                    self._nearest, self._nearest_step = verdict, step
                return
            self._nearest = self._nearest_step = None
            self._passed.append(
                HopResult(
                    name=hop.name, passed=True, step=step, url=verdict.url, reason=verdict.reason, weight=hop.weight
                )
            )

    def open_question(self, state: State) -> AnyJudged | None:
        """Return the check that the judge must decide before the current hop can be judged, or None."""
        return None if self.done else open_question(self._hops[len(self._passed)].check, state)

    @property
    def done(self) -> bool:
        """Whether every hop has passed."""
        return len(self._passed) == len(self._hops)

    @property
    def results(self) -> tuple[HopResult, ...]:
        """One result for each hop, in order: the passed hops, the current hop, the hops not reached."""
        results = list(self._passed)
        for hop in self._hops[len(results) :]:
            reached = len(results) == len(self._passed)
            url, step, reason = "", None, f"{_NOT_REACHED}{len(self._passed) + 1} comes first"
            if reached:
                reason = "no page was seen"
            if reached and self._nearest is not None:
                url, step, reason = self._nearest.url, self._nearest_step, self._nearest.reason
            results.append(
                HopResult(
                    name=hop.name, passed=False, step=step, url=url, reason=reason, reached=reached, weight=hop.weight
                )
            )
        return tuple(results)


def judge_task(task: Task, states: Iterable[State]) -> tuple[HopResult, ...]:
    """Judge a task on stored states, without a browser; the position of a state is its step."""
    cursor = HopCursor(task.hops)
    for step, state in enumerate(states):
        cursor.judge_state(state, step=step)
    return cursor.results


def queue_hops(document: Mapping[str, JsonValue], *, subset: str) -> tuple[Hop, ...]:
    """Return the hops of an MMInA task, by the protocol `queue`.

    Raises TaskError if the task has no hop.
    """
    if subset == "normal":
        return _normal_hops(must_include_of(document))
    words = [word for word in procedure_of(document) if word.lower() != END]
    if not words:
        raise TaskError("has no hop: it names no site but 'end'", place="procedure")
    own = [_own_condition(word, document) for word in words]
    hops = []
    for position, (word, check) in enumerate(zip(words, own, strict=True)):
        if word == "kiwix" and position + 1 < len(own):
            # An agent that does the right thing on the next site has evidently found what it looked for here.
            check = AnyOf(checks=(check, own[position + 1]))
        hops.append(Hop(name=" ".join([word, *_entities(word, document)[:1]]), check=check))
    return tuple(hops)


def _own_condition(word: str, document: Mapping[str, JsonValue]) -> Check:
    names = _entities(word, document)
    site = SiteWord(word=word)
    return AllOf(checks=(site, Entity(any_of=tuple(names)))) if names else site


def _entities(word: str, document: Mapping[str, JsonValue]) -> list[str]:
    fields = {"momondo": ("flight", "city"), "7770": ("shop", "city")}.get(word, ("city",))
    values = (document.get(field) for field in fields)
    return [value for value in values if isinstance(value, str) and value.strip()]


def _normal_hops(parts: Sequence[str]) -> tuple[Hop, ...]:
    reached = AllOf(checks=(Not(check=SiteWord(word="kiwix")), UrlMatch(contains=(parts[0],))))
    complete = AllOf(checks=(*reached.checks, UrlMatch(contains=tuple(parts))))
    return (Hop(name=parts[0], check=reached), Hop(name=" ".join(parts), check=complete))


def must_include_of(document: Mapping[str, JsonValue]) -> list[str]:
    """Return the words that the URL must contain, for a task of the subset `normal`; raises TaskError."""
    place = "eval.reference_answers.must_include"
    value: JsonValue = dict(document)
    for key in place.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    if not isinstance(value, list) or not value or not all(isinstance(part, str) and part for part in value):
        raise TaskError("a task of the subset 'normal' needs a list of non-empty texts here", place=place)
    return [str(part) for part in value]


def procedure_of(document: Mapping[str, JsonValue]) -> list[str]:
    """Return the URL words of a task, including `end`; raises TaskError."""
    value = document.get("procedure")
    if not isinstance(value, list) or not all(isinstance(word, str) and word for word in value):
        raise TaskError("must be a list of URL words, one for each hop, then 'end'", place="procedure")
    return [str(word) for word in value]
