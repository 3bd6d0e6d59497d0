"""What was recorded can be done again and judged again; what has changed meanwhile is told, no less and no more."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from pytest_mmina.bundled import bundled
from pytest_mmina.core.record.canonical import canonical_text
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.trajectories.judge_again import judge_again
from pytest_mmina.trajectories.reading import Recorded, read_recording, recordings_in
from pytest_mmina.trajectories.show_and_diff import canonical_recording
from tests.validity.conftest import FULL, TASKS, Laboratory

pytestmark = [pytest.mark.browser, pytest.mark.long]

SAMPLE = ("shopping/1", "wikipedia/1")
PRODUCT, RENAMED = "Ember Gooseneck Electric Kettle", "Ember Gooseneck Electric Brewer"

OTHER_SITES = """
import pytest
from pathlib import Path
from pytest_mmina.sites.registry import load_sites
from pytest_mmina.sites.web import HermeticWeb

@pytest.fixture(scope="session")
def mmina_web():
    web = HermeticWeb(load_sites([Path("fixtures/sites")]))
    yield web
    web.close()
"""
"""A conftest.py that puts sites of the project's own in the place of the bundled ones."""


@pytest.fixture
def recorded(laboratory: Laboratory) -> list[EpisodeRecord]:
    """The records of a session of `oracle` whose results lie in the folder `recorded`."""
    laboratory.tasks(TASKS if FULL else [task for task in TASKS if task.id in SAMPLE])
    records = laboratory.run("--mmina-agent=oracle", "--mmina-snapshot", "--snapshot-update")
    assert [record.task for record in records if record.outcome != "solved"] == []
    (laboratory.folder / "mmina-results").rename(laboratory.folder / "recorded")
    return records


def test_it_is_done_again_judged_again_and_drift_is_told(laboratory: Laboratory, recorded: list[EpisodeRecord]) -> None:
    """One test, because recording is what takes the time."""
    before = readings(laboratory.folder / "recorded")
    assert set(before) == {record.task for record in recorded}
    told_as_in_snapshots(laboratory, before)
    replayed_alike(laboratory, recorded)
    judged_alike(laboratory, recorded)
    drift_is_told(laboratory, before)


def readings(results: Path) -> dict[str, Recorded]:
    read = [read_recording(file) for file in recordings_in(results).values()]
    return {each.head.task: each for each in read}


def told_as_in_snapshots(laboratory: Laboratory, before: dict[str, Recorded]) -> None:
    """What is recorded tells, byte for byte, what the episode told."""
    for each in before.values():
        (snapshot,) = each.snapshots
        content = (laboratory.folder / snapshot.file).read_bytes()
        assert told(each).encode() == content
        assert snapshot.text is not None
        assert snapshot.text.encode() == content


def replayed_alike(laboratory: Laboratory, recorded: list[EpisodeRecord]) -> None:
    """Every hop passes at the step at which it passed, and no snapshot differs: a difference would fail the session."""
    snapshots = {file: file.read_bytes() for file in laboratory.folder.rglob("__trajectories__/*/*.txt")}
    assert len(snapshots) == len(recorded)
    replayed = laboratory.run("--mmina-agent=replay:recorded", "--mmina-snapshot", "--mmina-fail-on=task")
    assert [(record.task, record.hops) for record in replayed] == [(record.task, record.hops) for record in recorded]
    assert {file: file.read_bytes() for file in laboratory.folder.rglob("__trajectories__/*/*.txt")} == snapshots


def judged_alike(laboratory: Laboratory, recorded: list[EpisodeRecord]) -> None:
    """Today's checks give today's verdicts; with one check changed, one verdict changes."""
    folder, tasks = laboratory.folder / "recorded", laboratory.folder / "tasks"

    def verdicts() -> dict[str, tuple[str, list[str]]]:
        again = judge_again(folder, tasks=tasks, protocol="queue")
        return {each.name.rpartition("/")[0]: (each.became, each.lines) for each in again}

    assert verdicts() == {record.task: ("same", []) for record in recorded}
    for name in sorted(record.task for record in recorded)[:: 10 if FULL else 2]:
        file = tasks / f"{name}.json"
        content = file.read_text(encoding="utf-8")
        file.write_text(json.dumps(with_another_end(json.loads(content))), encoding="utf-8")
        now = verdicts()
        assert [task for task, (became, _) in now.items() if became != "same"] == [name]
        (line,) = now[name][1]
        assert re.match(r"hop \d+ \(.*\): passed -> not passed: ", line)
        file.write_text(content, encoding="utf-8")


def with_another_end(document: dict[str, Any]) -> dict[str, Any]:
    """A task whose last hop asks for another answer."""
    (task,) = [task for task in TASKS if task.document == document]
    hops = [json.loads(hop.model_dump_json()) for hop in task.hops]
    hops[-1]["check"] = {"kind": "answer_match", "equals": "something else"}
    return {**document, "hops": hops}


def drift_is_told(laboratory: Laboratory, before: dict[str, Recorded]) -> None:
    """With a product renamed, the tasks that touch it drift at the step that does, and the others do as before."""
    sites = laboratory.folder / "fixtures"
    shutil.copytree(bundled("fixtures"), sites)
    products = sites / "sites/shop/data/products.json"
    content = products.read_text(encoding="utf-8")
    assert content.count(f'"name": "{PRODUCT}"') == 1
    products.write_text(content.replace(f'"name": "{PRODUCT}"', f'"name": "{RENAMED}"'), encoding="utf-8")
    laboratory.conftest(OTHER_SITES)
    touching = {name: step for name, each in before.items() if (step := first_touch(each)) is not None}
    assert len(touching) >= (3 if FULL else 1)
    again = laboratory.run("--mmina-agent=replay:recorded", "--mmina-snapshot", may_err=True)
    drifted = {record.task: record.reason for record in again if record.outcome == "errored"}
    assert set(drifted) == set(touching)
    for name, step in touching.items():
        assert drifted[name].startswith(f"drift at step {step}: there is no link {PRODUCT!r} on http://localhost:7770/")
    after = readings(laboratory.folder / "mmina-results")
    for name in set(before) - set(touching):
        assert told(after[name]) == told(before[name])


def told(recorded: Recorded) -> str:
    return canonical_text(canonical_recording(recorded))


def first_touch(recorded: Recorded) -> int | None:
    named = (step.number for step in recorded.stored if step.element is not None and PRODUCT in step.element.name)
    return next(named, None)
