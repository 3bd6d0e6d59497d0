"""What changed against a baseline: counts, groups, and what is not compared."""

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.gate.baseline import count_tasks
from pytest_mmina.gate.changes import changes_since
from pytest_mmina.reports.terminal import hops_text
from tests.gate.records import record, records


def change_lines(
    before: list[EpisodeRecord], now: list[EpisodeRecord], *, excused: frozenset[str] = frozenset()
) -> list[str]:
    found = changes_since(count_tasks(EpisodeCounts.of(before)), EpisodeCounts.of(now), excused=excused).tasks
    return [
        line for task in found for line in (f"{task.became} {task}", *(f"  {hop.became} {hop}" for hop in task.hops))
    ]


def test_changes_are_told_in_counts_worst_first() -> None:
    before = [
        *records("a/1", 3, 3), *records("a/2", 3, 3), *records("a/3", 0, 3), *records("a/4", 2, 2),
        *records("b/5", 1, 1), *records("b/6", 1, 1), *records("b/7", 1, 1),
    ]  # fmt: skip
    now = [
        *records("a/1", 1, 3), *records("a/2", 0, 3), *records("a/3", 3, 3), *records("a/4", 1, 1),
        *records("b/5", 1, 1, fingerprint="f2"), *records("c/1", 1, 1),
    ]  # fmt: skip
    assert change_lines(before, now, excused=frozenset({"b/7"})) == [
        "worse a/2: solved 3 of 3 then, 0 of 3 now",
        "  broke hop 1: passed 3 of 3 then, 0 of 3 now",
        "worse a/1: solved 3 of 3 then, 1 of 3 now",
        "  less hop 1: passed 3 of 3 then, 1 of 3 now",
        "gone b/6: neither run nor left out",
        "better a/3: solved 0 of 3 then, 3 of 3 now",
        "  mended hop 1: passed 0 of 3 then, 3 of 3 now",
        "changed b/5: asks for something else now, not compared",
        "new c/1: not there before",
    ]


def test_a_hop_behind_a_broken_one_is_told_as_not_reached() -> None:
    broken = record("a/1", 1, 4)
    first, second, *rest = broken.hops
    behind = tuple(hop.model_copy(update={"reached": False, "step": None}) for hop in rest)
    now = broken.model_copy(update={"hops": (first, second, *behind)})
    assert change_lines([record("a/1", 4, 4)], [now])[1:] == [
        "  broke hop 1: passed 1 of 1 then, 0 of 1 now",
        "  unreached hop 2: passed 1 of 1 then, 0 of 1 now",
        "  unreached hop 3: passed 1 of 1 then, 0 of 1 now",
    ]
    counts = EpisodeCounts.of([now])
    assert [place.broke_first for place in counts.summary().by_position.values()] == [0, 1, 0, 0]
    (change,) = changes_since(count_tasks(EpisodeCounts.of([record("a/1", 4, 4)])), counts).tasks
    assert hops_text(change) == "hop 2 broke; hops 3, 4 not reached"
    assert counts.tasks["a/1"].broken == ((2, second),)


def test_hops_decide_where_a_task_is_solved_as_often() -> None:
    assert change_lines([record("a/1", 2, 3)], [record("a/1", 1, 3)]) == [
        "worse a/1: solved 0 of 1 then, 0 of 1 now",
        "  broke hop 1: passed 1 of 1 then, 0 of 1 now",
    ]
    skipped = record("a/1", 1, 3)
    first, second, third = skipped.hops
    other_way = skipped.model_copy(update={"hops": (second, first, third)})
    hops = tuple(hop.model_copy(update={"name": f"hop {n}"}) for n, hop in enumerate(other_way.hops))
    assert change_lines([skipped], [other_way.model_copy(update={"hops": hops})])[0].startswith("mixed a/1")


def test_other_numbers_of_trials_are_no_change() -> None:
    assert change_lines(records("a/1", 2, 4), records("a/1", 3, 6)) == []


def test_an_own_hop_that_came_or_went_makes_a_task_no_better() -> None:
    old, new = record("a/1", 1, 2), record("a/1", 1, 2)
    added = new.model_copy(update={"hops": (*new.hops, new.hops[0].model_copy(update={"name": "my own"}))})
    assert change_lines([old], [added]) == [
        "mixed a/1: solved 0 of 1 then, 0 of 1 now",
        "  new my own: not there then, 1 of 1 now",
    ]
    assert change_lines([added], [old])[1] == "  gone my own: passed 1 of 1 then, not there now"


def test_what_errored_is_said_with_the_change() -> None:
    gone = record("a/1", 0, 2, trial=2, outcome="errored")
    assert change_lines(records("a/1", 2, 2), [record("a/1", 2, 2), gone])[0] == (
        "worse a/1: solved 2 of 2 then, 1 of 2 now, 1 of them errored"
    )


def test_rates_stand_beside_those_of_the_same_tasks_alone() -> None:
    before = [*records("a/1", 1, 1), *records("b/1", 0, 1), record("b/2", 3, 3)]
    now = [*records("a/1", 0, 2), *records("b/1", 0, 1), *records("b/9", 1, 1)]
    found = changes_since(count_tasks(EpisodeCounts.of(before)), EpisodeCounts.of(now))
    assert found.compared == 2
    assert found.whole is not None
    assert (found.whole.task_before, found.whole.task_now) == (0.5, 0.0)
    assert (found.whole.hop_before, found.whole.hop_now) == (0.75, 0.5)
    assert {name: group.tasks for name, group in found.by_subset.items()} == {"a": 1, "b": 1}
    assert (found.by_subset["a"].task_before, found.by_subset["a"].task_now) == (1.0, 0.0)
    assert {name: group.tasks for name, group in found.by_hop_count.items()} == {"2": 2}
    assert found.counted() == {"worse": 1, "gone": 1, "new": 1}


def test_nothing_can_be_compared() -> None:
    found = changes_since(count_tasks(EpisodeCounts.of(records("a/1", 1, 1))), EpisodeCounts.of(records("b/1", 1, 1)))
    assert (found.compared, found.whole) == (0, None)
