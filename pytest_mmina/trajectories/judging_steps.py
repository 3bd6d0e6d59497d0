"""Judge the recorded steps of an episode by today's checks, without a browser and without guessing."""

from collections.abc import Sequence
from typing import NamedTuple

from pytest_mmina.core.language.trajectory import State, Step, site_value_key
from pytest_mmina.core.tasks.address import AddressCheck
from pytest_mmina.core.tasks.checks import walk_checks
from pytest_mmina.core.tasks.constraints import ConstraintWatch, Violation
from pytest_mmina.core.tasks.downloads_so_far import DownloadsSoFar
from pytest_mmina.core.tasks.hops import HopResult
from pytest_mmina.core.tasks.judging_addresses import find_address
from pytest_mmina.core.tasks.run_py_protocol import cursor_of
from pytest_mmina.core.tasks.task import Constraint, Hop, Task, probes_of_checks


class JudgedHops(NamedTuple):
    """The hops and constraints as they are judged now.

    If one of them cannot be judged, `unknown` says why, and the others are as they were judged before.
    """

    hops: tuple[HopResult, ...]
    unknown: str = ""
    violations: tuple[Violation, ...] = ()
    unjudged: tuple[str, ...] = ()


def judged_again(task: Task, steps: Sequence[Step]) -> JudgedHops:
    """Judge the states of an episode in the order in which they were seen.

    Raises ProtocolError if the protocol `run-py` does.
    """
    if not all(step.states for step in steps):
        return JudgedHops((), "the recording has no states (--mmina-record=actions)")
    cursor, constraints, downloads = cursor_of(task), ConstraintWatch(task.constraints), DownloadsSoFar()
    for number, step in enumerate(steps):
        *passed_through, settled = downloads.filled(step.states, step=number)
        before = cursor.results
        unanswered = settled.model_copy(update={"answer": None, "readings": {}, "judgements": {}})
        seen = [*passed_through, unanswered]
        cursor.judge_states(seen, step=number)
        watched = [one for one in map(task.constraints.__getitem__, constraints.unsettled) if one.kind == "never"]
        if unknown := _unknown([*_judged(task, before, cursor.results), *watched], settled, ended=False):
            return JudgedHops(before, unknown, constraints.violations)
        constraints.judge_states(seen, step=number)
        if settled.answer is not None:
            before = cursor.results
            cursor.judge_end(settled, step=number + 1)
            watched = [task.constraints[at] for at in constraints.unsettled]
            unknown = _unknown([*_judged(task, before, cursor.results), *watched], settled, ended=True)
            question = cursor.open_question(settled) or constraints.open_question(settled)
            if not unknown and question is not None:
                unknown = f"the judge was not asked about {question.question!r} when the episode ran"
            if unknown:
                return JudgedHops(before, unknown, constraints.violations)
            constraints.judge_end(settled, step=number + 1)
    cursor.finish()
    return JudgedHops(cursor.results, "", constraints.violations, constraints.unjudged)


def _judged(task: Task, before: Sequence[HopResult], after: Sequence[HopResult]) -> list[Hop]:
    """Return the hops that were judged between two results."""
    return [hop for hop, was, now in zip(task.hops, before, after, strict=True) if now.reached and not was.passed]


def _unknown(tested: Sequence[Hop | Constraint], state: State, *, ended: bool) -> str:
    """Say what the checks that this state was tested with read and the recording lacks."""
    for each in tested:
        if missing := _missing(each, state, ended=ended):
            what = "hop" if isinstance(each, Hop) else f"the constraint {each.kind}"
            return f"{what} {each.name!r} needs {missing}, which was not recorded"
    return ""


def _missing(asked: Hop | Constraint, state: State, *, ended: bool) -> str:
    probes = probes_of_checks([asked.check])
    for selector in sorted(probes.selectors):
        if any(selector not in page.texts for page in state.pages):
            return f"the text of {selector!r}"
    for page in state.pages:
        answered = page.model_copy(update={"answered": "whole"})
        addresses = (check for check in walk_checks(asked.check) if isinstance(check, AddressCheck))
        if page.answered is None and any(find_address(check, answered).passed for check in addresses):
            return f"whether its site answered {page.url}"
    if probes.downloads and state.downloads is None:
        return "the files that were downloaded"
    if probes.contents:
        for file in state.downloads or ():
            if file.content is None and not file.problem:
                return f"the content of {file.name!r}"
    for site, path in sorted(probes.site_values):
        if site_value_key(site, path) not in state.site_values:
            return f"the value {path!r} of the site {site!r}"
    if ended:
        for reading in sorted(probes.readings, key=lambda each: each.key):
            if reading.key not in state.readings:
                return f"what {reading.read or 'the page'!r} reads at {reading.url!r}"
    return ""
