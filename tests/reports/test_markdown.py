"""The report as Markdown, read by GitHub's own parser: nothing that came from outside becomes markup."""

import re

import cmarkgfm
import pytest

from pytest_mmina.core.record.changes import Changes
from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.environment import Environment
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.core.tasks.constraints import Violation
from pytest_mmina.gate.baseline import count_tasks
from pytest_mmina.gate.changes import changes_since
from pytest_mmina.reports.markdown import LARGEST, markdown
from pytest_mmina.reports.report import BrokenConstraint, BrokenHop, Report
from tests.gate.records import records

HOSTILE = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "[click](javascript:alert(1))",
    "![x](https://e.example/x)",
    "https://evil.example/?q", "www.evil.example", "ann@evil.example", "@everyone", "#1", "GH-1", "a | b | c", "\\| x",
    "`code` ``more``", "\\", "\\`", "**bold** _it_ ~~no~~", "a\n\n## heading\n\n- list", "line\r\nbreak", "x\0y",
    "$$x$$", "\x1b[31mred", "\N{RIGHT-TO-LEFT OVERRIDE}txt", "&lt;b&gt; &#60;", "<!-- comment", "]]>", "-->",
    "::error::x", "<https://e.x>",
)  # fmt: skip


def report_of(names: list[str], *, sentences: tuple[str, ...] = (), subset: str = "") -> Report:
    def episodes(solved: int) -> list[EpisodeRecord]:
        made = [episode for name in names for episode in records(name, solved, 3)]
        return [episode.model_copy(update={"subset": subset or episode.subset}) for episode in made]

    return Report(
        summary=EpisodeCounts.of(episodes(1)).summary(),
        agents=("bots:Half", *names[:3]),
        passed=False,
        sentences=("gate: CLOSED: it is worse", *sentences),
        before="baseline.json",
        changes=changes_since(count_tasks(EpisodeCounts.of(episodes(3))), EpisodeCounts.of(episodes(1))),
        intervals={"task": (0.1, 0.6)},
        broken=tuple(
            BrokenHop(task=name, position=2, name=name, step=9, url=f"https://a.example/{name}", reason=name)
            for name in names
        ),
        violations=tuple(
            BrokenConstraint(
                task=name, trials=1, violation=Violation(name=name, kind="never", step=2, url=name, reason=name)
            )
            for name in names
        ),
        ran=Environment(versions={"python": "3.11"}, commands=("pytest --mmina", *names[:3]), tasks="f00"),
    )


def test_a_report_says_what_broke() -> None:
    text = markdown(report_of(["compare/1", "compare/2"]))
    assert text.startswith("## pytest-mmina: the gate is closed\n\n- gate: CLOSED: it is worse\n\nAgent `bots:Half`")
    assert "| task success rate | **33.3%** | 2 of 6 | 10.0% to 60.0% | 100.0% |" in text
    assert "| `compare` | 6 | 2 | 33.3% | 100.0% | 12 | 8 | 66.7% | 100.0% |" in text
    assert "### Since `baseline.json`: 2 worse (of 2 compared)" in text
    assert "| worse | `compare/1` | 3 of 3 -> 1 of 3 | hop 2 less often |" in text
    assert "| hop 2 | 6 | 2 | 4 |" in text
    assert "| `compare/1` | never: `compare/1` | 1 | 2 | `compare/1` | compare/1 |" in text
    assert "| `compare/2` | 2, `compare/2` | 9 | `https://a.example/compare/2` | compare/2 |" in text


def test_groups_count_what_broke_a_constraint_if_anything_did() -> None:
    broken = Violation(name="no order", kind="never", step=2, reason="it was")
    episodes = [one.model_copy(update={"violations": (broken,)}) for one in records("a/1", 1, 2)]
    text = markdown(Report(summary=EpisodeCounts.of([*episodes, *records("b/1", 1, 2)]).summary()))
    assert "4 episodes, 2 solved, 2 partial, 0 unsolved, 0 errored, 2 with a broken constraint" in text
    assert "|  | episodes | solved | violated | task rate |" in text
    assert "| `a` | 2 | 1 | 2 | 50.0% |" in text
    assert "violated" not in markdown(report_of(["compare/1"]))


def test_a_gate_that_could_not_have_closed_is_the_first_line() -> None:
    report = report_of(["compare/1"]).model_copy(update={"warning": "failures could not have closed this gate"})
    assert markdown(report).splitlines()[2:4] == [
        "- failures could not have closed this gate",
        "- gate: CLOSED: it is worse",
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_from_outside_is_markup(name: str) -> None:
    usual, hostile = (
        report_of(["plain"], sentences=("plain",), subset="plain"),
        report_of([name], sentences=(name,), subset=name),
    )
    html = [
        cmarkgfm.github_flavored_markdown_to_html(markdown(each), cmarkgfm.Options.CMARK_OPT_UNSAFE)
        for each in (usual, hostile)
    ]
    tags = [re.findall(r"<[a-z/][^>]*>", each) for each in html]
    assert tags[1] == tags[0], "a hostile name changes no element, and brings no attribute"
    # Autolinks and mentions of GitHub's are made of text outside code spans.
    outside = re.sub(r"<code>.*?</code>", "", html[1], flags=re.DOTALL)
    assert not re.search(r"(?i)://|www\.|@\w|#\d|\bgh-\d", outside)
    assert all(letter.isprintable() or letter in "\n\N{ZERO WIDTH SPACE}" for letter in markdown(hostile))


def test_it_stays_below_its_limit() -> None:
    names = [f"{number}{'日`|<' * 2000}" for number in range(300)]
    text = markdown(report_of(names, sentences=tuple(names)))
    assert len(text.encode()) <= LARGEST
    short = markdown(report_of(names, sentences=tuple(names)), limit=5000)
    assert short.startswith("## pytest-mmina: the gate is closed\n\n- gate: CLOSED: it is worse\n")
    assert 4000 < len(short.encode()) <= 5000
    assert short.endswith("(The rest is left out: see `summary.json` and `gate.json`.)\n")
    assert markdown(report_of(names), limit=50) == ""


def test_without_a_gate_it_says_so() -> None:
    text = markdown(Report(summary=EpisodeCounts.of(records("a/1", 1, 1)).summary(), agents=("x",)))
    assert text.startswith("## pytest-mmina\n\nAgent `x`: 1 episodes, 1 solved")
    assert "Since" not in text
    assert markdown(Report(summary=EpisodeCounts.of([]).summary(), changes=Changes())).startswith("## pytest-mmina")
