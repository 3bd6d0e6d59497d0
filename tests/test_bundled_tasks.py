"""The bundled tasks keep the rules that make a score honest; that they can be solved is shown by the agent `oracle`."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from pytest_mmina.bundled import bundled
from pytest_mmina.core.language.grammar import parse_action
from pytest_mmina.core.language.trajectory import PageState, State
from pytest_mmina.core.tasks.checks import AnswerMatch, walk_checks
from pytest_mmina.core.tasks.judging import judge
from pytest_mmina.core.tasks.task import Task
from pytest_mmina.datasets.files import load_tasks
from pytest_mmina.sites.registry import load_sites

LANDING = "https://library.kiwix.org/viewer#wikipedia_en_all_maxi_2024-01/A/User%3AThe_other_Kiwix_guy/Landing"
# An address may be given with or without its last slash, as MMInA's intents do.
SITES = load_sites([bundled("fixtures") / "sites"])
HOMES = {LANDING} | {f"{site.home.rstrip('/')}{end}" for site in SITES for end in ("", "/")}
PROPORTIONS = {"shopping": 20, "wikipedia": 31, "normal": 18, "compare": 10, "multi567": 18, "multipro": 8}
CONSTANTS = ("", "yes", "no", "N/A", "done")
STEPS = 30
"""How many actions an episode allows unless told otherwise."""

FILES = sorted(bundled("tasks").glob("*/*.json"), key=lambda file: (file.parent.name, int(file.stem)))
TASKS = [task for file in FILES for task in load_tasks(file)]

each_task = pytest.mark.parametrize("task", TASKS, ids=[task.id for task in TASKS])


def answer_checks(task: Task) -> Iterator[AnswerMatch]:
    for hop in task.hops:
        for check in walk_checks(hop.check):
            if isinstance(check, AnswerMatch):
                yield check


def accepts(check: AnswerMatch, answer: str) -> bool:
    return judge(check, State(pages=(PageState(url="about:blank"),), answer=answer)).passed


def answer_of(task: Task) -> str:
    return parse_action(task.oracle[-1]).text


def references(task: Task) -> list[str]:
    evaluation = cast(dict[str, Any], task.document["eval"])
    (values,) = evaluation["reference_answers"].values()
    return [values] if isinstance(values, str) else list(values)


def test_there_is_a_choice_of_tasks() -> None:
    count = Counter(task.subset for task in TASKS)
    assert count == PROPORTIONS, "a tenth of MMInA's"


def test_every_site_is_used() -> None:
    oracles = "\n".join(line for task in TASKS for line in (*task.oracle, *task.start_urls))
    assert [site.name for site in SITES if site.hosts[0] + site.paths[0].rstrip("/") not in oracles] == []


def test_short_and_long_chains_are_there() -> None:
    assert {len(task.hops) for task in TASKS} == set(range(1, 11))
    assert abs(sum(len(task.hops) for task in TASKS) / len(TASKS) - 2.85) <= 0.3, "MMInA's own mean"


def test_files_are_numbered_from_one() -> None:
    numbers = [(file.parent.name, int(file.stem)) for file in FILES]
    expected = [(name, number) for name in PROPORTIONS for number in range(1, Counter(n for n, _ in numbers)[name] + 1)]
    assert sorted(numbers) == sorted(expected)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_files_are_laid_out_alike(file: Path) -> None:
    text = file.read_bytes().decode()
    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


def test_intents_are_all_different() -> None:
    assert len({task.intent for task in TASKS}) == len(TASKS)


@each_task
def test_it_can_run(task: Task) -> None:
    assert not task.cannot_run


@each_task
def test_start_is_a_home(task: Task) -> None:
    assert set(task.start_urls) <= HOMES


@each_task
def test_procedure_fits_the_hops(task: Task) -> None:
    procedure = cast(list[str], task.document["procedure"])
    assert procedure[-1] == "end"
    assert "end" not in procedure[:-1]
    assert task.document["cnt_hop"] == len(procedure) == len(task.hops) + 1


@each_task
def test_intent_tells_the_addresses_and_what_to_answer(task: Task) -> None:
    assert "answer with" in task.intent.lower()
    assert any(home in task.intent for home in HOMES)


@each_task
def test_oracle_works_as_a_person_would(task: Task) -> None:
    assert 2 <= len(task.oracle) <= STEPS
    actions = [parse_action(line) for line in task.oracle]
    assert [action.kind for action in actions].index("stop") == len(actions) - 1
    for action in actions:
        assert action.target is None or action.target.role, f"{action}: a reference depends on the page's markup"
        if action.kind == "goto":
            assert action.text in HOMES, f"{action}: deep addresses are reached by searching"
    assert not any(re.search(r"https?://", line) for line in task.oracle[:-1] if not line.startswith("goto"))


@each_task
def test_no_hop_holds_in_the_start_state(task: Task) -> None:
    start = State(pages=tuple(PageState(url=url) for url in task.start_urls))
    assert [hop.name for hop in task.hops if judge(hop.check, start).passed] == []


@each_task
def test_no_hop_holds_for_one_who_stops_at_once(task: Task) -> None:
    for constant in CONSTANTS:
        stopped = State(pages=tuple(PageState(url=url) for url in task.start_urls), answer=constant)
        assert [hop.name for hop in task.hops if judge(hop.check, stopped).passed] == []


@each_task
def test_no_constant_is_an_answer(task: Task) -> None:
    accepted = [(check, text) for check in answer_checks(task) for text in CONSTANTS if accepts(check, text)]
    assert accepted == []


@each_task
def test_intent_does_not_give_the_answer_away(task: Task) -> None:
    for check in answer_checks(task):
        assert not accepts(check, task.intent)
        given = [text for text in references(task) if text.lower() in task.intent.lower()]
        assert given == []


@each_task
def test_answer_of_the_oracle_is_right(task: Task) -> None:
    for hop in task.hops:
        ways = [each.check for each in hop.alternatives] or [hop.check]
        answers = [[check for check in walk_checks(way) if isinstance(check, AnswerMatch)] for way in ways]
        assert any(all(accepts(check, answer_of(task)) for check in checks) for checks in answers)
    assert all(text.lower() in answer_of(task).lower() for text in references(task))


@each_task
def test_right_number_among_others_is_no_answer(task: Task) -> None:
    for check in answer_checks(task):
        if check.pattern:
            assert not accepts(check, f"either 12 or {answer_of(task)} or else 34")
