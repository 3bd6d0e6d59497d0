"""The options of recorded trajectories and their snapshots."""

import re
from typing import cast, get_args

import pytest

from pytest_mmina.core.choices import Detail, Level, Tolerable


def add_trajectory_options(group: pytest.OptionGroup, parser: pytest.Parser) -> None:
    """Add the options, and the ini values."""
    group.addoption(
        "--mmina-record",
        choices=get_args(Detail),
        default="full",
        help="what is kept of each episode in trajectories/ in the results: full (default), actions (no page texts, "
        "no states), or none",
    )
    group.addoption(
        "--mmina-snapshot",
        action="store_true",
        help="compare every episode with its snapshot, in __trajectories__ beside the task; syrupy's --snapshot-update "
        "writes them anew",
    )
    group.addoption(
        "--mmina-snapshot-level",
        choices=get_args(Level),
        default="actions",
        help="what a snapshot tells: hops, the sites visited for them, the actions (default), or all",
    )
    group.addoption(
        "--mmina-tolerate",
        metavar="NAMES",
        default="",
        help=f"what does not fail a snapshot: {', '.join(get_args(Tolerable))}, or several with commas between them",
    )
    parser.addini(
        "mmina_snapshot_vary",
        "what may be different in snapshots each time, e.g. price=\\$\\d+ (a regular expression for a part of a line)",
        type="linelist",
        default=[],
    )


def detail_of(config: pytest.Config) -> Detail:
    """How much is recorded."""
    return cast(Detail, config.getoption("mmina_record"))


def level_of(config: pytest.Config) -> Level:
    """What a snapshot tells."""
    return cast(Level, config.getoption("mmina_snapshot_level"))


def tolerated_by(config: pytest.Config) -> frozenset[Tolerable]:
    """What makes no difference to a snapshot; raises UsageError."""
    from pytest_mmina.core.record.differences import read_tolerances

    try:
        return read_tolerances(config.getoption("mmina_tolerate"))
    except ValueError as error:
        raise pytest.UsageError(f"--mmina-tolerate: {error}") from None


def vary_of(config: pytest.Config) -> dict[str, str]:
    """What may be different in snapshots each time: patterns by name; raises UsageError."""
    patterns: dict[str, str] = {}
    for line in config.getini("mmina_snapshot_vary"):
        name, equals, pattern = (part.strip() for part in line.partition("="))
        try:
            re.compile(pattern)
        except re.error as error:
            raise pytest.UsageError(f"mmina_snapshot_vary: {name}: {pattern!r} is no pattern: {error}") from None
        if not (name and equals and pattern):
            raise pytest.UsageError(f"mmina_snapshot_vary: {line!r} is not of the form NAME=PATTERN")
        patterns[name] = pattern
    return patterns
