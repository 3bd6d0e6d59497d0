"""The views in Chromium: what they say of results that are known, and how one gets about in them."""

import shutil
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pytest_mmina.core.record.metrics import Summary
from pytest_mmina.results.reading import read_gate
from pytest_mmina.trajectories.reading import read_recording, recording_file
from tests.page.conftest import Show
from tests.page.made import records_of

EPISODE = "#/task/multi567/3/trial2"
BESIDE = f"{EPISODE}?beside=before%3Atrial2"
VIEWS = {
    "overview": ("#/", "#heatmap canvas"),
    "tasks": ("#/tasks?subset=multipro", "table.tasks tbody tr"),
    "episode": (EPISODE, ".stage img"),
    "side by side": (BESIDE, ".halves .stage img"),
}


def rows(page: Page) -> list[str]:
    return page.locator("table.tasks tbody th a").all_inner_texts()


def test_the_decision_comes_first_and_the_rates_are_those_of_the_summary(results: Path, show: Show) -> None:
    shown = show(results)
    page = shown.go("")
    summary = Summary.model_validate_json((results / "summary.json").read_bytes())
    decision = read_gate(results).decision
    assert decision is not None
    assert not decision.passed
    assert page.title() == "mmina: Gate closed"
    assert page.locator("main h1, main h2").first.inner_text().endswith("Gate closed")
    assert page.locator(".reasons li").all_inner_texts() == list(decision.reasons)
    large = page.locator(".figures .large dd").all_inner_texts()
    assert [text.split()[0] for text in large] == [
        f"{summary.hop_success_rate:.1%}", f"{summary.task_success_rate:.1%}"
    ]  # fmt: skip
    told = {row.split("\n")[0]: row for row in page.locator("table.grouped tbody tr").all_inner_texts()}
    for name, rates in {**summary.by_subset, **summary.by_hop_count}.items():
        assert f"{rates.hop_success_rate:.1%}" in next(text for first, text in told.items() if first.split()[0] == name)
    assert page.locator("#positions .ct-bar").count() == 3 * len(summary.by_position)
    assert page.locator(".ran code").first.inner_text().startswith("pytest --mmina --mmina-agent shop_agent:Agent")
    assert shown.trouble == []


def test_the_heat_map_shows_every_hop_and_leads_to_its_task(results: Path, show: Show) -> None:
    page = show(results).go("")
    canvas = page.locator("#heatmap canvas")
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    told = page.locator(".bubble").inner_text()
    task = told.partition(":")[0]
    records = [record for record in records_of(results) if record.task == task]
    passed = [all(record.hops[at].passed for record in records) for at in range(len(records[0].hops))]
    assert [part.endswith(" passed") for part in told.partition("Hops: ")[2].split(", ")] == passed
    # The second column of the first block: its first cell has the colour of its state, in both themes another one.
    colour = "canvas => [...canvas.getContext('2d').getImageData(26, 40, 1, 1).data]"
    light = canvas.evaluate(colour)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(
        f"light => String(({colour})(document.querySelector('canvas'))) !== String(light)", arg=light
    )
    page.keyboard.press("Enter")
    expect(page.locator("#view h1 bdi")).to_have_text(task)


