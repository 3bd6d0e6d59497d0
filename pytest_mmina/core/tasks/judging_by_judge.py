"""Judge the checks that a judge decides, by the judgements in a state."""

from typing import assert_never

from pytest_mmina.core.language.trajectory import State
from pytest_mmina.core.shortening import shortened
from pytest_mmina.core.tasks.checks import AnswerJudged, AnyJudged, PageJudged, PictureJudged
from pytest_mmina.core.tasks.end_readings import LAST, Reading
from pytest_mmina.core.tasks.verdict import Finding


def is_open(check: AnyJudged, state: State) -> bool:
    """Return whether the judge has not been asked yet, and there is something to judge."""
    return check.judgement_key not in state.judgements and not _nothing_to_judge(check, state)


def find_by_judgement(check: AnyJudged, state: State) -> Finding:
    """Return what the judge decided."""
    if problem := _nothing_to_judge(check, state):
        # Nothing is read before the end, and there is no answer.
        return Finding(False, problem, known=state.answer is not None)
    judgement = state.judgements.get(check.judgement_key)
    if judgement is None:
        return Finding.unknown("the judge has not been asked")
    return Finding.of(judgement.passed, f"the judge: {shortened(' '.join(judgement.reason.split()), 300)}")


def _nothing_to_judge(check: AnyJudged, state: State) -> str:
    match check:
        case PageJudged():
            found_nothing = f"{check.read!r} finds nothing on {'the page' if check.url == LAST else check.url}"
            return _nothing_read(check.reading, state, found_nothing)
        case PictureJudged():
            found_nothing = f"no picture that a judge can be shown is in {check.selector!r}"
            return _nothing_read(check.reading, state, found_nothing)
        case AnswerJudged():
            if state.answer is None:
                return "the agent has not answered"
            return "" if state.answer.strip() else "the answer is empty"
        case _:
            assert_never(check)


def _nothing_read(reading: Reading, state: State, found_nothing: str) -> str:
    if reading.key not in state.readings:
        return "the judge is asked when the agent has stopped"
    return "" if state.readings[reading.key].strip() else found_nothing
