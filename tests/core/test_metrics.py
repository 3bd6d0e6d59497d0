import pytest

from pytest_mmina.core.language.trajectory import Usage
from pytest_mmina.core.record.counts import EpisodeCounts
from tests.gate.records import record

RECORDS = [
    record("compare/2", 1, 2),
    record("compare/1", 2, 2),
    record("multi567/1", 0, 5),
    record("multi567/2", 0, 5, outcome="errored"),
]


def test_rates_keep_errored_episodes_in_the_denominators() -> None:
    summary = EpisodeCounts.of(RECORDS).summary()
    assert (summary.episodes, summary.solved, summary.partial, summary.unsolved, summary.errored) == (4, 1, 1, 1, 1)
    assert (summary.hops_passed, summary.hops_total) == (3, 14)
    assert summary.hop_success_rate == 3 / 14
    assert summary.task_success_rate == 0.25


def test_rates_by_subset_and_by_hop_count() -> None:
    summary = EpisodeCounts.of(RECORDS).summary()
    assert {name: group.hop_success_rate for name, group in summary.by_subset.items()} == {
        "compare": 0.75,
        "multi567": 0,
    }
    assert {hops: group.task_success_rate for hops, group in summary.by_hop_count.items()} == {"2": 0.5, "5": 0}


def test_hop_counts_are_in_the_order_of_numbers() -> None:
    assert list(EpisodeCounts.of([record("a/1", 1, 10), record("a/2", 1, 9)]).summary().by_hop_count) == ["9", "10"]


def test_rates_of_nothing_are_not_zero() -> None:
    summary = EpisodeCounts.of([]).summary()
    assert (summary.hop_success_rate, summary.task_success_rate, summary.by_subset) == (None, None, {})


def test_groups_and_places_of_hops() -> None:
    summary = EpisodeCounts.of(
        [record("a/1", 1, 1), record("a/2", 2, 3), record("a/3", 0, 6), record("a/4", 6, 6)]
    ).summary()
    assert {name: group.episodes for name, group in summary.by_hop_group.items()} == {"1": 1, "2-4": 1, "5+": 2}
    first, third = summary.by_position["1"], summary.by_position["3"]
    assert (first.hops, first.passed, first.broke_first) == (4, 3, 1)
    assert (third.hops, third.passed, third.broke_first) == (3, 1, 1)
    assert list(summary.by_position) == ["1", "2", "3", "4", "5", "6"]


def test_trials_give_pass_at_k() -> None:
    episodes = [record("a/1", 1, 1).model_copy(update={"trial": trial}) for trial in (1, 2, 3)]
    episodes += [record("a/2", 0 if trial < 3 else 1, 1).model_copy(update={"trial": trial}) for trial in (1, 2, 3)]
    summary = EpisodeCounts.of(episodes).summary()
    assert summary.pass_at_k == pytest.approx({"1": (1 + 1 / 3) / 2, "2": (1 + 2 / 3) / 2, "3": 1})
    assert summary.pass_power_k == pytest.approx({"1": (1 + 1 / 3) / 2, "2": 0.5, "3": 0.5})
    assert EpisodeCounts.of(RECORDS).summary().pass_at_k == {}, "one trial is the task success rate"


def test_sites_templates_and_steps_come_from_the_task() -> None:
    episodes = [
        record("a/1", 1, 1).model_copy(update={"sites": ("shop", "wiki"), "template": "a 3", "oracle_steps": 2}),
        record("a/2", 0, 1).model_copy(update={"sites": ("shop",), "oracle_steps": 1}),
    ]
    summary = EpisodeCounts.of(episodes).summary()
    assert {site: group.solved for site, group in summary.by_site.items()} == {"shop": 1, "wiki": 1}
    assert list(summary.by_template) == ["a 3"]
    assert summary.steps_to_oracle == 2, "four steps where the solution takes two"


def test_what_agents_have_used_is_added_up() -> None:
    used = [Usage(input_tokens=10, output_tokens=2, cost=0.5), Usage(input_tokens=1, output_tokens=1), None]
    records = [
        record(f"a/{number}", 1, 1).model_copy(update={"usage": usage, "blocked": 2})
        for number, usage in enumerate(used)
    ]
    summary = EpisodeCounts.of(records).summary()
    assert summary.usage == Usage(input_tokens=11, output_tokens=3, cost=0.5, complete=False), "one told nothing"
    assert EpisodeCounts.of(records[:1]).summary().usage == used[0]
    assert summary.blocked == 6
    assert EpisodeCounts.of(records[2:]).summary().usage is None
