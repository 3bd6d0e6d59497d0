"""The options of the gate, and what of a session is read from pytest's own selection."""

import argparse
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_mmina.gate.arguments import ARGUMENTS, rules_given

if TYPE_CHECKING:
    from pytest_mmina.gate.baseline import Baseline
    from pytest_mmina.gate.rules import Rules
    from pytest_mmina.gate.shards import Shard

_PREFIX = "--mmina-"
_STOPS_NOTHING = {
    f"{_PREFIX}fail-on": "with 'task', every trial that is not solved fails the session",
    f"{_PREFIX}save-baseline": "a baseline counts all trials, and those left out are not left out by chance",
    f"{_PREFIX}shard": "what one part gave decides nothing about the whole",
}


def add_gate_options(group: pytest.OptionGroup) -> None:
    """Add what the gate is asked for, and where a baseline is kept."""
    for name, settings in ARGUMENTS.items():
        group.addoption(f"{_PREFIX}{name}", **{**settings, "help": f"gate: {settings['help']}"})
    group.addoption(
        f"{_PREFIX}save-baseline",
        metavar="FILE",
        type=Path,
        help="write the counts of this session to this file, if it is complete",
    )
    group.addoption(
        f"{_PREFIX}shard",
        metavar="K/N",
        type=_shard,
        help="run the K-th of N parts of the tasks; parts are balanced where a baseline knows how long tasks take",
    )
    group.addoption(
        f"{_PREFIX}resume",
        metavar="DIR",
        help="go on with a session that was broken off: run what its results lack, or what errored, and add it there",
    )
    group.addoption(
        f"{_PREFIX}stop-early",
        action="store_const",
        const=True,
        help="leave out trials that can no longer change what the gate decides; the first one of a task is always run",
    )
    group.addoption(
        f"{_PREFIX}serial",
        metavar="SITE",
        action="append",
        help="with pytest-xdist, never visit this site (as named in the tasks' 'sites') in two workers at once; "
        "may be given several times",
    )


def _shard(text: str) -> "Shard":
    from pytest_mmina.gate.shards import read_shard

    try:
        return read_shard(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def is_gated(config: pytest.Config) -> bool:
    """Whether the user asked for anything of the gate."""
    given = (config.getoption(f"{_PREFIX}{name}") is not None for name in ARGUMENTS)
    return config.getoption("mmina_fail_on") == "gate" or any(given)


def gate_option_given(config: pytest.Config) -> str:
    """The first option given that makes no sense without `--mmina`; nothing if there is none."""
    options = [f"{_PREFIX}{name}" for name in (*ARGUMENTS, "fail-on", "save-baseline", "shard", "resume", "stop-early")]
    return next((option for option in options if config.getoption(option) is not None), "")


def require_fitting_options(config: pytest.Config) -> None:
    """Raise UsageError for options that contradict each other."""
    if config.getoption("mmina_stop_early"):
        if not is_gated(config):
            raise pytest.UsageError(
                f"{_PREFIX}stop-early stops by what the gate asks: give a rule, such as {_PREFIX}baseline"
            )
        given = {option for option in _STOPS_NOTHING if config.getoption(option) is not None}
        if config.getoption("mmina_fail_on") == "gate":
            given.discard(f"{_PREFIX}fail-on")
        if given:
            option = min(given)
            raise pytest.UsageError(f"{_PREFIX}stop-early and {option} do not go together: {_STOPS_NOTHING[option]}")
    for name in ("stop-early", "serial"):
        spread = config.getoption("dist", "no")
        if config.getoption(f"{_PREFIX}{name}") and spread not in ("no", "load"):
            raise pytest.UsageError(f"{_PREFIX}{name} says itself which worker runs what: leave out --dist {spread}")


def rules_of(config: pytest.Config) -> "Rules":
    """Read the rules; raises UsageError where one needs a baseline and there is none."""
    from pytest_mmina.gate.rules import Rules

    try:
        return Rules(**rules_given(lambda name: config.getoption(f"{_PREFIX}{name}"), shown=_PREFIX))
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None


def baseline_of(config: pytest.Config) -> "Baseline | None":
    """Read the baseline that was asked for; raises UsageError."""
    named: Path | None = config.getoption(f"{_PREFIX}baseline")
    if named is None:
        return None
    from pytest_mmina.gate.baseline import BaselineError, read_baseline

    try:
        return read_baseline(config.invocation_params.dir / named)
    except BaselineError as error:
        raise pytest.UsageError(f"{_PREFIX}baseline: {error}") from None


def selected_paths(config: pytest.Config) -> tuple[str, ...]:
    """The paths that the user named, seen from pytest's root; none means: everything."""
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return ()
    base = config.invocation_params.dir
    places = [Path(base / argument.split("::")[0]).resolve() for argument in config.args]
    return tuple(seen_from(place, config.rootpath) for place in places)


def skips_files(config: pytest.Config) -> bool:
    """Whether the selection leaves whole files unopened, as `--lf` and `--sw` do."""
    return any(getattr(config.option, name, False) for name in ("lf", "last_failed", "stepwise"))


def seen_from(place: Path, root: Path) -> str:
    """A path as it is kept: relative to pytest's root where it lies in there."""
    return place.relative_to(root).as_posix() if place.is_relative_to(root) else str(place)


def fixtures_fingerprint(folders: Sequence[Path]) -> str:
    """Twelve digits that change with any file of the sites."""
    digest = sha256()
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]
