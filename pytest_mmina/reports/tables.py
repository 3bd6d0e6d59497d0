"""Tables for a terminal: the hops of one episode, and its last actions."""

from collections.abc import Iterable, Sequence
from statistics import median
from textwrap import wrap

from pytest_mmina.core.episode.episode import Episode
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.core.shortening import one_line
from pytest_mmina.core.tasks.hops import HopOutcome, HopResult
from pytest_mmina.reports.columns import aligned, printable

_LAST_ACTIONS = 6
_WIDEST = 110


def headline(episode: Episode | EpisodeRecord) -> str:
    """Return the outcome of an episode as a headline: `PARTIAL 2/3`, or `PARTIAL 3/3, 1 constraint broken`."""
    passed, broken = sum(hop.passed for hop in episode.hops), len(episode.violations)
    constraints = f", {broken} constraint{'' if broken == 1 else 's'} broken" if broken else ""
    return f"{episode.outcome.upper()} {passed}/{len(episode.hops)}{constraints}"


def hop_word(hop: HopOutcome) -> str:
    """Return what became of a hop, in a word, and with its score if it has one."""
    word = "passed" if hop.passed else "FAILED" if hop.reached else "not reached"
    return word if hop.score is None else f"{word} {hop.score:.3g}"


def hop_name(hop: HopOutcome) -> str:
    """Return the name of a hop, with that of the alternative that passed."""
    return f"{hop.name} ({hop.alternative})" if hop.alternative else hop.name


def episode_table(episode: Episode) -> str:
    """Return the hops of an episode, with reasons for those that failed, and its last actions."""
    lines = [f"{headline(episode)} {episode.task}: {episode.reason}", "", *_hop_lines(episode.hops)]
    if constraints := constraint_lines(episode):
        lines += ["", "constraints:", *(f"  {one_line(line, 3 * _WIDEST)}" for line in constraints)]
    if episode.steps:
        lines += ["", f"last actions (of {episode.steps}):", *_action_lines(episode)]
    if episode.answer is not None:
        lines += ["", f"answer: {one_line(episode.answer, _WIDEST)!r}"]
    if episode.blocked:
        lines += ["", f"blocked requests: {episode.blocked}"]
    if episode.agent_traceback:
        lines += ["", "the agent's own traceback:", *episode.agent_traceback.rstrip().splitlines()]
    return "\n".join(map(printable, lines))


def constraint_lines(episode: Episode | EpisodeRecord) -> list[str]:
    """Return the broken constraints of an episode, and those that were not judged."""
    unjudged = (f"finally: {name}: not judged, because the agent did not stop" for name in episode.unjudged)
    return [*map(str, episode.violations), *unjudged]


def _hop_lines(hops: Sequence[HopResult]) -> list[str]:
    rows: list[Sequence[str]] = [("hop", "", "step", "what was asked", "url, and why")]
    for number, hop in enumerate(hops, start=1):
        step = "" if hop.step is None else str(hop.step)
        rows.append((str(number), hop_word(hop), step, hop_name(hop), one_line(hop.url or "-", _WIDEST)))
        if not hop.passed:
            rows.extend(("", "", "", "", line) for line in wrap(hop.reason, width=80))
    return aligned(rows)


def _action_lines(episode: Episode) -> list[str]:
    """Return the last steps: the action and the page, and below them the error if the action failed."""
    lines: list[str] = []
    steps = episode.trajectory.steps
    for position in range(max(0, episode.steps - _LAST_ACTIONS), episode.steps):
        step = steps[position]
        said = str(step.action) if step.action is not None else f"(no action) {step.said!r}"
        lines.append(f"  {position + 1:>3}  {one_line(said, 90)}   on {one_line(step.observation.url, 70)}")
        error = steps[position + 1].observation.error if position + 1 < len(steps) else ""
        if error:
            lines.append(f"         {one_line(error, _WIDEST)}")
    return lines


def time_line(records: Iterable[EpisodeRecord]) -> str:
    """Return the median and longest duration of at least one episode, as text."""
    seconds = [record.seconds for record in records]
    return f"time: {median(seconds):.1f} s an episode (median), {max(seconds):.1f} s the longest"
