"""Constraints: what must never happen, and what has to hold when the agent stops."""

import pytest

from pytest_mmina.core.episode.episode import Episode, run_episode
from pytest_mmina.core.episode.limits import Limits
from pytest_mmina.core.errors import NotSolved
from pytest_mmina.core.language.trajectory import Judgement, PageState, State, site_value_key
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.core.tasks.checks import (
    AllOf,
    AnswerJudged,
    AnswerMatch,
    Check,
    Not,
    PageText,
    SiteState,
    SiteWord,
)
from pytest_mmina.core.tasks.constraints import ConstraintWatch
from pytest_mmina.core.tasks.end_readings import PageValue
from pytest_mmina.core.tasks.hops import HopResult
from pytest_mmina.core.tasks.task import Constraint, ConstraintKind, Task
from pytest_mmina.trajectories.judging_steps import judged_again
from tests.core.fakes import FakeBrowser, task_of
from tests.core.test_episode import Script, go

KINDS: tuple[ConstraintKind, ...] = ("never", "finally")
ORDERS = SiteState(site="shop", path="$.orders[*]")


def constraint(kind: ConstraintKind, check: Check, name: str = "") -> Constraint:
    return Constraint(kind=kind, name=name or kind, check=check)


def asking(*constraints: Constraint, words: tuple[str, ...] = ("one", "two")) -> Task:
    return task_of(*words).model_copy(update={"constraints": constraints})


def played(task: Task, *lines: str, limits: Limits | None = None) -> Episode:
    return run_episode(task, agent=Script(*lines), browser=FakeBrowser(), limits=limits)


NEVER = constraint("never", SiteWord(word="shop"), "left the museum")
FINALLY = constraint("finally", SiteWord(word="two"), "ends at two")


def test_a_task_with_a_broken_constraint_is_not_solved_whatever_its_hops() -> None:
    episode = played(asking(NEVER, FINALLY), go("one"), go("shop"), go("two"), "stop")
    assert all(hop.passed for hop in episode.hops)
    assert (episode.outcome, episode.credit, episode.solved) == ("partial", 1.0, False)
    (violation,) = episode.violations
    assert (violation.kind, violation.name, violation.step) == ("never", "left the museum", 2)
    assert violation.url == "https://shop.example/"
    assert str(violation) == (
        "never: left the museum: broken at step 2 on https://shop.example/: the address has the site word 'shop'"
    )
    with pytest.raises(NotSolved, match="2 of 2 hops: the agent stopped; never: left the museum: broken at step 2"):
        episode.require_solved()


def test_constraints_that_are_kept_change_nothing() -> None:
    episode = played(asking(NEVER, FINALLY), go("one"), go("two"), "stop")
    assert (episode.outcome, episode.violations, episode.unjudged) == ("solved", (), ())


def test_what_has_to_hold_at_the_end_is_judged_at_the_end() -> None:
    episode = played(asking(FINALLY), go("one"), go("two"), go("three"), "stop")
    (violation,) = episode.violations
    assert (episode.outcome, violation.kind, violation.step) == ("partial", "finally", 4)
    assert violation.reason == "the address lacks the site word 'two'"
    assert played(asking(FINALLY), go("three"), "stop").outcome == "unsolved"


@pytest.mark.parametrize("lines", [(go("one"), go("two"), go("two")), (go("one"), go("two"), 3)])
def test_an_agent_that_never_stops_breaks_nothing_and_solves_nothing(lines: tuple[str, ...]) -> None:
    episode = played(asking(NEVER, FINALLY), *lines, limits=Limits(max_steps=3))
    assert all(hop.passed for hop in episode.hops)
    assert (episode.outcome, episode.violations, episode.unjudged) == ("partial", (), ("ends at two",))
    assert played(asking(NEVER), *lines, limits=Limits(max_steps=3)).outcome == "solved"


def test_the_hops_of_a_users_test_do_not_mend_a_broken_constraint() -> None:
    episode = played(asking(NEVER), go("one"), go("shop"), go("two"), "stop")
    assert episode.with_hops([HopResult(name="own", passed=True, reason="")]).outcome == "partial"
    unjudged = played(asking(FINALLY), go("one"), go("two"), limits=Limits(max_steps=2))
    assert unjudged.with_hops([HopResult(name="own", passed=True, reason="")]).outcome == "partial"


