"""More successes never turn a decision against the merge, and fewer never for it, by rules of all kinds."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord, HopRecord
from pytest_mmina.gate.baseline import Baseline, count_tasks
from pytest_mmina.gate.decision import Session, decide
from pytest_mmina.gate.rules import Rules
from pytest_mmina.gate.significance import Compared, Levels, PValues, any_significant
from tests.gate.records import record

Hops = tuple[bool, ...]
"""Which hops of a trial passed: in any order, as a protocol without a queue allows."""


class Task(NamedTuple):
    """The trials of a task in the baseline, in a session, and in one that is at least as good."""

    before: Sequence[Hops]
    now: Sequence[Hops]
    better: Sequence[Hops]


@st.composite
def tasks(draw: st.DrawFn) -> Task:
    hops = draw(st.integers(1, 3))
    trial = st.one_of(st.tuples(*[st.booleans()] * hops), st.sampled_from([(True,) * hops, (False,) * hops]))
    before = draw(st.lists(trial, min_size=1, max_size=4))
    now = draw(st.lists(trial, min_size=1, max_size=4))
    gains = draw(st.lists(trial, min_size=len(now), max_size=len(now)))
    better = [tuple(a or b for a, b in zip(*both, strict=True)) for both in zip(now, gains, strict=True)]
    return Task(before, now, better)


rates = st.dictionaries(st.sampled_from(["", "a"]), st.sampled_from([0.0, 0.3, 0.5, 0.75, 1.0]), max_size=2)
rules = st.builds(
    Rules,
    min_hop_rate=rates,
    min_task_rate=rates,
    max_drop=st.dictionaries(st.sampled_from(["hop", "task"]), st.sampled_from([0.0, 0.1, 0.4]), max_size=2),
    regressions=st.sampled_from(["significant", "significant", "any", "none"]),
    alpha=st.sampled_from([0.05, 0.3, 0.6, 0.9]),
    must_pass=st.lists(st.sampled_from(["a/*", "a/1"]), max_size=1).map(tuple),
    require_power=st.booleans(),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(tasks(), min_size=1, max_size=8), st.integers(1, 4), rules)
def test_more_successes_never_close_the_gate(several: list[Task], times: int, given_rules: Rules) -> None:
    # Equal tasks several times over, so that there is something that a test can find.
    named = {f"a/{number}": task for number, task in enumerate(several * times)}
    baseline = Baseline(tasks=count_tasks(counted({name: task.before for name, task in named.items()})))
    worse, better = (
        decide(Session(counts=counted(side)), given_rules, baseline)
        for side in (
            {name: task.now for name, task in named.items()},
            {name: task.better for name, task in named.items()},
        )
    )
    assert better.passed or not worse.passed, (worse.reasons, better.reasons)
    assert better.decidable is worse.decidable, "it depends on the trials alone"
    assert worse.passed or worse.decidable or given_rules.require_power, "what cannot close does not"


@settings(max_examples=150, deadline=None)
@given(st.lists(tasks(), min_size=1, max_size=6))
def test_more_successes_never_lower_a_p_value(several: list[Task]) -> None:
    """This is what makes it true of decisions, at every level."""
    worse, better = (p_values(several, "now"), p_values(several, "better"))
    for name, before, after in zip(PValues._fields[:-1], worse[:-1], better[:-1], strict=True):
        assert after >= before * (1 - 1e-9), name
    assert min(better.single) >= min(worse.single) * (1 - 1e-9)
    for alpha in (0.05, 0.3, 0.9):
        levels = Levels.of(alpha)
        assert any_significant(compared(several, "now"), levels) is any(worse.significant(levels))


def p_values(several: Sequence[Task], side: str) -> PValues:
    return PValues.of(compared(several, side))


def compared(several: Sequence[Task], side: str) -> Compared:
    counts = ((counted({"a/1": trials}) for trials in (task.before, getattr(task, side))) for task in several)
    return Compared.of([(count_tasks(before)["a/1"], count_tasks(now)["a/1"]) for before, now in counts])


def counted(trials: Mapping[str, Sequence[Hops]]) -> EpisodeCounts:
    return EpisodeCounts.of(
        played(name, hops, trial=trial) for name, own in trials.items() for trial, hops in enumerate(own, start=1)
    )


def played(task: str, hops: Hops, *, trial: int) -> EpisodeRecord:
    made = record(task, sum(hops), len(hops), trial=trial)
    passed = [HopRecord(name=f"hop {n}", passed=has_passed, step=n, reason="") for n, has_passed in enumerate(hops)]
    return made.model_copy(update={"hops": tuple(passed)})
