"""A session with a control: the rates of its page are the new agent's, and the episodes of both can be opened."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.reports.page.rows import Rows
from pytest_mmina.trajectories.reading import recording_file
from tests.page.conftest import Show
from tests.page.made import finish, made_tasks, make_page, make_session


def of_control(folder: Path, record: EpisodeRecord) -> EpisodeRecord:
    """The same episode as the control's, with its trajectory: slower, and by another agent."""
    control = record.model_copy(
        update={"arm": "control", "agent": "old:Agent", "case": f"{record.case[:-1]}-control]", "seconds": 99.0}
    )
    own, theirs = (
        recording_file(folder, task=one.task, trial=one.trial, case=one.case, browser=one.browser, arm=one.arm)
        for one in (record, control)
    )
    shutil.copyfile(own, theirs)
    return control


@pytest.fixture
def controlled(tmp_path: Path) -> tuple[Path, list[EpisodeRecord]]:
    """Three tasks, two trials each, in both arms; of the last task, the new agent's episodes are lost."""
    records = make_session(tmp_path, made_tasks(3), trials=2, pictures=False, errors=0)
    both = [*records, *(of_control(tmp_path, record) for record in records)]
    lost = records[-1].task
    kept = sorted((one for one in both if one.arm or one.task != lost), key=lambda record: record.identity)
    finish(tmp_path, kept, None)
    return tmp_path, kept


def test_lists_and_counts_leave_the_control_out(controlled: tuple[Path, list[EpisodeRecord]]) -> None:
    rows = Rows()
    for record in controlled[1]:
        rows.add(record, chunk=0, recording="", traced=False)
    assert rows.agents == ["shop_agent:Agent"]
    assert [len(found) for found in (rows.slowest(9), rows.costliest(9))] == [4, 4]
    assert max(episode.seconds for episode in rows.slowest(9)) < 99
    assert {episode.address.rpartition("/")[2] for episode in rows.slowest(9)} == {"trial1", "trial2"}
    assert sum(one.hops for results in rows.results_by_subset().values() for one in results) == sum(
        len(record.hops) for record in controlled[1] if not record.arm
    )


@pytest.mark.browser
def test_the_page_opens_the_episodes_of_both(controlled: tuple[Path, list[EpisodeRecord]], show: Show) -> None:
    folder, records = controlled
    make_page(folder)
    shown = show(folder)
    page = shown.go("")
    assert "4 episodes" in page.locator("#overview .who").inner_text()
    page = shown.go("#/tasks", wait="table.tasks tbody tr")
    assert page.locator("table.tasks tbody tr").count() == 2, "what only the control ran is none of the new agent's"
    assert page.locator("table.tasks tbody .mark").count() == 4
    first, last = records[0].task, records[-1].task
    page = shown.go(f"#/task/{first}/control-trial2", wait=".timeline li")
    marks = page.locator(".others .trials .mark")
    assert [text.partition(":")[0] for text in marks.all_inner_texts()] == [
        "trial 1", "trial 2", "control, trial 1", "control, trial 2"
    ]  # fmt: skip
    expect(page.locator(".facts")).to_contain_text("old:Agent")
    page.locator("#beside").select_option("trial2")
    expect(page.locator(".steps.compared")).to_contain_text("Both do the same, step by step.")
    page = shown.go(f"#/task/{first}/trial1", wait=".timeline li")
    expect(page.locator(".facts")).to_contain_text("shop_agent:Agent")
    page = shown.go(f"#/task/{last}", wait=".timeline li")
    expect(page.locator("#view h1")).to_contain_text("control, trial")
    assert shown.trouble == []
