"""Mutants: solutions that are spoiled on purpose. If one still solves its task, the task checks too little."""

import json
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, cast

from pytest_mmina.bundled import bundled
from pytest_mmina.core.language.grammar import parse_action
from pytest_mmina.core.language.trajectory import Observation, PageState, State
from pytest_mmina.core.tasks.checks import AnswerMatch, AnyOf, SiteWord
from pytest_mmina.core.tasks.judging import judge
from pytest_mmina.core.tasks.task import Hop, Task

Segment = tuple[str, ...]

CITIES: tuple[str, ...] = tuple(
    city["name"] for city in json.loads((bundled("fixtures") / "data" / "cities.json").read_text(encoding="utf-8"))
)
CITIES_LOWER = frozenset(city.lower() for city in CITIES)
PRODUCTS = ("kettle", "umbrella", "headphones", "backpack", "notebook", "suitcase", "teapot", "camera", "tent", "knife")
WORDS = (
    ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
     "December"),
    ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    ("red", "orange", "yellow", "green", "blue", "purple", "white", "black"),
    ("zigzag", "stripes", "dots"),
    CITIES,
)  # fmt: skip


class Mutant(NamedTuple):
    """A task with a spoiled solution; `touched` are the segments of the oracle that were spoiled, by position."""

    task: Task
    kind: str
    touched: tuple[int, ...]
    lines: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.task.id}: {self.kind} {'+'.join(map(str, self.touched))}"

    @property
    def document(self) -> dict[str, Any]:
        return {**self.task.document, "oracle": list(self.lines)}


class Plays:
    """Plays lines to the end, whatever the page shows."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = iter(lines)

    def act(self, observation: Observation) -> str:
        return next(self._lines, "stop []")


def segments(task: Task) -> list[Segment]:
    """Return the lines of the oracle without the answer, split before every `goto`."""
    found: list[list[str]] = [[]]
    for line in task.oracle[:-1]:
        if line.startswith("goto ") and found != [[]]:
            found.append([])
        found[-1].append(line)
    return [tuple(segment) for segment in found]


def mutants(task: Task) -> Iterator[Mutant]:
    """Yield all mutants of the lines of the oracle; its answer is kept."""
    parts, answer = segments(task), task.oracle[-1]

    def mutant(kind: str, touched: Sequence[int], changed: Sequence[Segment]) -> Mutant:
        lines = (*(line for part in changed for line in part), answer)
        return Mutant(task, kind, tuple(touched), lines)

    for place in range(len(parts)):
        yield mutant("left out", [place], [*parts[:place], *parts[place + 1 :]])
    for place, (first, second) in enumerate(pairwise(parts)):
        if not first[0].startswith("goto "):
            first = (f"goto [{task.start_urls[0]}]", *first)
        yield mutant("swapped", [place, place + 1], [*parts[:place], second, first, *parts[place + 2 :]])
    changed = [tuple(map(elsewhere(task), part)) for part in parts]
    touched = [place for place, (new, old) in enumerate(zip(changed, parts, strict=True)) if new != old]
    if touched:
        yield mutant("elsewhere", touched, changed)


class elsewhere:  # noqa: N801
    """Types another city in all lines, or another product if the task is not about a city."""

    def __init__(self, task: Task) -> None:
        city, product = (str(task.document.get(key) or "") for key in ("city", "shop"))
        self._old, names = (city, CITIES) if city else (product.split()[-1] if product else "", PRODUCTS)
        others = [name for name in names if name.lower() not in task.intent.lower()]
        self._new = others[len(task.intent) % len(others)]

    def __call__(self, line: str) -> str:
        kind, target, rest = line.partition("] [")
        if not self._old or not kind.startswith("type "):
            return line
        old = re.escape(self._old)
        # Replace all words: a shop would find the product by any other word of its name as well.
        old = rf"\b{old}\b" if self._old in CITIES_LOWER else rf"^[^\]]*\b{old}\b[^\]]*"
        return kind + target + re.sub(old, self._new, rest, flags=re.IGNORECASE)


def other_answers(task: Task, tasks: Sequence[Task]) -> list[str]:
    """Return wrong answers of the same kind."""
    answer = answer_of(task)
    if re.search(r"\d", answer):
        numbers = re.finditer(r"\d+", answer)
        return [answer[: n.start()] + str(int(n.group()) + 1) + answer[n.end() :] for n in numbers]
    for words in WORDS:
        if answer in words:
            return [word for word in words if word != answer]
    texts = {answer_of(other) for other in tasks if other.subset == task.subset}
    return sorted(text for text in texts if text != answer and not re.search(r"\d", text))


def longer_answer(task: Task) -> str:
    """Return a wrong answer that contains the right one."""
    answer = answer_of(task)
    numbers = list(re.finditer(r"\d+", answer))
    return answer[: numbers[-1].end()] + "1" + answer[numbers[-1].end() :] if numbers else f"{answer}ish"


def answer_of(task: Task) -> str:
    return parse_action(task.oracle[-1]).text


def hops_of_segments(task: Task) -> list[list[int]]:
    """Return the hops of each segment: a hop belongs to the first segment on its site, from the previous hop's on.

    A hop that reads only the answer belongs to no segment.
    """
    parts, place = segments(task), 0
    found: list[list[int]] = [[] for _ in parts]
    words = cast(list[str], task.document["procedure"])
    if task.subset == "normal":
        words = [words[1], words[1]]
    for number, (hop, word) in enumerate(zip(task.hops, words, strict=False)):
        if isinstance(hop.check, AnswerMatch):
            continue
        for later in range(place, len(parts)):
            line = parts[later][0]
            address = parse_action(line).text if line.startswith("goto ") else task.start_urls[0]
            if judge(SiteWord(word=word), State(pages=(PageState(url=address),))).passed:
                place = later
                break
        found[place].append(number)
    return found


def is_implied(hops: Sequence[Hop], number: int) -> bool:
    """Return whether a hop passes whenever the next one does."""
    check = hops[number].check
    if not isinstance(check, AnyOf) or number + 1 == len(hops):
        return False
    following = hops[number + 1].check
    alternatives = following.checks if isinstance(following, AnyOf) else (following,)
    return any(alternative in check.checks for alternative in alternatives)


def is_implied_by_protocol(mutant: Mutant) -> bool:
    """Return whether a mutant may still solve its task, because `queue` tests no hop of a spoiled segment.

    That is the case for wiki hops that the next hop implies, and for everything but the answer of a single-hop task.
    `normal` has no hop in the encyclopedia at all.
    """
    own = hops_of_segments(mutant.task)
    earned = [{hop for hop in own[place] if not is_implied(mutant.task.hops, hop)} for place in mutant.touched]
    return not all(earned) if mutant.kind == "swapped" else not any(earned)
