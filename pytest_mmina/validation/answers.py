"""Wrong answers to the right pages: judged on the states that the recorded solution passed through."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pytest_mmina.core.episode.episode import outcome_of
from pytest_mmina.core.language.trajectory import Step
from pytest_mmina.core.tasks.checks import AnswerMatch, Check, walk_checks
from pytest_mmina.core.tasks.task import Task
from pytest_mmina.core.text.dates import days_in
from pytest_mmina.core.text.locales import DEFAULT_LOCALE
from pytest_mmina.trajectories.judging_steps import judged_again
from pytest_mmina.validation.notes import AnswerNote
from pytest_mmina.validation.values import other_days
from pytest_mmina.validation.words import cities, other_city

_UNITS = (
    ("km", "miles"), ("kilometres", "miles"), ("miles", "km"), ("m", "feet"), ("metres", "feet"), ("feet", "metres"),
    ("kg", "pounds"), ("g", "ounces"), ("ml", "litres"), ("minutes", "hours"), ("hours", "minutes"), ("days", "weeks"),
    ("USD", "EUR"), ("EUR", "USD"), ("CZK", "SEK"), ("JPY", "CNY"), ("CNY", "JPY"), ("GBP", "EUR"), ("%", "km"),
)  # fmt: skip
_SIGNS = ("$", "€", "£", "¥")
_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "white", "black", "brown", "grey", "pink")


class WrongAnswer(NamedTuple):
    """An answer that is wrong, and in which way."""

    what: str
    answer: str


def reads_answer(check: Check) -> bool:
    """Return whether a check or one inside it compares the answer."""
    return any(isinstance(each, AnswerMatch) for each in walk_checks(check))


def wrong_answers(task: Task, answer: str) -> list[WrongAnswer]:
    """Return wrong answers of the same kind as a right one; none if the task does not judge answers."""
    if not any(reads_answer(hop.check) for hop in task.hops):
        return []
    found = {wrong.answer: wrong for wrong in _altered(task, answer.strip()) if wrong.answer.strip() != answer.strip()}
    return list(found.values())


def _altered(task: Task, answer: str) -> Iterator[WrongAnswer]:
    yield WrongAnswer("no answer", "")
    yield WrongAnswer("not known", "I do not know")
    yield WrongAnswer("denied", f"not {answer}")
    yield from _other_numbers(answer)
    yield from _other_units(answer)
    for change in other_days([answer], answer):
        yield WrongAnswer("another day", change.apply(answer))
    if _NUMBER.search(answer) is None:
        if answer in cities():
            yield WrongAnswer("another name", other_city(answer, f"{task.intent} {answer}"))
        if answer.lower() in _COLOURS:
            yield WrongAnswer("another colour", _COLOURS[(_COLOURS.index(answer.lower()) + 1) % len(_COLOURS)])
        if answer.lower() in ("yes", "no"):
            yield WrongAnswer("the opposite", "no" if answer.lower() == "yes" else "yes")
        else:
            yield WrongAnswer("a longer word", f"{answer}ish")
            yield WrongAnswer("left open", f"{answer} or {other_city(answer, f'{task.intent} {answer}')}")


def _other_numbers(answer: str) -> Iterator[WrongAnswer]:
    days = [range(day.start, day.end) for day in days_in(answer, locale=DEFAULT_LOCALE)]
    numbers = [
        match
        for match in _NUMBER.finditer(answer)
        if not _is_in_address(answer, match.start()) and not any(match.start() in day for day in days)
    ]
    for number in numbers:
        before, after = answer[: number.start()], answer[number.end() :]
        last = int(number[0][-1])
        other = f"{number[0][:-1]}{(last + 1) % 10}"
        yield WrongAnswer("another number", f"{before}{other}{after}")
        yield WrongAnswer("a longer number", f"{before}1{number[0]}{after}")
    if len(numbers) == 1:
        number = numbers[0]
        other = f"{number[0][:-1]}{(int(number[0][-1]) + 1) % 10}"
        yield WrongAnswer("left open", f"{answer} or {answer[: number.start()]}{other}{answer[number.end() :]}")


def _is_in_address(answer: str, place: int) -> bool:
    return "://" in answer[:place].rpartition(" ")[2]


def _other_units(answer: str) -> Iterator[WrongAnswer]:
    for sign in _SIGNS:
        if sign in answer:
            yield WrongAnswer("another currency", answer.replace(sign, _SIGNS[(_SIGNS.index(sign) + 1) % len(_SIGNS)]))
    for unit, other in _UNITS:
        pattern = re.compile(rf"(?<=[\d ]){re.escape(unit)}(?!\w)")
        if _NUMBER.search(answer) and pattern.search(answer):
            yield WrongAnswer("another unit", pattern.sub(other, answer))
            return


def judged_answers(task: Task, steps: Sequence[Step], answer: str) -> tuple[AnswerNote, ...]:
    """Judge wrong answers on the steps of an episode that gave the right one."""
    found: list[AnswerNote] = []
    if not steps or steps[-1].states[-1].answer is None:
        return ()
    last = steps[-1]
    for wrong in wrong_answers(task, answer):
        end = last.states[-1].model_copy(update={"answer": wrong.answer})
        changed = last.model_copy(update={"states": (*last.states[:-1], end)})
        again = judged_again(task, [*steps[:-1], changed])
        if again.unknown:
            continue
        keeps = not (again.violations or again.unjudged)
        solved = outcome_of(again.hops, keeps_constraints=keeps) == "solved"
        found.append(AnswerNote(what=wrong.what, answer=wrong.answer, solved=solved))
    return tuple(found)
