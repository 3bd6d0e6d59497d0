"""Every kind of check, from the JSON of a task file to a verdict: one state that it holds on, and one that it does not.

The states hold what `probes_of` asks for and nothing else, as in a session.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pytest_mmina.core.language.files import DownloadedFile, FileContent, Sheet
from pytest_mmina.core.language.trajectory import Judgement, PageState, State, site_value_key
from pytest_mmina.core.tasks.checks import CHECK_KINDS, JudgedCheck, walk_checks
from pytest_mmina.core.tasks.judging import judge, open_question
from pytest_mmina.core.tasks.task import Probes, Task, needs_judge, probes_of
from pytest_mmina.datasets.files import load_tasks

TEA = "https://shop.example/tea"
HOME = "https://shop.example/"


class World(NamedTuple):
    """What there is to be seen at one moment, whether or not a check asks for it."""

    url: str = TEA
    texts: tuple[str, ...] = ("Green tea",)
    values: tuple[Any, ...] = ("tea",)
    reading: str = "Green tea"
    answer: str | None = "tea"
    judge_passes: bool = True
    total: str = "$12.00"


class Example(NamedTuple):
    """A check as a task file has it, with a world that it holds in and one that it does not hold in."""

    check: dict[str, Any]
    fails: World
    holds: World = World()


QUESTION = {"question": "What is sold?", "reference": "tea"}
ON_PAGE = {"kind": "url_match", "contains": "tea"}
EXAMPLES = {
    "site_word": Example({"word": "shop"}, World(url="https://wiki.example/tea")),
    "entity": Example({"any_of": ["Tea"]}, World(url=HOME)),
    "address": Example({"host": "shop.example", "path": "/{drink}"}, World(url=HOME)),
    "url_match": Example({"contains": "tea"}, World(url=HOME)),
    "url_reference": Example({"any_of": [TEA]}, World(url=HOME)),
    "answer_match": Example({"equals": "tea"}, World(answer="coffee")),
    "answer_judged": Example({**QUESTION}, World(judge_passes=False)),
    "page_text": Example({"contains": "green tea"}, World(texts=("Coffee",))),
    "selector_text": Example({"selector": "h1", "contains": "green tea"}, World(texts=("Coffee",))),
    "page_value": Example({"read": "document.title", "contains": "green tea"}, World(reading="Coffee")),
    "page_judged": Example({"read": "document.title", **QUESTION}, World(judge_passes=False)),
    "same_picture": Example({"any_of": ["tea.png"]}, World(reading="0.1"), World(reading="0.9")),
    "picture_judged": Example({**QUESTION}, World(judge_passes=False)),
    "site_state": Example({"site": "shop", "path": "$.cart[*]", "equals": "tea"}, World(values=("coffee",))),
    "download": Example(
        {
            "name": "orders.csv",
            "host": "shop.example",
            "cells": {"column": "Total", "where": {"Order": "RF-6001"}, "equals": "$12", "compare": "number"},
        },
        World(total="$13.00"),
    ),
    "stopped": Example({}, World(answer=None)),
    "all_of": Example({"checks": [ON_PAGE, {"kind": "stopped"}]}, World(answer=None)),
    "any_of": Example({"checks": [ON_PAGE, {"kind": "site_word", "word": "wiki"}]}, World(url=HOME)),
    "not": Example({"check": {"kind": "url_match", "contains": "coffee"}}, World(url=f"{HOME}coffee")),
}


def loaded(tmp_path: Path, check: dict[str, Any]) -> Task:
    """The task of a file with one hop."""
    document = {"intent": "Find tea.", "start_url": HOME, "hops": [{"name": "found", "check": check}]}
    file = tmp_path / "tasks/drinks/1.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps(document))
    (task,) = load_tasks(file)
    return task


def orders(world: World, *, contents: bool) -> DownloadedFile:
    """A file with the orders of a world."""
    sheet = Sheet(rows=(("Order", "Total"), ("RF-6001", world.total)), row_count=2)
    content = FileContent(sheets=(sheet,)) if contents else None
    return DownloadedFile(name="orders.csv", file="orders.csv", origin=HOME, type="csv", content=content)


def captured(world: World, probes: Probes) -> State:
    """What a browser would capture of a world for these probes."""
    return State(
        pages=(PageState(url=world.url, texts=dict.fromkeys(probes.selectors, world.texts), answered="whole"),),
        site_values={site_value_key(*value): world.values for value in probes.site_values},
        readings={reading.key: world.reading for reading in probes.readings} if world.answer is not None else {},
        answer=world.answer,
        downloads=(orders(world, contents=probes.contents),) if probes.downloads else None,
    )


def asked(state: State, task: Task, world: World) -> State:
    """The state once the judge has answered what is open."""
    question = open_question(task.hops[0].check, state)
    if question is None:
        return state
    judgement = Judgement(passed=world.judge_passes, reason="because")
    return state.model_copy(update={"judgements": {question.judgement_key: judgement}})


def test_every_kind_has_an_example() -> None:
    assert set(EXAMPLES) == set(CHECK_KINDS)


@pytest.mark.parametrize("kind", CHECK_KINDS)
def test_from_the_file_to_the_verdict(tmp_path: Path, kind: str) -> None:
    example = EXAMPLES[kind]
    task = loaded(tmp_path, {"kind": kind, **example.check})
    check = task.hops[0].check
    assert next(walk_checks(check)).kind == kind
    assert needs_judge(task.hops) == isinstance(check, JudgedCheck)
    for world, passes in ((example.holds, True), (example.fails, False)):
        state = captured(world, probes_of(task))
        if isinstance(check, JudgedCheck):
            assert not judge(check, state).passed, "the judge has not been asked"
        verdict = judge(check, asked(state, task, world))
        assert (verdict.passed, verdict.url) == (passes, world.url)
        assert verdict.reason
