"""Hops beyond a queue: an order that hops give themselves, alternatives, and scores."""

from typing import Any

import pytest

from pytest_mmina.core.episode.episode import credit_of, outcome_of, run_episode
from pytest_mmina.core.errors import TaskError
from pytest_mmina.core.language.trajectory import Judgement, PageState, State, site_value_key
from pytest_mmina.core.tasks.checks import AllOf, AnswerJudged, AnyOf, Not, PageText, SiteState, SiteWord, UrlMatch
from pytest_mmina.core.tasks.hops import HopCursor, HopResult
from pytest_mmina.core.tasks.judging import judge
from pytest_mmina.core.tasks.order import predecessors
from pytest_mmina.core.tasks.task import Hop, NamedCheck
from tests.core.fakes import FakeBrowser, task_of
from tests.core.test_episode import Script, go

REWARD = SiteState(site="suite", path="$.reward", score=True)


def hop(name: str, *after: str | int, **fields: Any) -> Hop:
    given = {"after": after} if after else {}
    return Hop(name=name, check=SiteWord(word=name), **given, **fields)


def at(*words: str, reward: object = None, answer: str | None = None) -> State:
    values = {site_value_key("suite", "$.reward"): (reward,)} if reward is not None else {}
    pages = tuple(PageState(url=f"https://{word}.example/") for word in words)
    return State(pages=pages, site_values=values, answer=answer)


def judged(hops: tuple[Hop, ...], *states: State) -> tuple[HopResult, ...]:
    cursor = HopCursor(hops)
    for step, state in enumerate(states):
        cursor.judge_state(state, step=step)
    return cursor.results


DIAMOND = (hop("begin"), hop("left", "begin"), hop("right", 1), hop("end", "left", "right"))


def test_hops_are_open_once_those_they_name_have_passed() -> None:
    steps = [result.step for result in judged(DIAMOND, at("end"), at("begin"), at("right"), at("end"), at("left"))]
    assert steps == [1, 4, 2, 4]
    assert [r.passed for r in judged(DIAMOND, *map(at, ("begin", "left", "right", "end")))] == [True] * 4


def test_hops_without_an_order_are_a_queue_and_others_come_after_the_hop_above() -> None:
    names = ("a", "b", "c")
    assert predecessors(names, (None, None, None)) == (frozenset(), frozenset({0}), frozenset({1}))
    assert predecessors(names, (None, (), None)) == (frozenset(), frozenset(), frozenset({1}))


def test_results_tell_open_hops_from_those_that_were_not_reached() -> None:
    results = judged(DIAMOND, at("begin"), at("elsewhere"))
    assert [(result.passed, result.reached, result.step) for result in results] == [
        (True, True, 0),
        (False, True, 1),
        (False, True, 1),
        (False, False, None),
    ]
    assert results[1].reason == "the address lacks the site word 'left'"
    assert results[3].reason == "not reached: hops 2 and 3 come first"
    assert judged(DIAMOND, at("begin"), at("left"))[3].reason == "not reached: hop 3 comes first"
    assert [result.reason for result in judged(DIAMOND)[:2]] == ["no page was seen", "not reached: hop 1 comes first"]


def test_several_hops_pass_on_one_state_in_whatever_order_they_stand() -> None:
    backwards = (hop("last", "first"), Hop(name="first", check=SiteWord(word="first"), after=()))
    assert [result.step for result in judged(backwards, at("first", "last"))] == [0, 0]


def test_each_open_hop_has_its_own_nearest_miss() -> None:
    near = UrlMatch(contains=("left", "nearly"))
    hops = (
        Hop(name="left", check=near, after=()),
        hop("right"),
        Hop(name="free", check=SiteWord(word="free"), after=()),
    )
    results = judged(hops, at("left"), at("elsewhere"))
    assert [(result.step, result.reached) for result in results] == [(0, True), (None, False), (1, True)]


@pytest.mark.parametrize(
    ("after", "place", "problem"),
    [
        ((None, ("c",)), "hops[1].after[0]", "there is no hop 'c'"),
        ((None, (3,)), "hops[1].after[0]", "there is no hop 3: the task has 2, numbered from 1"),
        ((None, (0,)), "hops[1].after[0]", "there is no hop 0"),
        ((None, (1, "b")), "hops[1].after[1]", "a hop cannot come after itself"),
        ((None, (1, 2)), "hops[1].after[1]", "a hop cannot come after itself"),
        (((2,), None), "hops[0].after", "no hop of a circle can ever be judged: a -> b -> a"),
        ((("b",), ("a",)), "hops[0].after", "no hop of a circle can ever be judged: a -> b -> a"),
    ],
)
def test_an_order_that_cannot_be_is_an_error(after: Any, place: str, problem: str) -> None:
    with pytest.raises(TaskError) as raised:
        predecessors(("a", "b"), after)
    assert raised.value.place == place
    assert raised.value.problem.startswith(problem)


def test_a_name_of_several_hops_needs_a_number() -> None:
    with pytest.raises(TaskError, match="several hops have the name 'a': give a number, one of 1, 2"):
        predecessors(("a", "a", "b"), (None, None, ("a",)))


def test_long_circles_behind_open_hops_are_found() -> None:
    names = [str(number) for number in range(40)]
    with pytest.raises(TaskError, match="circle"):
        predecessors(names, [(), *(((number + 1) % 39 + 2,) for number in range(39))])


