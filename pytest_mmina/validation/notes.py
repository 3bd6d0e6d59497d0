"""What an episode of `mmina validate` leaves beside its record: what the sites know at the end, and judged answers."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pydantic import Field, JsonValue

from pytest_mmina.core.models import Model, Text
from pytest_mmina.validation.kinds import Kind, Rule

ACTIVITY = "activity"
READING = frozenset({"searched", "viewed", "listed", "converted", "played", "paused"})
"""Actions in the record of what a visitor did that change nothing."""

_FILE = "notes"


class AnswerNote(Model):
    """What another answer to the same pages earned: the recorded solution, with only its answer changed."""

    what: str
    answer: Text
    solved: bool


class Note(Model):
    """What is known of an episode beside its record. `rule`, `touched` and `about` are those of the attempt.

    `done` is whether every changed line was done as it was meant. `states` is what each site exports at the end, of
    the sites that were opened and export something. `urls` are the pages on which each action was taken.
    """

    task: str
    attempt: str
    kind: Kind
    rule: Rule = "may pass"
    touched: tuple[int, ...] = ()
    about: str = ""
    done: bool = True
    states: dict[str, JsonValue] = Field(default_factory=dict)
    urls: tuple[Text, ...] = ()
    answers: tuple[AnswerNote, ...] = ()


def keep_note(note: Note, folder: Path, *, worker: str) -> None:
    """Append a note to the file of this worker. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{_FILE}.{worker or 'main'}.jsonl").open("a", encoding="utf-8") as file:
        file.write(note.model_dump_json() + "\n")


def read_notes(folder: Path) -> dict[tuple[str, str], Note]:
    """Return the notes in a folder, by task and attempt; of a case that ran twice, the last one."""
    found = {}
    for file in sorted(folder.glob(f"{_FILE}.*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            note = Note.model_validate_json(line)
            found[note.task, note.attempt] = note
    return found


def is_same_work(one: Note, other: Note) -> bool:
    """Return whether all sites know the same work of two episodes, in whatever order and however often it was done."""
    return _work(one) == _work(other)


def new_acts(before: Note, after: Note) -> Iterator[str]:
    """Yield what was changed in `after` and not in `before`: `shop: ordered`, or `shop: cart` for a part of a state.

    Of a site with a record of what was done, this record says it all; the rest may be what a visitor looked at.
    """
    for site, state in after.states.items():
        old = before.states.get(site)
        if not isinstance(state, dict):
            if state != old:
                yield f"{site}: its state"
            continue
        known = old if isinstance(old, dict) else {}
        acts, old_acts = _acts(state), _acts(known)
        yield from (f"{site}: {act}" for act in dict.fromkeys(acts) if acts.count(act) > old_acts.count(act))
        for name, value in state.items() if ACTIVITY not in state else ():
            if value != known.get(name, type(value)() if value is not None else None):
                yield f"{site}: {name}"


def _acts(state: Mapping[str, JsonValue]) -> list[str]:
    activity = state.get(ACTIVITY)
    entries = activity if isinstance(activity, list) else []
    actions = [str(entry.get("action")) for entry in entries if isinstance(entry, dict)]
    return [action for action in actions if action not in READING]


def _work(note: Note) -> dict[str, object]:
    found: dict[str, object] = {}
    for site, state in note.states.items():
        if isinstance(state, dict) and isinstance(state.get(ACTIVITY), list):
            entries = state[ACTIVITY]
            rest = {name: value for name, value in state.items() if name != ACTIVITY}
            found[site] = (frozenset(map(repr, _entries(entries))), repr(rest))
        else:
            found[site] = repr(state)
    # A site that was opened and knows nothing is like one that was not opened.
    return found


def _entries(activity: JsonValue) -> Iterable[JsonValue]:
    return activity if isinstance(activity, list) else ()
