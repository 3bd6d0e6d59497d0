"""The canonical text of an episode: short, with one line for each action, and the same for the same behaviour.

It contains nothing that changes from run to run: no port, time, id or reference.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, assert_never, get_args
from urllib.parse import urlsplit

from pytest_mmina.core.choices import Level as Level
from pytest_mmina.core.episode.episode import Episode
from pytest_mmina.core.episode.episode_run import Ending
from pytest_mmina.core.language.actions import Action, Target
from pytest_mmina.core.language.elements import NamedElement, describe_element
from pytest_mmina.core.language.trajectory import Observation, Step
from pytest_mmina.core.tasks.constraints import Violation
from pytest_mmina.core.tasks.hops import HopResult

LEVELS: tuple[Level, ...] = get_args(Level)
_PORT = re.compile(r"(?<=://)([^\s/:@\"']+):\d+")
_REFERENCE = re.compile(r"\[?\b(?:f\d+)?e\d+\b\]?")
FAILED = "  (failed)"
"""The mark after an action that failed."""


class CanonicalStep(NamedTuple):
    """A step, the element of its action, and the element at the end of a drag."""

    step: Step
    element: NamedElement | None = None
    to: NamedElement | None = None


class CanonicalEpisode(NamedTuple):
    """The parts of an episode that the canonical text shows, taken from an Episode or from a recording."""

    steps: Sequence[CanonicalStep]
    hops: Sequence[HopResult]
    ending: Ending
    reason: str = ""
    answer: str | None = None
    violations: Sequence[Violation] = ()


class CanonicalLine(NamedTuple):
    """A line of the canonical text, and the number of its step; 0 if it belongs to no step."""

    text: str
    step: int = 0


def canonical_episode(episode: Episode) -> CanonicalEpisode:
    """Return the parts of an episode that the canonical text shows."""
    steps = [CanonicalStep(step, *_elements(step)) for step in episode.trajectory.steps]
    return CanonicalEpisode(steps, episode.hops, episode.ending, episode.reason, episode.answer, episode.violations)


def canonical_text(episode: CanonicalEpisode, *, level: Level = "actions") -> str:
    """Return the lines of `canonical_lines` as one text."""
    return "".join(f"{line.text}\n" for line in canonical_lines(episode, level=level))


def canonical_lines(episode: CanonicalEpisode, *, level: Level = "actions") -> list[CanonicalLine]:
    """Return the canonical lines of an episode, grouped by hop."""
    lines: list[CanonicalLine] = []
    shown = 0
    last = max((hop.step for hop in episode.hops if hop.passed and hop.step is not None), default=0)
    open_hop = next((at for at, hop in enumerate(episode.hops) if not hop.passed), None)
    for at, hop in enumerate(episode.hops):
        lines.append(CanonicalLine(_header(at + 1, hop, level)))
        # The actions after the last passed hop belong to the first hop that did not pass.
        until = hop.step if hop.passed else len(episode.steps) if at == open_hop and shown >= last else None
        if until is not None and until > shown:
            lines += _step_lines(episode, shown, until, level)
            shown = until
    if rest := list(_step_lines(episode, shown, len(episode.steps), level)):
        lines += [CanonicalLine("afterwards"), *rest]
    # Without the step, like the hops of a text without actions: it is the constraint that matters.
    lines += (CanonicalLine(f"broken {one.kind}  {plain(one.name)}", one.step) for one in episode.violations)
    return [CanonicalLine(_PORT.sub(r"\1", line.text), line.step) for line in [*lines, *_end_lines(episode, level)]]


def _header(number: int, hop: HopResult, level: Level) -> str:
    state = "passed" if hop.passed else "not passed" if hop.reached else "not reached"
    if hop.passed and hop.step is not None and level in ("actions", "full"):
        state = f"passed at step {hop.step}" if hop.step else "passed at the start"
    return f"hop {number}  {plain(hop.name):<35}  {state}"


def _step_lines(episode: CanonicalEpisode, begin: int, end: int, level: Level) -> Iterator[CanonicalLine]:
    """Yield the lines of the steps `begin + 1` to `end`."""
    match level:
        case "hops":
            return
        case "sites":
            yield from _site_lines(episode, begin, end)
        case "actions" | "full":
            yield from _action_lines(episode, begin, end, pages=level == "full")
        case _:
            assert_never(level)


def _action_lines(episode: CanonicalEpisode, begin: int, end: int, *, pages: bool) -> Iterator[CanonicalLine]:
    """Yield the actions of the steps; with `pages`, also their pages, errors and events."""
    page = episode.steps[begin - 1].step.observation.url if begin else ""
    for at in range(begin, min(end, len(episode.steps))):
        seen = episode.steps[at].step.observation
        following = episode.steps[at + 1].step.observation if at + 1 < len(episode.steps) else None
        if pages and seen.url != page:
            page = seen.url
            yield CanonicalLine(f"  on     {_address(page)}  {_quoted(seen.title)}", at + 1)
        if words := _step_words(episode, at):
            error = following.error if following else ""
            yield CanonicalLine(f"  {words}{FAILED if error else ''}", at + 1)
            if pages:
                for line in _error_lines(error, following):
                    yield CanonicalLine(f"    {plain(_REFERENCE.sub('…', line))}", at + 1)


def _site_lines(episode: CanonicalEpisode, begin: int, end: int) -> Iterator[CanonicalLine]:
    """Yield the sites that the steps led to; before the first step, the site on which the episode began."""
    led_to = [_site(one.step) for one in episode.steps[: end + 1]]
    for at in range(begin + 1 if begin else 0, len(led_to)):
        if led_to[at] and (at == 0 or led_to[at] != led_to[at - 1]):
            yield CanonicalLine(f"  {led_to[at]}", max(at, 1))


def _step_words(episode: CanonicalEpisode, at: int) -> str:
    step = episode.steps[at].step
    if step.action is not None:
        return "" if step.action.kind == "stop" else _action_words(step.action, episode.steps[at])
    if step.arrived:
        return f"came   {_address(step.observation.url)}"
    is_end = at == len(episode.steps) - 1
    return "" if not step.said or (is_end and episode.ending == "terminated") else "(no action)"


def _error_lines(error: str, following: Observation | None) -> list[str]:
    return [*([error] if error else []), *(following.events if following else ())]


def _end_lines(episode: CanonicalEpisode, level: Level) -> Iterator[CanonicalLine]:
    word = ending_word(episode.ending)
    if level == "hops" or (level == "sites" and episode.ending == "terminated"):
        return
    if episode.ending == "terminated":
        yield CanonicalLine(f"{word} {_quoted(episode.answer)}" if episode.answer else word, len(episode.steps))
    else:
        yield CanonicalLine(f"{word}: {plain(episode.reason)}" if level == "full" else word)


def ending_word(ending: Ending) -> str:
    """Return the word with which the last line of a text begins."""
    return "stop" if ending == "terminated" else ending


def _action_words(action: Action, step: CanonicalStep) -> str:
    target, to = _target_words(action.target, step.element), _target_words(action.to, step.to)
    match action.kind:
        case "goto":
            rest = _address(action.text)
        case "type":
            rest = " ← ".join([*([target] if target else []), _quoted(action.text)]) + " ⏎" * action.enter
        case "select" | "upload":
            rest = f"{target} ← {', '.join(map(_quoted, action.values))}"
        case "drag":
            rest = f"{target} → {to}"
        case "press" | "key_down" | "key_up":
            rest = " ← ".join([*([target] if target else []), plain(action.text)])
        case "scroll":
            rest = target or (f"{action.dx:g}, {action.dy:g}" if action.dx or action.dy else action.direction)
        case "tab_focus":
            rest = str(action.tab)
        case (
            "click" | "hover" | "clear" | "check" | "uncheck" | "focus" | "mouse_down" | "mouse_up" | "wait" | "go_back"
            | "go_forward" | "new_tab" | "close_tab" | "stop"
        ):  # fmt: skip
            how = [
                *([action.button] if action.button != "left" else []),
                *["double"] * action.double,
                *action.modifiers,
            ]
            rest = target + (f" ({' '.join(how)})" if how else "")
        case _:
            assert_never(action.kind)
    return f"{action.kind:<6} {rest}".rstrip()


def _target_words(target: Target | None, element: NamedElement | None) -> str:
    if target is None:
        return ""
    if target.point is not None:
        return f"{target.point[0]:g}, {target.point[1]:g}"
    if element is None:
        return "an unknown element"
    position = f" #{element.position}" if element.position > 1 else ""
    return f"{plain(element.role)} {_quoted(element.name)}{position}"


def _elements(step: Step) -> tuple[NamedElement | None, NamedElement | None]:
    action = step.action
    if action is None:
        return None, None
    return describe_element(action.target, step.observation), describe_element(action.to, step.observation)


def _site(step: Step) -> str:
    try:
        return urlsplit(step.observation.url).hostname or ""
    except ValueError:
        return ""


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return plain(url)
    except ValueError:
        return plain(url)
    query, fragment = f"?{parts.query}" if parts.query else "", f"#{parts.fragment}" if parts.fragment else ""
    return plain(f"{parts.hostname}{parts.path or '/'}{query}{fragment}")


def plain(text: str) -> str:
    """Return the text in one line, with control characters escaped: they would affect a terminal or an editor."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in " ".join(text.split()))


def _quoted(text: str) -> str:
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in quoted)
