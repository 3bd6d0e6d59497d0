"""The attempts at one task: which agents try it, and under which names."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar

from pydantic import Field

from pytest_mmina.agents.builtin import ScriptedAgent
from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.tasks.task import Task
from pytest_mmina.validation.answers import reads_answer
from pytest_mmina.validation.forbidden import DoesWhatIsForbidden, verb_of
from pytest_mmina.validation.ignorant import CONSTANTS, Constant, Dice, Dump, FrontDoor
from pytest_mmina.validation.kinds import Kind, Rule, Settings
from pytest_mmina.validation.mutants import mutants, without
from pytest_mmina.validation.player import Plays
from pytest_mmina.validation.solution import Solution, forbidden_in, solution_of
from pytest_mmina.validation.spray import PushesState, Spray, near_homes, visits_of

ORACLE = "oracle"


@dataclass(frozen=True)
class Attempt:
    """One way to try a task; `make` makes its agent. `rule` is that of a mutant, and `touched` are its lines."""

    kind: Kind
    name: str
    make: Callable[[], Any]
    drives: bool = False
    rule: Rule = "may pass"
    touched: tuple[int, ...] = ()
    about: str = ""


class Found(Model):
    """What earlier sessions of `mmina validate` found out.

    `typed` are the texts that all solutions type, by field. `steps` are those at which the hops of each task passed in
    its recorded solution, `urls` the pages on which its actions were taken; a task is missing if it was not solved.
    `needed` are the lines that the last session leaves out, by task and attempt.
    """

    file_name: ClassVar[str] = "found.json"

    typed: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    steps: dict[str, tuple[int | None, ...]] = Field(default_factory=dict)
    urls: dict[str, tuple[Text, ...]] = Field(default_factory=dict)
    needed: dict[str, dict[str, tuple[int, ...]]] = Field(default_factory=dict)


def attempts_of(task: Task, homes: Sequence[str], found_before: Found, settings: Settings) -> list[Attempt]:
    """Return the attempts at a task in one session, in the same order in every process.

    `homes` are the home pages of all sites of the hermetic web.
    """
    found: list[Attempt] = []
    match settings.stage:
        case "first":
            found = [*_ignorant(task, homes, settings), *oracles(task)]
        case "mutants" if task.id in found_before.steps:
            found = list(_mutants(task, found_before))
        case "needed" if task.id in found_before.steps:
            found = list(_without_lines(task, found_before))
        case "plan":
            # Before the solution has run, each hop counts as a part of its own: so many mutants there are at most.
            expected = Found(steps={task.id: _evenly(len(task.hops), len(task.oracle))})
            spoiled = _mutants(task, expected) if task.oracle else ()
            found = [*_ignorant(task, homes, settings), *oracles(task), *spoiled]
    return [attempt for attempt in found if settings.stage == "needed" or attempt.kind in settings.kinds]


def oracles(task: Task) -> Iterator[Attempt]:
    """Yield the recorded solutions."""
    if task.oracle:
        yield Attempt("oracles", ORACLE, partial(ScriptedAgent, task.oracle))
    for name, lines in task.oracles.items():
        yield Attempt("oracles", f"{ORACLE} {name!r}", partial(ScriptedAgent, lines))


def _ignorant(task: Task, homes: Sequence[str], settings: Settings) -> Iterator[Attempt]:
    # An answer that nothing reads makes no difference, so one stands for all.
    answered = any(reads_answer(each.check) for each in task.asked)
    for answer in CONSTANTS if answered else CONSTANTS[:1]:
        yield Attempt("constants", f"the answer {answer!r}", partial(Constant, answer))
    yield Attempt("front-door", "all home pages", partial(FrontDoor, homes))
    if answered:
        yield Attempt("dump", "the text of the start page", Dump)
        yield Attempt("dump", "the text of all home pages", partial(Dump, homes))
    for seed in range(1, settings.seeds + 1):
        yield Attempt("dice", f"dice {seed}", partial(Dice, seed))
    # A start page of the task may be the only one that shows how its site writes addresses.
    homes = tuple(dict.fromkeys([*task.start_urls, *homes]))
    near = near_homes(homes, task.start_urls, task.intent)
    episodes = visits_of(homes, near, settings.addresses)
    for number, visits in enumerate(episodes, start=1):
        name = f"spray {number} of {len(episodes)}"
        yield Attempt("spray", name, partial(Spray, visits, homes))
    yield Attempt("push-state", "history.pushState", partial(PushesState, homes, near), drives=True)


def _solution(task: Task, found: Found) -> Solution:
    return solution_of(task, found.steps[task.id], found.urls.get(task.id, ()))


def _mutants(task: Task, found: Found) -> Iterator[Attempt]:
    solution = _solution(task, found)
    names: dict[str, int] = {}
    for mutant in mutants(task, solution, found.typed):
        names[mutant.what] = names.get(mutant.what, 0) + 1
        name = mutant.what if names[mutant.what] == 1 else f"{mutant.what}, {names[mutant.what]}"
        yield Attempt(
            mutant.kind,
            name,
            partial(Plays, mutant.lines, mutant.changed),
            rule=mutant.rule,
            touched=mutant.touched,
        )
    whole = without(solution, ())
    for clause in dict.fromkeys(forbidden_in(task.intent)):
        if (verb := verb_of(clause)) is not None:
            yield Attempt(
                "forbidden",
                f"forbidden: {clause}",
                partial(DoesWhatIsForbidden, whole, verb),
                rule="must fail if it did harm",
                about=verb,
            )


def _without_lines(task: Task, found: Found) -> Iterator[Attempt]:
    solution = _solution(task, found)
    for name, touched in found.needed.get(task.id, {}).items():
        yield Attempt("left-out", name, partial(Plays, without(solution, touched)))


def _evenly(hops: int, lines: int) -> tuple[int, ...]:
    return tuple(max(1, round((place + 1) * lines / hops)) for place in range(hops))
