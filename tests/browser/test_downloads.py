"""Files that pages give away, judged by the check `download`, from a click to a recording that is judged again."""

from pathlib import Path
from typing import Any

import pytest

from pytest_mmina.browser.file_reading.reading import read_file
from pytest_mmina.core.episode.episode import Episode, run_episode
from pytest_mmina.core.record.stored_trajectory import Head
from pytest_mmina.core.tasks.task import Hop, Task
from pytest_mmina.trajectories.judging_steps import judged_again
from pytest_mmina.trajectories.reading import read_recording
from pytest_mmina.trajectories.writing import Recording
from tests.browser.conftest import Stage, Staged
from tests.browser.exports import BOOK, SITE

TOTAL = {"column": "Total", "where": {"Order": "RF-6001"}, "equals": "$12.00", "compare": "number"}
CSV = {"name": "orders.csv", "type": "csv", "cells": TOTAL, "rows": 2}


class Player:
    """An agent that plays its lines."""

    def __init__(self, *lines: str) -> None:
        self._lines = iter(lines)

    def reset(self, intent: str) -> None:
        pass

    def act(self, observation: object) -> str:
        return next(self._lines)


@pytest.fixture
def stage(staged: Staged) -> Stage:
    return staged(SITE)


def task_of(*checks: dict[str, Any], path: str = "") -> Task:
    hops = [Hop.model_validate({"name": f"file {at}", "check": {"kind": "download", **each}})
            for at, each in enumerate(checks, start=1)]  # fmt: skip
    return Task(id="files/1", subset="files", intent="Get it.", start_urls=(SITE.home + path,), hops=tuple(hops))


def played(stage: Stage, task: Task, *lines: str, **options: Any) -> Episode:
    return run_episode(task, agent=Player(*lines, "stop"), browser=stage.session, **options)


def clicked(stage: Stage, link: str, check: dict[str, Any]) -> Episode:
    return played(stage, task_of(check), f"click [{link}]", "scroll [down]")


@pytest.mark.parametrize(
    ("link", "check"),
    [
        ("link 'Export'", {**CSV, "host": "exports.example"}),
        ("link 'Export'", {"type": "csv", "text": {"contains": "RF-6002;$24.90"}}),
        ("button 'Send'", CSV),
        ("link 'Tab'", {**CSV, "host": "exports.example"}),
        ("link 'Moved'", {**CSV, "host": "files.example"}),
        ("link 'Thanks'", CSV),
        ("link 'Workbook'", {"name": "orders.xlsx", "type": "xlsx", "cells": {"sheet": "Orders", **TOTAL}}),
        ("link 'Invoice'", {"name": "invoice.pdf", "type": "pdf", "text": {"page": 2, "equals": "Total: $12.00"}}),
        ("button 'Made'", {"name": "made.csv", "type": "csv", "cells": TOTAL, "host": "exports.example"}),
        ("link 'Data'", {"name": "data.csv", "type": "csv", "cells": TOTAL, "host": "exports.example"}),
        ("link 'Whole'", {"type": "html", "text": {"contains": "<title>Exports</title>"}}),
    ],
)
def test_a_file_is_judged_however_it_comes(stage: Stage, link: str, check: dict[str, Any]) -> None:
    episode = clicked(stage, link, check)
    (hop,) = episode.hops
    assert (hop.passed, episode.outcome) == (True, "solved"), hop.reason


@pytest.mark.parametrize(
    ("link", "check", "reason"),
    [
        ("link 'Export'", {**CSV, "cells": {**TOTAL, "equals": "$13.00"}},
         "orders.csv was downloaded on step 1, but its cell Total where Order is RF-6001 is '$12.00', not '$13.00'"),
        ("link 'Expired'", CSV, "orders.csv was downloaded on step 1, but it is of the type html, not csv"),
        ("link 'Missing'", CSV, "orders.csv was requested, but the download failed: canceled"),
        ("link 'Gone'", CSV, "no page was open"),
        ("link 'Moved'", {**CSV, "host": "exports.example"},
         "orders.csv was downloaded on step 1, but it is from files.example, not from exports.example"),
    ],
)  # fmt: skip
def test_the_reason_names_the_file(stage: Stage, link: str, check: dict[str, Any], reason: str) -> None:
    assert clicked(stage, link, check).hops[0].reason == reason


