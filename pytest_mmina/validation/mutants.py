"""Spoiled solutions. A task whose score does not notice what was spoiled does not check it."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from pytest_mmina.core.language.actions import Action, Target
from pytest_mmina.core.language.grammar import parse_action
from pytest_mmina.core.tasks.task import Task
from pytest_mmina.validation.kinds import MutantKind, Rule
from pytest_mmina.validation.player import Line
from pytest_mmina.validation.solution import Solution, asks_for_order, excludes_others
from pytest_mmina.validation.values import Change, other_amounts, other_days
from pytest_mmina.validation.words import cities, is_named, other_city, slug, without_addresses

_FROM = ("from", "origin", "leaving from", "departure", "source", "start")
_TO = ("to", "destination", "going to", "arrival", "target", "end")


class Mutant(NamedTuple):
    """Lines to play; `changed` are their positions that were changed, `touched` those of the solution's own lines."""

    kind: MutantKind
    what: str
    lines: tuple[Line, ...]
    rule: Rule
    changed: tuple[int, ...] = ()
    touched: tuple[int, ...] = ()


def mutants(task: Task, solution: Solution, typed: Mapping[str, Sequence[str]]) -> Iterator[Mutant]:
    """Yield all mutants of a solution; `typed` are the texts that all tasks type, by field."""
    yield from _left_out(solution)
    yield from _swapped(task, solution)
    yield from _other_values(task, solution)
    yield from _reversed(solution)
    yield from _other_names(task, solution, typed)
    yield from _other_choices(solution)
    yield from _again(task, solution)


def without(solution: Solution, touched: Sequence[int]) -> tuple[Line, ...]:
    """Return a solution without some of its lines."""
    return _played(solution, [line for at, line in enumerate(solution.lines) if at not in touched])


def _played(solution: Solution, lines: Sequence[str], others: Sequence[int] = ()) -> tuple[Line, ...]:
    return (*(Line(line, at in others) for at, line in enumerate(lines)), Line(solution.answer))


def _left_out(solution: Solution) -> Iterator[Mutant]:
    for part in solution.parts:
        touched = tuple(range(part.first, part.last))
        what = f"left out: {_hops(part.hops)} ({_lines(touched)})"
        rule: Rule = "may pass" if part.by_answer else "must fail"
        yield Mutant("left-out", what, without(solution, touched), rule, touched=touched)


def _swapped(task: Task, solution: Solution) -> Iterator[Mutant]:
    rule: Rule = "must fail" if asks_for_order(task.intent) else "may pass"
    for one, other in pairwise(part for part in solution.parts if not part.by_answer):
        pieces = [
            solution.lines[: one.first],
            (*solution.from_its_page(other.first), *solution.lines[other.first : other.last]),
            (*solution.from_its_page(one.first), *solution.lines[one.first : one.last]),
            (*solution.from_its_page(other.last), *solution.lines[other.last :])
            if other.last < len(solution.lines)
            else (),
        ]
        what = f"swapped: {_hops(other.hops)} before {_hops(one.hops)}"
        yield Mutant("swapped", what, _played(solution, [line for piece in pieces for line in piece]), rule)


def _other_values(task: Task, solution: Solution) -> Iterator[Mutant]:
    values = [value for action in solution.actions for value in _values(action)]
    intent = without_addresses(task.intent)
    for kind, changes in (("date", other_days), ("amount", other_amounts)):
        for change in changes(values, intent):
            # Of two days or amounts that are to be compared, one is looked at and not used.
            rule: Rule = "must fail if needed" if _is_alternative(change.before, intent) else "must fail"
            yield from _changed(kind, solution, change, rule)  # type: ignore[arg-type]


def _changed(kind: MutantKind, solution: Solution, change: Change, rule: Rule) -> Iterator[Mutant]:
    lines = [_rewritten(line, change.apply) for line in solution.lines]
    touched = tuple(at for at, (new, old) in enumerate(zip(lines, solution.lines, strict=True)) if new != old)
    if touched:
        what = f"another {kind}: {change.after} for {change.before} ({_lines(touched)})"
        yield Mutant(kind, what, _played(solution, lines), rule, touched, touched)


def _is_alternative(value: str, intent: str) -> bool:
    found = re.search(rf"(?P<before>[^.?!]*)(?<!\w){re.escape(value)}(?!\w)(?P<after>[^.?!]*)", intent)
    return found is not None and bool(
        re.search(r"\bor\b", found["before"][-30:]) or re.search(r"\bor\b", found["after"][:30])
    )


def _reversed(solution: Solution) -> Iterator[Mutant]:
    actions = solution.actions
    fields = {
        side: {at: action for at, action in enumerate(actions) if _is_field(action, names)}
        for side, names in (("from", _FROM), ("to", _TO))
    }
    for at, action in fields["from"].items():
        beside = sorted((abs(place - at), place) for place in fields["to"] if abs(place - at) <= 4)
        if not beside or actions[after := beside[0][1]].text == action.text:
            continue
        lines = list(solution.lines)
        lines[at] = str(action.model_copy(update={"text": actions[after].text}))
        lines[after] = str(actions[after].model_copy(update={"text": action.text}))
        touched = tuple(sorted((at, after)))
        what = f"the other way round: from {actions[after].text} to {action.text} ({_lines(touched)})"
        yield Mutant("direction", what, _played(solution, lines), "must fail if needed", touched, touched)


def _is_field(action: Action, names: Sequence[str]) -> bool:
    target = action.target
    return action.kind == "type" and target is not None and target.name.lower().strip(" :*") in names


