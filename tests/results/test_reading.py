"""The journal of a session is opened and validated once, whatever a command makes of it."""

import builtins
import io
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from pytest_mmina.commands.main import main
from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.gate.selection import SessionFacts
from pytest_mmina.results.files import EPISODES
from pytest_mmina.results.journal import Journal
from pytest_mmina.results.plan import ResultsError
from pytest_mmina.results.reading import read_results
from tests.gate.records import record, records

NOW = sorted((episode for n in range(12) for episode in records(f"a/{n}", n % 4, 3)), key=lambda each: each.identity)
BEFORE = sorted((episode for n in range(12) for episode in records(f"a/{n}", 3, 3)), key=lambda each: each.identity)


def results(folder: Path, episodes: list[EpisodeRecord], **facts: object) -> Path:
    session = SessionFacts.model_validate(facts)
    Journal(folder).finish(episodes, EpisodeCounts.of(episodes).summary(), session=session)
    return folder


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each journal was opened to be read, by the name of its folder."""
    found: Counter[str] = Counter()
    original = io.open

    def counting(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        if isinstance(file, str | os.PathLike) and Path(file).name == EPISODES and "r" in mode:
            found[Path(file).parent.name] += 1
        return original(file, mode, *arguments, **options)

    monkeypatch.setattr(io, "open", counting)
    monkeypatch.setattr(builtins, "open", counting)
    return found


@pytest.fixture
def validated(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The cases of the records that were validated."""
    found: list[str] = []
    original = EpisodeRecord.model_validate_json

    def counting(line: bytes) -> EpisodeRecord:
        validated = original(line)
        found.append(validated.case)
        return validated

    monkeypatch.setattr(EpisodeRecord, "model_validate_json", counting)
    return found


@pytest.mark.parametrize(
    ("arguments", "read"),
    [
        (["gate", "now", "--baseline", "base.json", "--min-hop-rate", "0.5", "--must-pass", "a/3"], [NOW]),
        (["gate", "now", "--min-task-rate", "0.5", "--no-html"], [NOW]),
        (["report", "now"], [NOW]),
        (["report", "now", "--markdown", "--no-html"], [NOW]),
        (["report", "before", "now", "-v"], [BEFORE, NOW]),
        (["compare", "before", "now"], [BEFORE, NOW]),
        (["save-baseline", "now", "new.json"], [NOW]),
        (["merge", "before", "--into", "merged"], [BEFORE]),
    ],
)
def test_a_journal_is_read_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    opened: Counter[str],
    validated: list[str],
    arguments: list[str],
    read: list[list[EpisodeRecord]],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    results(tmp_path / "now", NOW)
    main(["save-baseline", str(results(tmp_path / "before", BEFORE)), "base.json"])
    opened.clear()
    validated.clear()
    main(arguments)
    assert opened == Counter("now" if episodes is NOW else "before" for episodes in read)
    assert sorted(validated) == sorted(episode.case for episodes in read for episode in episodes)


def test_a_text_may_hold_what_ends_a_line_elsewhere(tmp_path: Path) -> None:
    """U+2028 and U+0085 end lines of text, and stand as they are in the lines of JSON."""
    strange = record("a/1", 1, 1).model_copy(update={"answer": "one\N{LINE SEPARATOR}two\x85three"})
    assert read_results(results(tmp_path / "now", [strange])).summary.episodes == 1


@pytest.mark.parametrize("line", [b"\n", b"{\n", b"\xff\n", b'{"case": "cut'])
def test_lines_that_cannot_be_read_are_counted(tmp_path: Path, line: bytes) -> None:
    folder = results(tmp_path / "now", NOW[:2])
    with (folder / EPISODES).open("ab") as journal:
        journal.write(line)
    with pytest.raises(ResultsError, match="1 of its 3 lines cannot be read"):
        read_results(folder)
