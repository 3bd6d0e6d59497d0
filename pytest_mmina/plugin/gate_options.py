"""The options of the gate, and the parts of pytest's own selection that the gate needs."""

import argparse
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_mmina.gate.arguments import ARGUMENTS, rules_given

if TYPE_CHECKING:
    from pytest_mmina.gate.baseline import Baseline
    from pytest_mmina.gate.exemptions import Exemptions
    from pytest_mmina.gate.rules import Rules
    from pytest_mmina.gate.shards import Shard

_PREFIX = "--mmina-"
_NOT_WITH_STOP_EARLY = {
    f"{_PREFIX}control": "both agents run the same trials, so none can be left out",
    f"{_PREFIX}fail-on": "with 'task', every trial that is not solved fails the session",
    f"{_PREFIX}max-per-episode": "nobody knows what the trials that are left out would have taken",
    f"{_PREFIX}max-rise": "nobody knows what the trials that are left out would have taken",
    f"{_PREFIX}save-baseline": "a baseline needs all trials, because the ones left out are not a random selection",
    f"{_PREFIX}shard": "the results of one shard do not decide the gate for all tasks",
}
"""The options that --mmina-stop-early cannot be used with, and why."""


def add_gate_options(group: pytest.OptionGroup) -> None:
    """Add the rules of the gate, and the options for baselines, shards and resumed sessions."""
    for name, settings in ARGUMENTS.items():
        group.addoption(f"{_PREFIX}{name}", **{**settings, "help": f"gate: {settings['help']}"})
    group.addoption(
        f"{_PREFIX}save-baseline",
        metavar="FILE",
        type=Path,
        help="write the counts of this session to this file, if the session is complete",
    )
    group.addoption(
        f"{_PREFIX}shard",
        metavar="K/N",
        type=_shard,
        help="run the K-th of N parts of the tasks; if a baseline contains the durations of tasks, all parts take "
        "about the same time",
    )
    group.addoption(
        f"{_PREFIX}resume",
        metavar="DIR",
        help="continue an interrupted session: run the cases that are missing in its results or errored, and add them "
        "to the results",
    )
    group.addoption(
        f"{_PREFIX}stop-early",
        action="store_const",
        const=True,
        help="leave out trials that can no longer change the decision of the gate; the first trial of a task always "
        "runs",
    )
    group.addoption(
        f"{_PREFIX}serial",
        metavar="SITE",
        action="append",
        help="with pytest-xdist, never visit this site (a name in the field 'sites' of tasks) in two workers at once; "
        "can be repeated",
    )


