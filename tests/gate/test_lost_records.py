"""No harm that comes to stored records turns the decision for the merge: lost, skipped, doubled, foreign, cut lines."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.core.record.run import Run
from pytest_mmina.gate.baseline import Baseline, count_tasks
from pytest_mmina.gate.decision import Session, decide
from pytest_mmina.gate.rules import Rules
from pytest_mmina.gate.selection import SessionFacts
from pytest_mmina.results.journal import Journal
from pytest_mmina.results.lines import written_lines
from pytest_mmina.results.plan import Plan, ResultsError
from pytest_mmina.results.reading import read_results, results_of
from tests.gate.records import records

RUN, OTHER = Run(id="this", agent="script"), Run(id="other", agent="script")
RULES = {
    "min rates": Rules.model_validate({"min_task_rate": {"": 0.5}, "min_hop_rate": {"": 0.6}}),
    "must pass": Rules.model_validate({"must_pass": ("a/*",)}),
    "significant": Rules(),
    "any": Rules(regressions="any"),
}
HARMS = ("lost", "doubled", "foreign", "foreign too", "cut", "torn", "swapped", "not a record")

counts = st.lists(st.integers(min_value=0, max_value=3), min_size=1, max_size=5)


def opened(folder: Path, rules: Rules, baseline: Baseline | None) -> bool:
    """Whether `mmina gate` would open on what is stored."""
    try:
        results = read_results(folder)
    except ResultsError:
        return False
    return decide(Session.of(results.counts, results.facts, baseline, root=folder), rules, baseline).passed


def session(solved: list[int], run: Run) -> list[EpisodeRecord]:
    return [
        episode.model_copy(update={"run": run.id})
        for number, times in enumerate(solved)
        for episode in records(f"a/{number}", times, 3)
    ]


def store(folder: Path, episodes: list[EpisodeRecord], **facts: object) -> None:
    kept = SessionFacts.model_validate({"runs": (RUN,), "episodes": len(episodes), **facts})
    journal = Journal(folder, run=RUN)
    folder.mkdir(exist_ok=True)
    journal.plan(Plan(planned=tuple(episodes)))
    journal.finish(episodes, EpisodeCounts.of(episodes).summary(not_run=kept.not_run), session=kept)


@settings(deadline=None, max_examples=150)
@given(solved=counts, before=counts, rules=st.sampled_from(list(RULES)), harm=st.sampled_from(HARMS), data=st.data())
def test_what_befalls_the_journal_never_opens_the_gate(
    solved: list[int], before: list[int], rules: str, harm: str, data: st.DataObject
) -> None:
    episodes = session(solved, RUN)
    earlier = Baseline(tasks=count_tasks(EpisodeCounts.of(session(before, RUN))))
    baseline = earlier if rules in ("significant", "any") else None
    with TemporaryDirectory() as name:
        folder = Path(name)
        store(folder, episodes)
        whole = opened(folder, RULES[rules], baseline)
        file = folder / "episodes.jsonl"
        content = file.read_bytes()
        lines = content.splitlines(keepends=True)
        at = data.draw(st.integers(min_value=0, max_value=len(lines) - 1))
        better = json.loads(lines[at]) | {"outcome": "solved", "credit": 1.0, "run": OTHER.id}
        better["hops"] = [hop | {"passed": True} for hop in better["hops"]]
        foreign = json.dumps(better).encode() + b"\n"
        match harm:
            case "lost":
                del lines[at]
            case "doubled":
                lines.insert(at, lines[at])
            case "foreign":
                lines[at] = foreign
            case "foreign too":
                lines.insert(at, foreign)
            case "cut":
                lines[-1] = lines[-1][:-40]
            case "torn":
                lines[at] = lines[at][:60] + b"\n" + lines[at][60:]
            case "swapped":
                lines[at] = lines[at - 1]
            case _:
                lines.insert(at, b'{"case": "a"}\n')
        file.write_bytes(b"".join(lines))
        harmless = b"".join(lines) == content
        assert opened(folder, RULES[rules], baseline) == (whole and harmless), "harm is told, even where none was done"


@settings(deadline=None, max_examples=100)
@given(solved=counts, rules=st.sampled_from(["min rates", "must pass"]), data=st.data())
def test_a_case_without_an_episode_never_opens_the_gate(solved: list[int], rules: str, data: st.DataObject) -> None:
    """A session that loses records counts them as cases that were not run."""
    episodes = session(solved, RUN)
    lost = data.draw(st.sets(st.integers(min_value=0, max_value=len(episodes) - 1), min_size=1))
    kept = [episode for number, episode in enumerate(episodes) if number not in lost]
    facts = SessionFacts(runs=(RUN,), episodes=len(kept), not_run=len(lost))
    results = results_of(kept, facts)
    assert not decide(Session.of(results.counts, facts, None, root=Path()), RULES[rules], None).passed


@settings(deadline=None, max_examples=60)
@given(solved=counts, foreign=counts)
def test_records_of_another_run_are_never_gathered(solved: list[int], foreign: list[int]) -> None:
    mine, theirs = session(solved, RUN), session(foreign, OTHER)
    with TemporaryDirectory() as name:
        folder = Path(name)
        for worker, own in (("gw0", theirs), ("gw1", mine)):
            (folder / f"episodes.{worker}.jsonl").write_bytes(written_lines(own))
        assert Journal(folder, run=RUN).gather([]) == mine
        assert Journal(folder, run=RUN, resumed=True).resume() == mine