def test_tasks_are_searched_filtered_and_sorted(results: Path, show: Show) -> None:
    shown = show(results)
    page = shown.go("#/tasks", wait="table.tasks")
    assert len(rows(page)) == 100
    page.get_by_role("button", name="Next").click()
    assert len(rows(page)) == 5
    page.keyboard.press("/")
    page.keyboard.type("lisbon hotels")
    records = records_of(results)
    wanted = {record.task for record in records if all(word in record.asked.lower() for word in ("lisbon", "hotels"))}
    assert set(rows(page)) == wanted
    page.get_by_label("Outcome").select_option("errored")
    errored = {record.task for record in records if record.outcome == "errored"}
    assert set(rows(page)) == wanted & errored
    page.locator("#find").fill("")
    for label, option, kept in (
        ("Subset", "multipro", lambda record: record.subset == "multipro"),
        ("Hops", "9", lambda record: len(record.hops) == 9),
    ):
        page.get_by_label("Outcome").select_option("")
        page.get_by_label(label).select_option(option)
        assert set(rows(page)) == {record.task for record in records if kept(record)}
    page.get_by_label("Site").select_option("shop")
    page.get_by_label("Order").select_option("slowest first")
    slowest = {task: max(record.seconds for record in records if record.task == task) for task in rows(page)}
    assert list(slowest.values()) == sorted(slowest.values(), reverse=True)
    assert len(slowest) > 1
    # The address has all of it: another reader sees the same.
    assert rows(show(results).go(page.evaluate("location.hash"), wait="table.tasks tbody tr")) == list(slowest)
    assert shown.trouble == []


def test_changes_are_a_filter(results: Path, show: Show) -> None:
    page = show(results).go("")
    changes = page.locator(".changes .sub a").all_inner_texts()
    page.locator(".changes .sub a", has_text="worse").click()
    worse = next(int(text.split()[0]) for text in changes if text.endswith("worse"))
    expect(page.locator(".count")).to_have_text(f"{worse} of 105 tasks")
    assert set(page.locator("tbody .change").all_inner_texts()) == {"worse"}


def test_a_link_leads_to_an_episode_and_keys_go_through_its_steps(results: Path, show: Show) -> None:
    shown = show(results)
    page = shown.go(EPISODE, wait=".stage img")
    record = next(each for each in records_of(results) if (each.task, each.trial) == ("multi567/3", 2))
    recorded = read_recording(
        recording_file(results, task=record.task, trial=2, case=record.case, browser=record.browser)
    )
    assert page.locator(".heading h1").inner_text().split() == ["multi567/3", "trial", "2", record.outcome]
    assert page.locator("blockquote.intent").inner_text() == record.asked
    assert page.locator(".hops .name bdi").all_inner_texts() == [hop.name for hop in record.hops]
    for item, hop in zip(page.locator(".hops li").all(), record.hops, strict=True):
        wanted = f"passed at step {hop.step}" if hop.passed else f"not passed, nearest at step {hop.step}"
        expect(item.locator(".name")).to_contain_text(wanted if hop.reached else "not reached")
        assert item.locator(".name button").count() == int(hop.reached)
    assert page.locator(".timeline button").count() == len(recorded.steps)
    current = page.locator(".timeline [aria-current=step] .at")
    last = len(recorded.steps)
    for key, number in (("ArrowRight", 2), ("ArrowDown", 3), ("ArrowLeft", 2), ("End", last), ("Home", 1)):
        page.keyboard.press(key)
        expect(current).to_have_text(str(number))
        expect(page.locator(".stage .where code")).to_have_text(recorded.steps[number - 1].observation.url)
        # The page said so while the second action was done: the third step's look has brought it.
        said = page.locator(".part", has_text="Console errors")
        assert said.all_inner_texts() == (["Console errors\nTypeError: cart is undefined"] if number == 2 else [])
    page.wait_for_function("document.querySelector('.stage img').naturalWidth === 1280")
    left, top, right, bottom = recorded.stored[0].box or (0, 0, 0, 0)
    rect = page.locator(".shot svg rect")
    assert [int(rect.get_attribute(name) or 0) for name in ("x", "y", "width", "height")] == [
        left - 3, top - 3, right - left + 6, bottom - top + 6
    ]  # fmt: skip
    page.get_by_text("What the agent saw").click()
    assert page.locator(".raw").text_content() == recorded.steps[0].observation.text
    page.keyboard.press("n")
    expect(page.locator(".heading h1 bdi")).to_have_text("multi567/4")
    page.go_back()
    expect(page.locator(".heading h1 bdi")).to_have_text("multi567/3")
    assert shown.trouble == []


