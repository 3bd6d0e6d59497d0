"""What untrusted pages and agents may write, in every text of every record: it is shown, and does nothing."""

import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.core.record.stored_trajectory import LINE, digest_of
from pytest_mmina.gate.selection import SessionFacts
from pytest_mmina.results.files import GATE, write_text
from pytest_mmina.results.journal import Journal
from pytest_mmina.results.reading import read_gate
from pytest_mmina.trajectories.reading import recording_file
from tests.page.conftest import Show
from tests.page.made import lines_of, made_tasks, make_page, make_session

CALL = "top.caught=1;alert(1)"
MARKUP = [
    f"<script>{CALL}</script>", f"</script><script>{CALL}</script>", f"<img src=x onerror={CALL}>",
    f"<svg onload={CALL}>", f"\"><img src=x onerror={CALL}>", f"'><svg/onload={CALL}>", f"<body onload={CALL}>",
    "<iframe src=https://evil.example/></iframe>", "<img src=https://evil.example/pixel.png>",
    "<link rel=stylesheet href=https://evil.example/a.css>", "<style>*{display:none!important}</style>",
    "<base href=https://evil.example/>", "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<form action=https://evil.example/><input name=q autofocus></form>", "<object data=https://evil.example/a.swf>",
    "<embed src=https://evil.example/a>", f"<details open ontoggle={CALL}>", f"<input autofocus onfocus={CALL}>",
    f"<math><mtext><script>{CALL}</script></mtext></math>", "<!--", "-->", "]]>", "<![CDATA[", "<plaintext>",
    "<noscript>",
    "</textarea></title></style></bdi></table></div></main></body></html>",
]  # fmt: skip
CODE = [
    f"javascript:{CALL}", f"JaVaScRiPt:{CALL}", f"\tjavascript:{CALL}", f"java\nscript:{CALL}",
    f"data:text/html,<script>{CALL}</script>", "vbscript:msgbox(1)", "file:///etc/passwd", "//evil.example/x",
    f"\"+{CALL}+\"", f"');{CALL};//", f"${{{CALL}}}", "{{ 7 * 7 }}{% include 'x' %}",
    f"\\u003cimg src=x onerror={CALL}>",
    "__proto__", "constructor", "../../../../etc/passwd", "https://evil.example/?a=<b>&amp;&lt;#/task/x",
]  # fmt: skip
TEXTS = [
    "\u202egnp.exe \u2066\u2067", "\u05e9\u05dc\u05d5\u05dd \u0627\u0644\u0639\u0631\u0628\u064a\u0629 abc",
    "a\0b\x07\x1b[31m\x7f",
    "\u2028\u2029line ends", "Z\u0351\u0352\u0353" * 40, "W" * 5000, "\U0001f469\u200d\U0001f469\u200d\U0001f467" * 50,
]  # fmt: skip
HOSTILE = [*MARKUP, *CODE, *TEXTS]
# Their values are names of ours, and nobody else's text.
OURS = {
    "line", "outcome", "ending", "detail", "kind", "button", "direction", "modifiers", "plugin", "digest", "pictures",
    "became", "format", "text_digest",
}  # fmt: skip


def spoilt(value: Any, text: str) -> Any:
    """The same value, with this text in place of every other; what is empty stays so."""
    if isinstance(value, dict):
        return {
            name: part if name in OURS else spoilt(part, text[:200] if name == "role" else text)
            for name, part in value.items()
        }
    if isinstance(value, list):
        return [spoilt(part, text) for part in value]
    return text if isinstance(value, str) and value else value