def test_the_first_break_is_told_and_a_redirect_is_enough() -> None:
    browser = FakeBrowser(redirects=["https://shop.example/first"])
    episode = run_episode(asking(NEVER), agent=Script(go("one"), go("two"), "stop"), browser=browser)
    assert [(found.step, found.url) for found in episode.violations] == [(1, "https://shop.example/first")]


def state(*, orders: int | None = None, answer: str | None = None) -> State:
    values = {site_value_key("shop", "$.orders[*]"): (1,) * orders} if orders is not None else {}
    return State(pages=(PageState(url="https://shop.example/"),), site_values=values, answer=answer)


def test_what_is_not_known_is_not_broken() -> None:
    watch = ConstraintWatch([constraint("never", Not(check=ORDERS)), constraint("never", ORDERS, "orders")])
    watch.judge_states([state()], step=0)
    assert not watch.violations
    watch.judge_states([state(orders=1), state(orders=0), state(orders=1)], step=1)
    assert [(found.name, found.step) for found in watch.violations] == [("never", 1), ("orders", 1)]


def test_a_constraint_on_the_answer() -> None:
    told = [constraint("never", AnswerMatch(contains=("secret",))), constraint("finally", AnswerMatch(equals="42"))]
    watch = ConstraintWatch(told)
    watch.judge_states([state()], step=0)
    watch.judge_end(state(answer="the secret"), step=1)
    assert [found.kind for found in watch.violations] == ["never", "finally"]


@pytest.mark.parametrize(("kind", "passed", "broken"), [
    ("never", True, 1), ("never", False, 0), ("finally", True, 0), ("finally", False, 1),
])  # fmt: skip
def test_a_judge_decides_a_constraint_before_it_is_broken(kind: ConstraintKind, passed: bool, broken: int) -> None:
    check = AnswerJudged(question="Is it polite?", reference="yes")
    watch, end = ConstraintWatch([constraint(kind, check)]), state(answer="Good day")
    watch.judge_end(end, step=1)
    assert (watch.open_question(end), watch.violations) == (check, ())
    judged = end.model_copy(update={"judgements": {check.judgement_key: Judgement(passed=passed, reason="so")}})
    watch.judge_end(judged, step=1)
    assert (watch.open_question(judged), len(watch.violations), watch.unjudged) == (None, broken, ())


def test_what_is_read_at_the_end_is_read_for_constraints_too() -> None:
    asked = asking(constraint("finally", PageValue(read="document.title", contains=("two",))))
    assert played(asked, go("one"), go("two"), "stop").outcome == "solved"


def test_constraints_count_in_the_fingerprint() -> None:
    assert asking(NEVER).fingerprint != asking().fingerprint == task_of("one", "two").fingerprint
    kinds = {asking(constraint(kind, SiteWord(word="x"), "x")).fingerprint for kind in KINDS}
    assert len(kinds) == 2


def test_a_record_keeps_the_broken_constraints() -> None:
    task = asking(NEVER, FINALLY)
    episode = played(task, go("shop"), "stop")
    record = EpisodeRecord.of(episode, task=task, case="x")
    assert EpisodeRecord.model_validate_json(record.model_dump_json()) == record
    assert (record.constraints, [found.kind for found in record.violations]) == (2, ["never", "finally"])


@pytest.mark.parametrize("lines", [(go("one"), go("shop"), go("two"), "stop"), (go("two"), "stop"), (go("shop"),)])
def test_constraints_are_judged_again_as_the_episode_judged_them(lines: tuple[str, ...]) -> None:
    task = asking(NEVER, FINALLY)
    episode = played(task, *lines)
    again = judged_again(task, episode.trajectory.steps)
    assert (again.violations, again.unjudged, again.unknown) == (episode.violations, episode.unjudged, "")


def test_a_constraint_that_reads_what_was_not_recorded_is_not_guessed() -> None:
    steps = played(asking(), go("one"), go("two"), "stop").trajectory.steps
    for kind in KINDS:
        text = constraint(kind, AllOf(checks=(PageText(contains=("x",)),)))
        again = judged_again(asking(NEVER, text), steps)
        assert again.unknown == f"the constraint {kind} '{kind}' needs the text of 'body', which was not recorded"
