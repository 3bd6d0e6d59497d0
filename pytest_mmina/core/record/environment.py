"""What a session ran with: kept with its results, so that a reader knows what the rates are about."""

from collections.abc import Iterable, Sequence
from hashlib import sha256

from pydantic import Field

from pytest_mmina.core.models import Model, Text


class Environment(Model):
    """Versions by package, platform, browsers, the command lines without secrets, and a fingerprint of all tasks.

    Results that were merged may have several of each.
    """

    versions: dict[str, str] = Field(default_factory=dict)
    platforms: tuple[str, ...] = ()
    browsers: tuple[str, ...] = ()
    commands: tuple[Text, ...] = ()
    tasks: str = ""


def merged_environments(all_of: Sequence[Environment], *, tasks: str) -> Environment:
    """What several sessions ran with, taken together; `tasks` is the fingerprint of the tasks of all."""
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
    """Twelve digits that change with what any task asks, of names and fingerprints of tasks; nothing for none."""
    lines = "\n".join(f"{task}\t{fingerprint}" for task, fingerprint in sorted(set(fingerprints)))
    return sha256(lines.encode("utf-8", "surrogatepass")).hexdigest()[:12] if lines else ""


def _each_once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(texts)))