def _shard(text: str) -> "Shard":
    from pytest_mmina.gate.shards import read_shard

    try:
        return read_shard(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def is_gated(config: pytest.Config) -> bool:
    """Whether the options ask for a gate."""
    # Exceptions alone are no rule, and must not keep unsolved tasks from failing the session.
    rules = (name for name in (*ARGUMENTS, "control") if name != "exceptions")
    given = (config.getoption(f"{_PREFIX}{name}") is not None for name in rules)
    return config.getoption("mmina_fail_on") == "gate" or any(given)


def gate_option_given(config: pytest.Config) -> str:
    """Return the first given option that has no effect without `--mmina`; an empty text if there is none."""
    options = [
        f"{_PREFIX}{name}"
        for name in (*ARGUMENTS, "fail-on", "save-baseline", "shard", "resume", "stop-early", "control")
    ]
    return next((option for option in options if config.getoption(option) is not None), "")


def require_fitting_options(config: pytest.Config) -> None:
    """Raise UsageError for options that contradict each other."""
    if config.getoption("mmina_exceptions") is not None and not is_gated(config):
        raise pytest.UsageError(f"{_PREFIX}exceptions is for a gate: give a rule, such as {_PREFIX}baseline")
    if config.getoption("mmina_stop_early"):
        if not is_gated(config):
            raise pytest.UsageError(
                f"{_PREFIX}stop-early needs a gate that decides when to stop: give a rule, such as {_PREFIX}baseline"
            )
        given = {option for option in _NOT_WITH_STOP_EARLY if config.getoption(option) is not None}
        if config.getoption("mmina_fail_on") == "gate":
            given.discard(f"{_PREFIX}fail-on")
        if given:
            option = min(given)
            raise pytest.UsageError(f"{_PREFIX}stop-early cannot be used with {option}: {_NOT_WITH_STOP_EARLY[option]}")
    if config.getoption(f"{_PREFIX}control") is not None and config.getoption(f"{_PREFIX}baseline") is not None:
        raise pytest.UsageError(
            f"{_PREFIX}control cannot be used with {_PREFIX}baseline: the control is the baseline of this session"
        )
    for name in ("stop-early", "serial", "control"):
        spread = config.getoption("dist", "no")
        if config.getoption(f"{_PREFIX}{name}") and spread not in ("no", "load"):
            raise pytest.UsageError(
                f"{_PREFIX}{name} distributes the cases among the workers itself: leave out --dist {spread}"
            )


def rules_of(config: pytest.Config) -> "Rules":
    """Return the rules of the gate. Raises UsageError if a rule needs a baseline and there is none."""
    from pytest_mmina.gate.rules import Rules

    try:
        has_control = config.getoption(f"{_PREFIX}control") is not None
        given = rules_given(lambda name: config.getoption(f"{_PREFIX}{name}"), prefix=_PREFIX, has_control=has_control)
        return Rules(**given)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None


def baseline_of(config: pytest.Config) -> "Baseline | None":
    """Return the baseline that the options name; None if they name none. Raises UsageError if it cannot be read."""
    named: str | None = config.getoption(f"{_PREFIX}baseline")
    if named is None:
        return None
    from pytest_mmina.gate.baseline import BaselineError
    from pytest_mmina.gate.baseline_sources import load_baseline

    try:
        return load_baseline(named, folder=config.invocation_params.dir)
    except BaselineError as error:
        raise pytest.UsageError(f"{_PREFIX}baseline: {error}") from None


def shown_baseline(config: pytest.Config) -> str:
    """Return the name of the baseline for reports: a path relative to pytest's root, or what the user wrote."""
    named: str | None = config.getoption(f"{_PREFIX}baseline")
    if named is None:
        return ""
    from pytest_mmina.core.record.command_line import without_home
    from pytest_mmina.gate.baseline_sources import is_path, shown_source

    place = (config.invocation_params.dir / named).resolve() if is_path(named) else None
    shown = seen_from(place, config.rootpath) if place is not None else shown_source(named)
    return without_home(shown, str(Path.home()))


def exemptions_of(config: pytest.Config, baseline: "Baseline | None") -> "Exemptions":
    """Return the exceptions that hold today, from the option or the ini value. Raises UsageError for a wrong file."""
    from pytest_mmina.gate.exceptions import ExceptionsError, read_exceptions, today
    from pytest_mmina.gate.exemptions import NO_EXEMPTIONS, Exemptions

    named: Path | None = config.getoption("mmina_exceptions")
    files = [config.invocation_params.dir / named] if named is not None else config.getini("mmina_exceptions")
    if not files or not is_gated(config):
        return NO_EXEMPTIONS
    if len(files) > 1:
        raise pytest.UsageError(f"mmina_exceptions names {len(files)} files: write all entries into one")
    shown = Path(seen_from(Path(files[0]).resolve(), config.rootpath))
    day = today()
    try:
        found = read_exceptions(Path(files[0]), day=day, shown=shown)
    except ExceptionsError as error:
        raise pytest.UsageError(f"{_PREFIX}exceptions: {error}") from None
    return Exemptions.on(day, found, baseline)


def selected_paths(config: pytest.Config) -> tuple[str, ...]:
    """Return the paths on the command line, relative to pytest's root; without paths, everything is selected."""
    if config.args_source is not pytest.Config.ArgsSource.ARGS:
        return ()
    base = config.invocation_params.dir
    places = [Path(base / argument.split("::")[0]).resolve() for argument in config.args]
    return tuple(seen_from(place, config.rootpath) for place in places)


def skips_files(config: pytest.Config) -> bool:
    """Whether pytest skips whole files when it collects, as with `--lf` and `--sw`."""
    return any(getattr(config.option, name, False) for name in ("lf", "last_failed", "stepwise"))


def seen_from(place: Path, root: Path) -> str:
    """Return a path relative to pytest's root, or the whole path if it is outside."""
    return place.relative_to(root).as_posix() if place.is_relative_to(root) else str(place)


def fixtures_fingerprint(folders: Sequence[Path]) -> str:
    """Return a fingerprint of twelve digits, which changes with every file of the sites."""
    digest = sha256()
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]
