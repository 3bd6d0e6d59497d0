"""Recorded states judged again: the same verdicts, others where a check is another, and no guesses."""

import pytest

from pytest_mmina.core.episode.episode import Episode, run_episode
from pytest_mmina.core.language.files import DownloadedFile, FileContent, Sheet
from pytest_mmina.core.language.trajectory import Step
from pytest_mmina.core.tasks.address import AddressCheck
from pytest_mmina.core.tasks.checks import AnswerJudged, AnswerMatch, Check, SelectorText, SiteState, SiteWord
from pytest_mmina.core.tasks.download import Download
from pytest_mmina.core.tasks.end_readings import PageValue
from pytest_mmina.core.tasks.task import Hop, Task
from pytest_mmina.trajectories.judging_steps import judged_again
from tests.core.fakes import FakeBrowser, task_of

TEXT, VALUE = SelectorText(selector="#a", contains=("second",)), PageValue(read="document.title", contains=("second",))


def of(*checks: Check) -> Task:
    hops = tuple(Hop(name=f"hop {number}", check=check) for number, check in enumerate(checks, start=1))
    return task_of("x").model_copy(update={"hops": hops})


ASKED = of(SiteWord(word="first"), TEXT, AnswerMatch(contains=("done",)), VALUE)


class Player:
    def __init__(self, *lines: str) -> None:
        self._lines = iter(lines)

    def reset(self, intent: str) -> None:
        pass

    def act(self, observation: object) -> str:
        return next(self._lines)


def played(*lines: str) -> Episode:
    return run_episode(ASKED, agent=Player(*lines), browser=FakeBrowser())


SOLVED = ("goto [https://first.example/]", "what?", "goto [https://second.example/]", "stop [done]")


@pytest.mark.parametrize("lines", [SOLVED, SOLVED[:1], SOLVED[:3], (*SOLVED[:2], "stop"), ("stop [done]",)])
def test_the_verdicts_are_those_of_the_episode(lines: tuple[str, ...]) -> None:
    episode = played(*lines)
    assert episode.ending == ("terminated" if lines[-1].startswith("stop") else "failed")
    assert judged_again(ASKED, episode.trajectory.steps)[:2] == (episode.hops, "")


def test_another_check_is_another_verdict() -> None:
    steps = played(*SOLVED).trajectory.steps
    now = of(SiteWord(word="first"), TEXT, AnswerMatch(contains=("over",)), VALUE)
    again = judged_again(now, steps)
    assert ([hop.passed for hop in again.hops], again.unknown) == ([True, True, False, False], "")


@pytest.mark.parametrize(
    ("check", "unknown"),
    [
        (
            AddressCheck(host=("second.example",)),
            "hop 'hop 2' needs whether its site answered https://second.example/, which was not",
        ),
        (SelectorText(selector="#b", contains=("x",)), "hop 'hop 2' needs the text of '#b', which was not recorded"),
        (SiteState(site="shop", path="$.cart"), "hop 'hop 2' needs the value '$.cart' of the site 'shop', which was"),
        (
            PageValue(read="document.body", contains=("x",)),
            "hop 'hop 2' needs what 'document.body' reads at 'last', which was not",
        ),
        (Download(name="a.csv"), "hop 'hop 2' needs the files that were downloaded, which was not recorded"),
        (
            AnswerJudged(question="Is it?", reference="yes"),
            "the judge was not asked about 'Is it?' when the episode ran",
        ),
    ],
)
def test_what_was_not_recorded_is_not_guessed(check: Check, unknown: str) -> None:
    again = judged_again(of(SiteWord(word="first"), check), played(*SOLVED).trajectory.steps)
    assert again.unknown.startswith(unknown)


CONTENT = FileContent(text="a,b", sheets=(Sheet(rows=(("a", "b"),), row_count=1),))
KEPT = DownloadedFile(name="a.csv", file="a.csv", origin="https://second.example", type="csv", content=CONTENT)
IN_FILE, LATE = Download(name="a.csv", text={"contains": "a,b"}), Download(name="late.csv")


@pytest.mark.parametrize("lines", [SOLVED, SOLVED[:3], ("stop [done]",)])
def test_files_are_judged_again_by_what_was_read(lines: tuple[str, ...]) -> None:
    task = of(SiteWord(word="second"), IN_FILE, LATE)
    browser = FakeBrowser()
    browser.files, browser.late = (KEPT,), (KEPT.model_copy(update={"name": "late.csv", "file": "late.csv"}),)
    episode = run_episode(task, agent=Player(*lines), browser=browser)
    again = judged_again(task, episode.trajectory.steps)
    assert [hop.passed for hop in again.hops] == [hop.passed for hop in episode.hops]
    assert episode.hops[2].passed is (lines == SOLVED)
    if lines == SOLVED:
        assert episode.hops[1].reason == "a.csv was downloaded"
    stored = [Step.model_validate_json(step.model_dump_json()) for step in episode.trajectory.steps]
    assert judged_again(task, stored) == again


def test_a_file_that_nobody_read_is_not_guessed() -> None:
    browser = FakeBrowser()
    browser.files = (KEPT.model_copy(update={"content": None}),)
    episode = run_episode(of(SiteWord(word="second"), LATE), agent=Player(*SOLVED), browser=browser)
    again = judged_again(of(SiteWord(word="second"), IN_FILE), episode.trajectory.steps)
    assert again.unknown == "hop 'hop 2' needs the content of 'a.csv', which was not recorded"


def test_without_states_nothing_is_known() -> None:
    steps = [step.model_copy(update={"states": ()}) for step in played(*SOLVED).trajectory.steps]
    assert "has no states" in judged_again(ASKED, steps).unknown
