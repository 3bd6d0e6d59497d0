"""The options for recorded trajectories and their snapshots."""

import re
from typing import cast, get_args

import pytest

from pytest_mmina.core.choices import Detail, Level, Tolerable


def add_trajectory_options(group: pytest.OptionGroup, parser: pytest.Parser) -> None:
    """Add the options and the ini value."""
    group.addoption(
        "--mmina-record",
        choices=get_args(Detail),
        default="full",
        help="what is recorded of each episode, in trajectories/ in the results: full (default), actions (without "
        "page texts and states), or none",
    )
    group.addoption(
        "--mmina-snapshot",
        action="store_true",
        help="compare every episode with its snapshot, in __trajectories__ next to the task; syrupy's "
        "--snapshot-update writes the snapshots again",
    )
    group.addoption(
        "--mmina-snapshot-level",
        choices=get_args(Level),
        default="actions",
        help="what a snapshot contains: hops, the sites visited for them, the actions (default), or all",
    )
    group.addoption(
        "--mmina-tolerate",
        metavar="NAMES",
        default="",
        help=f"differences that do not fail a snapshot, separated by commas: {', '.join(get_args(Tolerable))}",
    )
    parser.addini(
        "mmina_snapshot_vary",
        "parts of snapshots that can differ, e.g. price=\\$\\d+ (a regular expression for a part of a line)",
        type="linelist",
        default=[],
    )


def detail_of(config: pytest.Config) -> Detail:
    """Return how much of an episode is recorded."""
    return cast(Detail, config.getoption("mmina_record"))


def level_of(config: pytest.Config) -> Level:
    """Return what a snapshot contains."""
    return cast(Level, config.getoption("mmina_snapshot_level"))


def tolerated_by(config: pytest.Config) -> frozenset[Tolerable]:
    """Return the differences that do not fail a snapshot. Raises UsageError if a name is unknown."""
    from pytest_mmina.core.record.differences import read_tolerances

    try:
        return read_tolerances(config.getoption("mmina_tolerate"))
    except ValueError as error:
        raise pytest.UsageError(f"--mmina-tolerate: {error}") from None


def vary_of(config: pytest.Config) -> dict[str, str]:
    """Return the patterns for the parts of snapshots that can differ, by name. Raises UsageError if one is invalid."""
    patterns: dict[str, str] = {}
    for line in config.getini("mmina_snapshot_vary"):
        name, equals, pattern = (part.strip() for part in line.partition("="))
        try:
            re.compile(pattern)
        except re.error as error:
            raise pytest.UsageError(
                f"mmina_snapshot_vary: {name}: {pattern!r} is not a regular expression: {error}"
            ) from None
        if not (name and equals and pattern):
            raise pytest.UsageError(f"mmina_snapshot_vary: {line!r} is not of the form NAME=PATTERN")
        patterns[name] = pattern
    return patterns