def spoilt_line(line: dict[str, Any], text: str) -> dict[str, Any]:
    if line["line"] == "text":
        return {**line, "text": text, "digest": digest_of(text)}
    changed = spoilt(line, text)
    if line["line"] == "step":
        changed |= {"text": digest_of(text), "texts": {"html": digest_of(text)}, "note": text, "error": text}
        changed |= {"events": [text], "console_errors": [text], "failed_requests": [text]}
    return {**changed, "agent_traceback": text} if line["line"] == "end" else changed


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An episode for each hostile text, which stands wherever its record and its trajectory have one."""
    folder = tmp_path_factory.mktemp("hostile")
    baseline = make_session(folder, made_tasks(len(HOSTILE)), trials=1, seed=3, better=0.3, recorded=False)
    made = make_session(folder, made_tasks(len(HOSTILE)), trials=1, seed=4, baseline=baseline)
    records, names = [], count(1)
    for record, text in zip(made, HOSTILE, strict=True):
        changed = spoilt(record.model_dump(mode="json"), text)
        # Sites, subsets and agents may share a name, tasks may not.
        new = EpisodeRecord.model_validate({**changed, "task": f"{text}{next(names)}", "answer": text, "trace": text})
        old = recording_file(folder, task=record.task, trial=1, case=record.case, browser=record.browser)
        file = recording_file(folder, task=new.task, trial=1, case=new.case, browser=new.browser)
        assert file.resolve().is_relative_to(folder / "trajectories")
        lines = [LINE.validate_python(spoilt_line(line, text)).model_dump_json() for line in lines_of(old)]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        records.append(new)
    records.append(records[0].model_copy(update={"task": "long", "answer": "<b>1 MB</b> " * 90_000}))
    records.sort(key=lambda record: record.identity)
    gate = read_gate(folder)
    ran = {"versions": {text: text for text in HOSTILE}, "commands": HOSTILE, "browsers": HOSTILE, "platforms": HOSTILE}
    facts = SessionFacts.model_validate({"shard": HOSTILE[0], "fixtures": HOSTILE[0], "ran": ran})
    journal = Journal(folder)
    journal.finish(records, EpisodeCounts.of(records).summary(), session=facts)
    assert gate.changes is not None
    told = spoilt(gate.model_dump(mode="json"), HOSTILE[0])
    tasks = [
        {**spoilt(change.model_dump(mode="json"), record.subset), "task": record.task}
        for change, record in zip(gate.changes.tasks, records, strict=False)
    ]
    told["decision"] |= {"reasons": HOSTILE, "notes": HOSTILE}
    write_text(folder / GATE, json.dumps({**told, "changes": {**told["changes"], "tasks": tasks}}))
    make_page(folder)
    return folder


def test_there_are_fifty() -> None:
    assert len(set(HOSTILE)) >= 50


def test_nothing_serious_for_axe(hostile: Path, show: Show) -> None:
    shown = show(hostile)
    for address, wait in (("#/", "#heatmap canvas"), ("#/tasks", "table.tasks tbody tr")):
        shown.go(address, wait=wait)
        assert shown.serious() == []
    shown.page.locator("table.tasks tbody .trials a").first.click()
    shown.page.wait_for_selector(".stage")
    assert shown.serious() == []


def test_nothing_runs_nothing_is_asked_for_and_no_layout_breaks(hostile: Path, show: Show) -> None:
    shown = show(hostile, width=375)
    page = shown.go("", wait="#heatmap canvas")
    wide = "document.documentElement.scrollWidth"
    assert page.evaluate(wide) == 375
    page = shown.go("#/tasks", wait="table.tasks tbody tr")
    assert page.evaluate(wide) == 375
    addresses = page.evaluate("mmina.results.episodes.map(episode => mmina.model.episodeAddress(episode))")
    assert len(addresses) == len(HOSTILE) + 1
    seen = set()
    for address in addresses:
        page.evaluate("address => { location.hash = address; }", address)
        page.wait_for_function(
            "address => address.endsWith('trial1') && '#/task/' + "
            "document.getElementById('view').dataset.shown?.split('/').map(encodeURIComponent).join('/') === address",
            arg=address,
        )
        seen.add(page.evaluate("document.querySelector('.stage .wrong, .stage .prose')?.textContent"))
        foreign = "[top.caught ?? 0, document.querySelectorAll('iframe, base, object, embed').length]"
        assert page.evaluate(foreign) == [0, 0]
        links = page.evaluate("[...document.querySelectorAll('body [href]')].map(link => link.protocol)")
        assert set(links) == {"file:"}, address
        assert page.evaluate(wide) == 375, address
    # What was written is shown, as it was written.
    assert {text for text in HOSTILE if text.isprintable() and len(text) < 1000} <= seen
    assert shown.trouble == []


def test_an_answer_of_a_megabyte_is_cut_with_a_way_to_see_more(hostile: Path, show: Show) -> None:
    page = show(hostile).go("#/task/long/trial1", wait=".answer")
    answer = page.locator(".answer .prose")
    assert len(answer.inner_text()) < 2000
    page.locator(".answer").get_by_role("button", name="Show more").click()
    assert len(answer.inner_text()) > 100_000
    assert answer.locator("*").count() == 0