def _other_names(task: Task, solution: Solution, typed: Mapping[str, Sequence[str]]) -> Iterator[Mutant]:
    for at, action in enumerate(solution.actions):
        if action.kind not in ("type", "goto") or not action.text.strip():
            continue
        if (new := _other_text(action, task.intent, typed)) is None:
            continue
        line = str(action.model_copy(update={"text": new}))
        what = f"another name: {new!r} for {action.text!r} ({_lines((at,))})"
        lines = [*solution.lines[:at], line, *solution.lines[at + 1 :]]
        yield Mutant("name", what, _played(solution, lines), "must fail if needed", (at,), (at,))


def _other_text(action: Action, intent: str, typed: Mapping[str, Sequence[str]]) -> str | None:
    for name, place in cities().items():
        if action.kind == "goto" and place.slug in action.text.split("//", 1)[-1].partition("/")[2]:
            return action.text.replace(place.slug, cities()[other_city(name, intent)].slug)
        if action.kind == "type" and f"-{slug(name)}-" in f"-{slug(action.text)}-":
            return other_city(name, intent)
    if action.kind == "goto" or not any(letter.isalpha() for letter in action.text) or "@" in action.text:
        return None
    words = set(slug(action.text).split("-"))
    others = [text for text in typed.get(str(action.target), ()) if not words & set(slug(text).split("-"))]
    return next((text for text in others if not is_named(text, intent)), None)


def _other_choices(solution: Solution) -> Iterator[Mutant]:
    for at, (line, action) in enumerate(zip(solution.lines, solution.actions, strict=True)):
        if not _is_choice(action):
            continue
        chosen = action.text or " ".join(action.values) or (action.target.name if action.target else "")
        what = f"another choice than {chosen!r} ({_lines((at,))})"
        played = _played(solution, [*solution.lines[:at], line, *solution.lines[at + 1 :]], others=(at,))
        yield Mutant("choice", what, played, "must fail if needed", (at,), (at,))


def _is_choice(action: Action) -> bool:
    """Return whether an action chooses one of several things that are alike, as far as its line says."""
    target = action.target or Target(role="generic")
    match action.kind:
        case "select":
            return True
        case "type":
            return target.role in ("combobox", "listbox") and not action.enter
        case "click":
            # "Add to cart: Blue kettle" is one of several buttons, "Search" is not.
            return target.role in ("link", "option", "radio", "menuitemradio") or (
                target.role == "button" and ":" in target.name
            )
        case _:
            return False


def _again(task: Task, solution: Solution) -> Iterator[Mutant]:
    for part in solution.parts:
        lines = solution.lines[part.first : part.last]
        if part.by_answer or not any(_presses(parse_action(line)) for line in lines):
            continue
        once_more = (*solution.from_its_page(part.first), *lines)
        rest = solution.lines[part.last :]
        back = solution.from_its_page(part.last) if rest else ()
        done_again = _played(solution, [*solution.lines[: part.last], *once_more, *back, *rest])
        yield Mutant("again", f"done twice: {_hops(part.hops)}", done_again, "must fail if it did harm")
        choices = [at for at, line in enumerate(once_more) if _is_choice(parse_action(line))]
        if choices and excludes_others(task.intent):
            place = part.last + choices[-1]
            other = _played(solution, [*solution.lines[: part.last], *once_more, *back, *rest], others=(place,))
            what = f"done with something else, too: {_hops(part.hops)}"
            yield Mutant("again", what, other, "must fail if it did harm", (place,))


def _presses(action: Action) -> bool:
    return action.kind == "click" and action.target is not None and action.target.role in ("button", "checkbox")


def _values(action: Action) -> list[str]:
    """Return the texts of an action that may hold a value: what is typed or chosen, or an address."""
    if action.kind == "goto":
        # In an address, marks part the values; a blank does so for readers of dates and amounts.
        return [_spaced(action.text)]
    name = [action.target.name] if action.kind == "click" and action.target is not None else []
    return [*name, *filter(None, [action.text if action.kind != "stop" else ""]), *action.values]


def _spaced(address: str) -> str:
    rest = address.split("//", 1)[-1].partition("/")[2]
    for mark in "/?&=#+":
        rest = rest.replace(mark, " ")
    return rest


def _rewritten(line: str, apply: Callable[[str], str]) -> str:
    """Return a line with its values changed; the line itself if nothing changed."""
    action = parse_action(line)
    update: dict[str, object] = {}
    if action.kind == "goto":
        start, slashes, rest = action.text.partition("//")
        host, slash, path = rest.partition("/")
        pieces = [piece if piece in "/?&=#+" else apply(piece) for piece in _pieces(path)]
        update["text"] = f"{start}{slashes}{host}{slash}{''.join(pieces)}"
    else:
        update["text"] = apply(action.text)
        if action.values:
            update["values"] = tuple(map(apply, action.values))
        if action.kind == "click" and action.target is not None and action.target.name:
            update["target"] = action.target.model_copy(update={"name": apply(action.target.name)})
    changed = action.model_copy(update=update)
    return line if changed == action else str(changed)


def _pieces(path: str) -> Iterator[str]:
    piece = ""
    for character in path:
        if character in "/?&=#+":
            yield from filter(None, (piece,))
            yield character
            piece = ""
        else:
            piece += character
    yield from filter(None, (piece,))


def _hops(names: Sequence[str]) -> str:
    return " and ".join(map(repr, names)) if names else "no hop"


def _lines(touched: Sequence[int]) -> str:
    if len(touched) == 1:
        return f"line {touched[0] + 1}"
    if len(touched) == touched[-1] - touched[0] + 1:
        return f"lines {touched[0] + 1} to {touched[-1] + 1}"
    return f"lines {', '.join(str(at + 1) for at in touched)}"
