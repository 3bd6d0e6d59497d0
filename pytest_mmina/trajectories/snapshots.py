"""Compare episodes with their snapshots: readable texts that syrupy keeps beside the tests."""

import re
from collections.abc import Callable, Mapping, Sequence, Set
from pathlib import Path
from types import MappingProxyType
from typing import Any

from syrupy.assertion import DiffMode, SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from syrupy.location import PyTestLocation
from syrupy.session import SnapshotSession
from syrupy.terminal import disable_color
from syrupy.types import SerializableData, SnapshotIndex

from pytest_mmina.bundled import bundled
from pytest_mmina.core.episode.episode import Episode
from pytest_mmina.core.errors import MminaError, NotSolved
from pytest_mmina.core.record.canonical import (
    CanonicalEpisode,
    CanonicalLine,
    Level,
    canonical_episode,
    canonical_lines,
)
from pytest_mmina.core.record.differences import Tolerable, difference, difference_lines
from pytest_mmina.trajectories.reading import SNAPSHOTS

_HERE = Path.cwd()
_REPETITION = re.compile(r"-trial\d+(?=[-\]])|-(?:chromium|firefox|webkit)(?=[-\]])")


class TrajectoryFile(SingleFileSnapshotExtension):
    """`__trajectories__/<module or task file>/<test>[<task>].txt` beside the test; trials and browsers share it.

    The folder is not syrupy's own: a session without `--mmina` would find no snapshot in use there and delete them all.
    Bundled tasks have their snapshots in the folder where pytest was called.
    """

    _write_mode = WriteMode.TEXT
    file_extension = "txt"
    snapshot_dirname = SNAPSHOTS

    tolerate: Set[Tolerable] = frozenset()

    def matches(self, *, serialized_data: SerializableData, snapshot_data: SerializableData) -> bool:
        """Whether a text equals that of the snapshot, apart from tolerated differences."""
        if serialized_data == snapshot_data:
            return True
        return difference(str(snapshot_data), str(serialized_data), tolerate=self.tolerate).kind == "tolerated"

    @classmethod
    def get_snapshot_name(cls, *, test_location: PyTestLocation, index: SnapshotIndex = 0) -> str:
        """Return the name of the file: the name of the test with its task."""
        suffix = f"[{index}]" if isinstance(index, str) else f".{index}" if index else ""
        name = _REPETITION.sub("", test_location.snapshot_name)
        return cls._sanitize_filename(f"{name}{suffix}".replace("/", "-"))[:200]

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        """Return the folder of the file."""
        path = Path(test_location.filepath)
        beside = _HERE if path.is_relative_to(bundled("tasks").resolve()) else path.parent
        return str(beside / SNAPSHOTS / test_location.basename)

    @classmethod
    def matches_test_location(cls, *, test_location: PyTestLocation, snapshot_location: str) -> bool:
        """Whether a file belongs to a test."""
        path, name = Path(snapshot_location), cls.get_snapshot_name(test_location=test_location)
        stem = path.name.removesuffix(f".{cls.file_extension}")
        is_named = stem == name or stem.startswith((f"{name}.", f"{name}["))
        return is_named and path.parent == Path(cls.dirname(test_location=test_location))


Noting = Callable[[str, Level, str], None]
"""Called for each comparison with the file of the snapshot, its level, and the text that belongs in it."""


def _lines_of(episode: CanonicalEpisode, *, level: Level, vary: Mapping[str, str]) -> list[CanonicalLine]:
    # In each line, the name of a pattern takes the place of the part that may vary.
    return [CanonicalLine(_varied(line.text, vary), line.step) for line in canonical_lines(episode, level=level)]


def _varied(text: str, vary: Mapping[str, str]) -> str:
    for name, pattern in vary.items():
        text = re.sub(pattern, f"<{name}>", text)
    return text


def _whole(lines: Sequence[CanonicalLine]) -> str:
    return "".join(f"{line.text}\n" for line in lines)


