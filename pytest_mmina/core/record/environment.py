"""The environment of a session, stored with its results: versions, platform, browsers and command lines."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from pydantic import Field

from pytest_mmina.core.models import Model, Text


class Environment(Model):
    """Versions by package, platforms, browsers, command lines without secrets, and the fingerprint of all tasks.

    Merged results may have several of each.
    """

    versions: dict[str, str] = Field(default_factory=dict)
    platforms: tuple[str, ...] = ()
    browsers: tuple[str, ...] = ()
    commands: tuple[Text, ...] = ()
    tasks: str = ""


def merged_environments(all_of: Sequence[Environment], *, tasks: str) -> Environment:
    """Return the environments of several sessions as one; `tasks` is the fingerprint of the tasks of all sessions."""
    packages = sorted({package for one in all_of for package in one.versions})
    return Environment(
        versions={
            package: ", ".join(sorted({one.versions[package] for one in all_of if package in one.versions}))
            for package in packages
        },
        platforms=_each_once(name for one in all_of for name in one.platforms),
        browsers=_each_once(name for one in all_of for name in one.browsers),
        commands=_each_once(line for one in all_of for line in one.commands),
        tasks=tasks,
    )


def tasks_fingerprint(fingerprints: Iterable[tuple[str, str]]) -> str:
    """Return twelve hexadecimal digits for names and fingerprints of tasks; the empty text if there are none.

    They change if any task changes.
    """
    lines = "\n".join(f"{task}\t{fingerprint}" for task, fingerprint in sorted(set(fingerprints)))
    return sha256(lines.encode("utf-8", "surrogatepass")).hexdigest()[:12] if lines else ""


def _each_once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(texts)))
