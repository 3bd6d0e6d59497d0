"""Broken constraints on the page: counted, filtered, and told with their steps."""

from pathlib import Path

from playwright.sync_api import expect

from pytest_mmina.core.tasks.constraints import Violation
from tests.page.conftest import Show
from tests.page.made import finish, made_tasks, make_page, make_session

BROKEN = Violation(name="<b>nothing</b> is ordered", kind="never", step=2, url="https://a.example/", reason="it was")


def test_a_broken_constraint_is_counted_filtered_and_told(tmp_path: Path, show: Show) -> None:
    records = make_session(tmp_path, made_tasks(4), trials=1, pictures=False, errors=0)
    first = records[0]
    scored = first.hops[0].model_copy(update={"passed": True, "reached": True, "score": 0.5, "alternative": "by form"})
    update = {
        "constraints": 2, "violations": (BROKEN,), "unjudged": ("ends there",), "hops": (scored, *first.hops[1:]),
        "outcome": "partial",
    }  # fmt: skip
    finish(tmp_path, [first.model_copy(update=update), *records[1:]], None)
    make_page(tmp_path)
    shown = show(tmp_path)
    page = shown.go("")
    expect(page.get_by_role("link", name="1 with a broken constraint")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Violated").first).to_be_visible()
    assert not shown.serious()
    page = shown.go("#/tasks?constraints=broken")
    expect(page.locator(".count")).to_have_text("1 of 4 tasks")
    expect(page.get_by_text("partial, constraint broken")).to_be_visible()
    expect(shown.go("#/tasks?constraints=kept").locator(".count")).to_have_text("3 of 4 tasks")
    page = shown.go(f"#/task/{first.task}/trial1", wait=".chain li")
    constraints = page.get_by_role("region", name="Constraints")
    expect(constraints).to_contain_text("<b>nothing</b> is ordered never: broken at step 2")
    expect(constraints).to_contain_text("ends there finally: not judged, because the agent did not stop")
    expect(page.get_by_role("region", name="Hops")).to_contain_text("(by form) passed, score 0.50")
    assert not shown.serious()
    assert not shown.trouble