FORM, LINK = (NamedCheck(name=name, check=SiteWord(word=name)) for name in ("form", "link"))


def test_a_hop_passes_by_one_of_its_alternatives_and_names_it() -> None:
    searched = Hop.model_validate({"name": "searched", "alternatives": (FORM, LINK)})
    (result,) = judged((searched,), at("link"))
    assert (result.passed, result.alternative) == (True, "link")
    (missed,) = judged((searched,), at("elsewhere"))
    assert (missed.alternative, missed.reason) == ("", "form: the address lacks the site word 'form'")


def test_the_check_of_a_hop_with_alternatives_is_any_of_them() -> None:
    searched = Hop.model_validate({"name": "searched", "alternatives": (FORM, LINK)})
    assert searched.check == AnyOf(checks=(FORM.check, LINK.check))
    assert Hop.model_validate(searched.model_dump()) == searched
    with pytest.raises(ValueError, match="give one of both"):
        Hop(name="searched", check=SiteWord(word="x"), alternatives=(FORM,))


def test_the_judge_is_asked_for_the_open_hops_one_after_the_other() -> None:
    asked = [AnswerJudged(question=f"{number}?", reference="yes") for number in (1, 2)]
    hops = tuple(Hop(name=check.question, check=check, after=()) for check in asked)
    cursor, state = HopCursor(hops), at("x", answer="yes")
    cursor.judge_end(state, step=1)
    assert cursor.open_question(state) == asked[0]
    no = Judgement(passed=False, reason="no")
    told = state.model_copy(update={"judgements": {asked[0].judgement_key: no}})
    assert cursor.open_question(told) == asked[1]


def test_a_score_is_credit_and_passes_at_one() -> None:
    scored = (Hop(name="reward", check=REWARD, weight=3), Hop(name="x", check=SiteWord(word="x")))
    results = judged(scored, at("x", reward=0.25), at("x", reward=0.5), at("x", reward=0.125))
    assert [(result.passed, result.score, result.reached) for result in results] == [
        (False, 0.5, True),
        (False, None, False),
    ]
    assert (results[0].step, results[0].reason) == (1, "$.reward of the site 'suite' is 0.5")
    assert (credit_of(results), outcome_of(results)) == (0.375, "partial")
    done = judged(scored, at("x", reward=1))
    assert (credit_of(done), outcome_of(done), done[0].score) == (1.0, "solved", 1.0)


def test_a_hop_passes_from_its_threshold_on_and_its_score_can_still_rise() -> None:
    scored = (Hop(name="reward", check=REWARD, threshold=0.6),)
    states = [at("x", reward=reward) for reward in (0.5, 0.75, 0.25)]
    (result,) = judged(scored, *states)
    assert (result.passed, result.step, result.score) == (True, 1, 0.75)
    (later,) = judged(scored, *states, at("x", reward=0.875), at("x"))
    assert (later.passed, later.step, later.score) == (True, 1, 0.875)


@pytest.mark.parametrize("reward", [True, "1", 1.5, -0.1, [1], {}])
def test_what_is_no_number_from_0_to_1_is_no_score(reward: object) -> None:
    (result,) = judged((Hop(name="reward", check=REWARD),), at("x", reward=reward))
    assert (result.passed, result.score) == (False, None)
    assert result.reason.endswith("not a number from 0 to 1")


def test_a_score_together_with_other_checks() -> None:
    on_page = AllOf(checks=(SiteWord(word="zoo"), REWARD))
    assert [judge(on_page, at(word, reward=0.5)).score for word in ("zoo", "y")] == [0.5, 0.0]
    assert judge(AnyOf(checks=(SiteWord(word="zoo"), REWARD)), at("y", reward=0.5)).score == 0.5
    assert judge(AllOf(checks=(SiteWord(word="x"),)), at("x")).score is None


def test_a_score_cannot_be_compared_as_well() -> None:
    with pytest.raises(ValueError, match="cannot be combined"):
        SiteState(site="suite", path="$.reward", score=True, equals=1)


@pytest.mark.parametrize("check", [PageText(contains=("x",)), SiteState(site="suite", path="$.reward")])
def test_the_opposite_of_what_is_not_known_does_not_hold(check: PageText | SiteState) -> None:
    assert not judge(Not(check=check), at("x")).passed
    assert not judge(AllOf(checks=(SiteWord(word="x"), Not(check=check))), at("x")).passed
    # Whatever the text is, one part that does not hold decides.
    assert judge(Not(check=AllOf(checks=(SiteWord(word="zoo"), check))), at("x")).passed
    assert not judge(Not(check=AnyOf(checks=(SiteWord(word="zoo"), check))), at("x")).passed


def test_a_fingerprint_changes_only_with_what_is_asked() -> None:
    plain = task_of("one", "two")
    assert plain.fingerprint == "cfa9b9ed8953"
    ordered = plain.model_copy(update={"hops": (plain.hops[0], plain.hops[1].model_copy(update={"after": ()}))})
    assert ordered.fingerprint != plain.fingerprint


def test_an_episode_gives_credit_in_whatever_order() -> None:
    task = task_of("x").model_copy(update={"hops": DIAMOND})
    episode = run_episode(task, agent=Script(go("begin"), go("right"), "stop"), browser=FakeBrowser())
    assert (episode.outcome, episode.credit) == ("partial", 0.5)
    assert [hop.passed for hop in episode.hops] == [True, False, True, False]