def test_what_a_page_downloads_before_the_agent_acts_is_nobodys_work(stage: Stage) -> None:
    episode = played(stage, task_of(CSV, path="starts"), "scroll [down]", "scroll [up]")
    assert episode.hops[0].reason == (
        "orders.csv was requested, but the page began the download by itself, before the agent did anything"
    )


def test_a_download_that_ends_after_the_agent_has_stopped_counts(stage: Stage) -> None:
    episode = played(stage, task_of({**CSV, "name": "late.csv"}), "click [link 'Late']")
    assert episode.hops[0].passed, episode.hops[0].reason
    assert episode.trajectory.steps[-1].states[-1].downloads


def test_files_stay_for_the_hops_behind_and_are_recorded_once(stage: Stage, tmp_path: Path) -> None:
    task = task_of({"type": "xlsx", "cells": TOTAL}, CSV)
    head = Head(
        detail="full", task=task.id, subset=task.subset, trial=1, agent="player", intent=task.intent,
        start_urls=task.start_urls, hops=("file 1", "file 2"),
    )  # fmt: skip
    recording = Recording(tmp_path / "1.jsonl", results=tmp_path, head=head, here=tmp_path)
    lines = ("click [link 'Export']", "click [link 'Workbook']", "click [link 'Export']")
    episode = played(stage, task, *lines, recorder=recording)
    recording.close()
    assert (episode.outcome, recording.problem) == ("solved", "")
    stored = read_recording(tmp_path / "1.jsonl")
    files = [file for step in stored.steps for state in step.states for file in state.downloads or ()]
    assert [(file.name, file.file) for file in files] == [
        ("orders.csv", "orders.csv"), ("orders.xlsx", "orders.xlsx"), ("orders.csv", "orders-2.csv"),
    ]  # fmt: skip
    assert {kept.name for kept in (stage.folder / "downloads").iterdir()} == {file.file for file in files}
    assert files[1].size == len(BOOK)
    (stage.folder / "downloads/orders.csv").unlink()
    assert judged_again(task, stored.steps) == (episode.hops, "", (), ())
    other = judged_again(task_of({"type": "xlsx", "cells": {**TOTAL, "equals": "$9"}}, CSV), stored.steps)
    assert other.hops[0].reason == (
        "orders.xlsx was downloaded on step 2, but its cell Total where Order is RF-6001 is '12', not '$9'"
    )


def test_a_file_is_not_read_if_no_check_does(stage: Stage) -> None:
    task = task_of({"name": "orders.csv", "type": "csv"})
    steps = played(stage, task, "click [link 'Export']", "scroll [down]").trajectory.steps
    (file,) = [file for step in steps for state in step.states for file in state.downloads or ()]
    assert (file.content, file.type, len(file.sha256)) == (None, "csv", 64)
    assert judged_again(task_of(CSV), steps).unknown == (
        "hop 'file 1' needs the content of 'orders.csv', which was not recorded"
    )


def test_a_file_that_is_gone_before_it_is_read_does_not_count(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    from pytest_mmina.browser import downloads

    def read_late(file: Path, **options: Any) -> object:
        file.unlink()
        return read_file(file, **options)

    monkeypatch.setattr(downloads, "read_file", read_late)
    reason = clicked(stage, "link 'Export'", CSV).hops[0].reason
    assert reason == "orders.csv was requested, but it cannot be opened: No such file or directory"


def test_secrets_in_a_file_are_not_recorded(stage: Stage) -> None:
    from pytest_mmina.core.secrets import Secrets

    episode = played(stage, task_of(CSV), "click [link 'Export']", "scroll [down]", secrets=Secrets(["RF-6002"]))
    assert episode.outcome == "solved"
    assert "RF-6002" not in episode.model_dump_json()
    assert "RF-6001" in episode.model_dump_json()
