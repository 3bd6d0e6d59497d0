"""Times of day: `7:50`, `19.50`, `7:50 pm`, `7h50`, `ten to eight`, `half past seven`, `seven fifty`, `8 o'clock`."""

import re
from typing import NamedTuple

from pytest_mmina.core.text.folding import compatible, searchable
from pytest_mmina.core.text.hedging import VALUE, denied
from pytest_mmina.core.text.number_words import NUMBER_WORDS, word_values
from pytest_mmina.core.text.statements import Value, problem_of_length, problem_of_statement
from pytest_mmina.core.text.units import unit_at

_HOURS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_HOUR = rf"(?:1[0-2]|0?[1-9]|{'|'.join(_HOURS)})"
_TENS = "(?:twenty|thirty|forty|fifty)(?:[ -](?:one|two|three|four|five|six|seven|eight|nine))?"
_TEENS = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_HALF = r"(?:[ ]?(?P<{0}>[ap])(?:\.[ ]?m\b\.?|m\b)|[ ](?:in[ ]the[ ])(?P<{0}_part>morning|afternoon|evening))?"
_TIME = re.compile(
    rf"""
    (?<![\w:.,$£€/+-])(?<!\d[ ])(?:
      (?P<hour>[01]?\d|2[0-4])
        (?:[ ]?[:.h][ ]?|[ ](?:h|hours?)[ ](?:and[ ])?)(?P<minute>[0-5]\d)(?::[0-5]\d)?(?![\d:%]|[.,]\d)
        (?:[ ]?(?:h|hrs?|hours|min|minutes)\b)?{_HALF.format("half")}(?!\w)
    | (?P<count>{NUMBER_WORDS}|\d{{1,2}}|a[ ]quarter|half)[ ](?:min(?:ute)?s?[ ])?
        (?P<side>to|before|of|till|until|past|after)[ ](?P<named>{_HOUR})\b(?!:\d)(?:[ ]o'clock)?{_HALF.format("said")}
    | (?P<spoken>{"|".join(_HOURS)})[ -](?P<minutes>oh[ -](?:{"|".join(_HOURS[:9])})|{_TENS}|{_TEENS})\b
        {_HALF.format("spoken_half")}
    | (?P<full>{_HOUR})(?:[ ]o'clock\b{_HALF.format("clock_half")}|[ ]?(?P<only>[ap])(?:\.[ ]?m\b\.?|m\b))
    )
    """,
    re.VERBOSE,
)
_NOT_THE_TIME = re.compile(rf"\b(?:before|after|since|until|till|by)\s+{VALUE}")
_MOST = 5_000
_DAY = 24 * 60


class TimeOfDay(NamedTuple):
    """A time in a text, from `start` to `end`: minutes since midnight, two of them if it may be either half."""

    minutes: frozenset[int]
    start: int
    end: int


def times_in(text: str) -> list[TimeOfDay]:
    """Return the times of day in a `compatible` text, in order, the first 5,000."""
    found: list[TimeOfDay] = []
    for match in _TIME.finditer(text.lower()):
        minutes = _minutes(match)
        if minutes is None or _is_an_amount(match, text):
            continue
        found.append(TimeOfDay(minutes, *match.span()))
        if len(found) == _MOST:
            break
    return found


def problem_of_time(reference: str, text: str) -> str | None:
    """Return why a text does not state the time in the reference; None if it does.

    `7:50` is what a dial shows: it is also `19:50`, `7:50 am` and `7:50 pm`.
    """
    if problem := problem_of_length(text):
        return problem
    wanted = times_in(compatible(reference))[0]
    seen = compatible(text)
    found = times_in(seen)
    values = [
        Value(seen[time.start : time.end], time.start, time.end, bool(wanted.minutes & time.minutes)) for time in found
    ]
    by_place = {(time.start, time.end): time for time in found}

    def is_same(left: Value, right: Value) -> bool:
        return bool(by_place[left.start, left.end].minutes & by_place[right.start, right.end].minutes)

    return problem_of_statement(seen, values, kind="time", wanted=repr(reference), same=is_same, limit=_NOT_THE_TIME)


def has_time(reference: str, text: str) -> bool:
    """Return whether every time in the reference is in a text of any length, and not denied there."""
    seen = searchable(text)
    found = times_in(seen)
    return all(
        any(wanted.minutes & time.minutes and not denied(seen, time.start) for time in found)
        for wanted in times_in(compatible(reference))
    )


def _is_an_amount(match: re.Match[str], text: str) -> bool:
    # `7.50 dollars` is no time; `7.50 in the picture` is.
    unit = unit_at(text, match.end() + (text[match.end() : match.end() + 1] == " ")) if "." in match[0] else None
    return unit is not None and text[match.end() : unit.end].strip().lower() != "in"


def _minutes(match: re.Match[str]) -> frozenset[int] | None:
    half = next((match[name] for name in ("half", "said", "spoken_half", "clock_half", "only") if match[name]), "")
    part = next((match[name] for name in ("half_part", "said_part", "spoken_half_part", "clock_half_part")
                 if match[name]), "")  # fmt: skip
    half = half or ("" if not part else "a" if part == "morning" else "p")
    if match["hour"]:
        hour, minute = int(match["hour"]), int(match["minute"])
    elif match["side"]:
        hour = _number(match["named"])
        count = {"a quarter": 15, "half": 30}.get(match["count"]) or _number(match["count"])
        if not 0 < count < 60 or (match["count"] == "half" and match["side"] not in ("past", "after")):
            return None
        hour, minute = (hour, count) if match["side"] in ("past", "after") else ((hour - 1) % 12, 60 - count)
    elif match["spoken"]:
        hour, minute = _number(match["spoken"]), _number(re.sub(r"^oh[ -]", "", match["minutes"]))
    else:
        hour, minute = _number(match["full"]), 0
    if hour > 12 or (match["hour"] in ("0", "00") and not match["side"]):
        # `15:20 pm` is said, `15:20 am` is a slip.
        return None if half == "a" else frozenset({(hour * 60 + minute) % _DAY})
    first = hour % 12 * 60 + minute
    return frozenset({"a": {first}, "p": {first + _DAY // 2}}.get(half, {first, first + _DAY // 2}))


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    values = word_values(text.replace("quarter", "fifteen"))
    return int(values[0]) if len(values) == 1 and values[0].denominator == 1 else 0