class EpisodeSnapshot(SnapshotAssertion):
    """The value of `mmina_snapshot`: equal to an Episode whose text is that of the snapshot.

    Call it to set options: `mmina_snapshot(level="hops")`, or `mmina_snapshot(vary={"price": r"\\$\\d+"})` with regular
    expressions for the parts of a line that may vary.
    """

    level: Level = "actions"
    vary: Mapping[str, str] = MappingProxyType({})
    tolerate: Set[Tolerable] = frozenset()
    note: Noting = staticmethod(lambda file, level, text: None)
    _episode = CanonicalEpisode((), (), "terminated")
    _lines: Sequence[CanonicalLine] = ()

    def __call__(
        self, *, level: Level | None = None, vary: Mapping[str, str] | None = None, **options: Any
    ) -> "EpisodeSnapshot":
        """Set options for the next comparison."""
        super().__call__(**options)
        before = self.level, self.vary
        self.level, self.vary = level or self.level, {**self.vary, **(vary or {})}
        self._post_assert_actions.append(lambda: self._set(*before))
        return self

    def _set(self, level: Level, vary: Mapping[str, str]) -> None:
        self.level, self.vary = level, vary

    def _assert(self, data: SerializableData) -> bool:
        if not isinstance(data, Episode):
            raise TypeError(f"mmina_snapshot is compared with what mmina_run() returns, not with {type(data).__name__}")
        if data.ending in ("errored", "failed"):
            # The agent or the browser broke: an update must not store that as the new behaviour.
            raise NotSolved(f"{data.task}: not compared with its snapshot: {data.reason}")
        self._episode = canonical_episode(data)
        self._lines = _lines_of(self._episode, level=self.level, vary=self.vary)
        level = self.level
        if isinstance(self.extension, TrajectoryFile):
            self.extension.tolerate = self.tolerate
        matched = super()._assert(_whole(self._lines))
        result = self.executions[self.num_executions - 1]
        # An update does not write tolerated differences.
        text = result.recalled_data if matched and not result.updated and not result.created else result.asserted_data
        if isinstance(text, str):
            self.note(result.snapshot_location, level, text)
        return matched

    def get_assert_diff(self, *, diff_mode: DiffMode = DiffMode.DETAILED) -> list[str]:
        """Yield where the episode differs from its snapshot and which hops that cost, before syrupy's own lines."""
        lines = super().get_assert_diff(diff_mode=diff_mode)
        result = self.executions[self.num_executions - 1]
        before, after = result.recalled_data, result.asserted_data
        if result.success or not isinstance(before, str) or not isinstance(after, str):
            return lines
        found = difference(before, after, tolerate=self.tolerate)
        return [*difference_lines(found, seen=_seen(self._episode, self._lines, found.line)), *lines]


def differs(episode: Episode, snapshot: EpisodeSnapshot, *, diff_mode: DiffMode) -> str:
    """Describe how an episode differs from its snapshot, in plain text; empty if it does not."""
    if episode == snapshot:
        return ""
    with disable_color():
        lines = snapshot.get_assert_diff(diff_mode=diff_mode)
    return "\n".join([f"{episode.task}: not as in its snapshot", *lines])


def _seen(episode: CanonicalEpisode, lines: Sequence[CanonicalLine], at: int) -> str:
    step = next((line.step for line in lines[at:] if line.step), 0)
    if not step or step > len(episode.steps):
        return ""
    seen = episode.steps[step - 1].step.observation
    return f"{seen.url}  {seen.title!r}"


def file_of(item: Any) -> str:
    """Return the path of a case's snapshot."""
    return TrajectoryFile.get_location(test_location=PyTestLocation(item), index=0)


def text_of(episode: Episode, *, level: Level, vary: Mapping[str, str]) -> str:
    """Return the text of an episode's snapshot."""
    return _whole(_lines_of(canonical_episode(episode), level=level, vary=vary))


def snapshot_of(
    item: Any, *, level: Level, vary: Mapping[str, str], tolerate: Set[Tolerable], note: Noting
) -> EpisodeSnapshot:
    """Return the snapshot of a case; raises MminaError if syrupy is switched off."""
    option = item.config.option
    snapshot = EpisodeSnapshot(
        session=_session(item.config),
        extension_class=TrajectoryFile,
        test_location=PyTestLocation(item),
        update_snapshots=option.update_snapshots,
        update_new_snapshots_only=option.update_new_snapshots_only,
    )
    snapshot.level, snapshot.vary, snapshot.tolerate, snapshot.note = level, vary, tolerate, note
    return snapshot


def spare(config: Any, nodeid: str) -> None:
    """Keep the snapshot of a test that failed before its comparison; syrupy would delete it as unused."""
    _session(config).ran_item(nodeid, "skipped")


def spare_all(config: Any) -> None:
    """Keep all snapshots, in a session that was interrupted."""
    config.option.no_cleanup = True


def _session(config: Any) -> SnapshotSession:
    session = getattr(config, "_syrupy", None)
    if not isinstance(session, SnapshotSession):
        raise MminaError("snapshots need the plugin syrupy, and -p no:syrupy has switched it off")
    return session
