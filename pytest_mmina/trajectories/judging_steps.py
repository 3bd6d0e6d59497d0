"""Judge the recorded steps of an episode by today's checks, without a browser and without guessing."""

from collections.abc import Sequence
from typing import NamedTuple

from pytest_mmina.core.language.trajectory import State, Step, site_value_key
from pytest_mmina.core.tasks.address import AddressCheck
from pytest_mmina.core.tasks.checks import walk_checks
from pytest_mmina.core.tasks.hops import HopResult
from pytest_mmina.core.tasks.judging_addresses import find_address
from pytest_mmina.core.tasks.run_py_protocol import cursor_of
from pytest_mmina.core.tasks.task import Hop, Task, probes_of


class JudgedHops(NamedTuple):
    """The hops as they are judged now; if one cannot be judged, `unknown` says why, and the hops end before it."""

    hops: tuple[HopResult, ...]
    unknown: str = ""


def judged_again(task: Task, steps: Sequence[Step]) -> JudgedHops:
    """Judge the states of an episode in the order in which they were seen.

    Raises ProtocolError if the protocol `run-py` does.
    """
    if not all(step.states for step in steps):
        return JudgedHops((), "the recording has no states (--mmina-record=actions)")
    cursor = cursor_of(task)
    for number, step in enumerate(steps):
        *passed_through, settled = step.states
        before = cursor.results
        unanswered = settled.model_copy(update={"answer": None, "readings": {}, "judgements": {}})
        cursor.judge_states([*passed_through, unanswered], step=number)
        if unknown := _unknown(task, before, cursor.results, settled, ended=False):
            return JudgedHops(before, unknown)
        if settled.answer is not None:
            before = cursor.results
            cursor.judge_end(settled, step=number + 1)
            unknown = _unknown(task, before, cursor.results, settled, ended=True)
            if not unknown and (question := cursor.open_question(settled)) is not None:
                unknown = f"the judge was not asked about {question.question!r} when the episode ran"
            if unknown:
                return JudgedHops(before, unknown)
    cursor.finish()
    return JudgedHops(cursor.results)


def _unknown(task: Task, before: Sequence[HopResult], after: Sequence[HopResult], state: State, *, ended: bool) -> str:
    """Say what the checks that this state was tested with read and the recording lacks."""
    first, last = (sum(hop.passed for hop in hops) for hops in (before, after))
    for hop in task.hops[first : last + 1]:
        if missing := _missing(task, hop, state, ended=ended):
            return f"hop {hop.name!r} needs {missing}, which was not recorded"
    return ""


def _missing(task: Task, hop: Hop, state: State, *, ended: bool) -> str:
    probes = probes_of(task.model_copy(update={"hops": (hop,)}))
    for selector in sorted(probes.selectors):
        if any(selector not in page.texts for page in state.pages):
            return f"the text of {selector!r}"
    for page in state.pages:
        answered = page.model_copy(update={"answered": "whole"})
        addresses = (check for check in walk_checks(hop.check) if isinstance(check, AddressCheck))
        if page.answered is None and any(find_address(check, answered).passed for check in addresses):
            return f"whether its site answered {page.url}"
    for site, path in sorted(probes.site_values):
        if site_value_key(site, path) not in state.site_values:
            return f"the value {path!r} of the site {site!r}"
    if ended:
        for reading in sorted(probes.readings, key=lambda each: each.key):
            if reading.key not in state.readings:
                return f"what {reading.read or 'the page'!r} reads at {reading.url!r}"
    return ""