def test_addresses_that_lead_nowhere_say_so(results: Path, show: Show) -> None:
    shown = show(results)
    for address in ("#/task/nothing/1", "#/task/multi567/3/trial9", "#/task/%zz"):
        assert shown.go(address, wait="#view h1").locator("#view h1").inner_text() == "Not found"
    page = shown.go(f"{EPISODE}?beside=before%3Atrial7&step=99", wait=".asked")
    assert "no such episode" in page.locator("#view").inner_text()
    assert shown.trouble == []


def deeds(folder: Path, task: str) -> list[Any]:
    """What was done in the second trial of a task, on which pages."""
    record = next(each for each in records_of(folder) if (each.task, each.trial) == (task, 2))
    file = recording_file(folder, task=task, trial=2, case=record.case, browser=record.browser)
    return [
        (step.url, step.action and (step.action.kind, step.action.text), step.element)
        for step in read_recording(file).stored
    ]


def test_two_trajectories_side_by_side_and_where_they_part(results: Path, show: Show) -> None:
    for number in range(1, 22):
        sides = [deeds(folder, f"multi567/{number}") for folder in (results.parent / "before", results)]
        parts = [at for at, (one, other) in enumerate(zip(*sides, strict=False)) if one != other]
        if parts and parts[0] > 0:
            break
    shown = show(results)
    page = shown.go(f"#/task/multi567/{number}/trial2?beside=before%3Atrial2", wait=".halves .stage img")
    parted = parts[0]
    chosen = page.locator(".pairs [aria-current=step]")
    expect(chosen.locator(".sign")).to_have_text("first difference")
    assert page.locator(".pairs .sign").all_inner_texts().index("first difference") == parted
    assert page.locator(".pairs button").count() >= max(map(len, sides))
    page.keyboard.press("Home")
    expect(page.locator(".halves .where code").nth(1)).to_have_text(sides[1][0][0])
    page.keyboard.press("d")
    expect(chosen.locator(".sign")).to_have_text("first difference")
    page.wait_for_function("[...document.querySelectorAll('.halves img')].every(image => image.naturalWidth === 1280)")
    page.get_by_label("Side by side with").select_option("trial 1")
    expect(page.locator(".halves .side").first).to_contain_text("trial 1")
    assert shown.trouble == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_serious_for_axe_and_no_view_wider_than_a_telephone(results: Path, show: Show, theme: str) -> None:
    shown, narrow = show(results, theme=theme), show(results, theme=theme, width=375)
    found = {}
    for name, (address, wait) in VIEWS.items():
        shown.go(address, wait=wait)
        found[name] = shown.serious()
        page = narrow.go(address, wait=wait)
        assert page.evaluate("document.documentElement.scrollWidth") == 375, name
    assert found == {name: [] for name in VIEWS}
    assert shown.trouble == narrow.trouble == []


def test_the_colours_are_those_of_the_system_or_the_reader(results: Path, show: Show) -> None:
    shown = show(results, theme="dark")
    page = shown.go("")
    background = "getComputedStyle(document.documentElement).backgroundColor"
    dark = page.evaluate(background)
    page.get_by_role("button", name="Colours").click()
    light = page.evaluate(background)
    assert light != dark
    assert shown.go("#/tasks", wait="table.tasks").evaluate(background) == light


def test_the_folder_is_whole_wherever_it_goes(results: Path, show: Show, tmp_path: Path) -> None:
    copy = tmp_path / "an artifact #1 %20"
    shutil.copytree(results, copy)

    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(copy))

        def log_message(self, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        for root in (copy, f"http://127.0.0.1:{server.server_port}/"):
            shown = show(root)
            page = shown.go(BESIDE, wait=".halves .stage img")
            page.wait_for_function("[...document.querySelectorAll('img')].every(image => image.naturalWidth === 1280)")
            assert shown.trouble == []
        server.shutdown()
