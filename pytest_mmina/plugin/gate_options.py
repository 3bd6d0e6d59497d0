"""The options of the gate, and what of a session is read from pytest's own selection."""

import argparse
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest

if TYPE_CHECKING:
    from pytest_mmina.gate.baseline import Baseline
    from pytest_mmina.gate.rules import Rules

Value = TypeVar("Value")

RULES = (
    "mmina_min_hop_rate", "mmina_min_task_rate", "mmina_max_drop", "mmina_regressions", "mmina_alpha",
    "mmina_must_pass", "mmina_max_errored", "mmina_allow_new", "mmina_baseline",
)  # fmt: skip
NEED_BASELINE = ("mmina_max_drop", "mmina_regressions", "mmina_alpha", "mmina_allow_new")


def add_gate_options(group: pytest.OptionGroup) -> None:
    """Add what the gate is asked for; none of these options has a default, so that one sees whether it was given."""
    rates = "[RATE,][SUBSET=RATE,...]"
    group.addoption(
        "--mmina-min-hop-rate",
        metavar=rates,
        type=_rates,
        help="gate: the least hop success rate, from 0 to 1; also by subset: 0.5,multi567=0.4",
    )
    group.addoption(
        "--mmina-min-task-rate",
        metavar=rates,
        type=_rates,
        help="gate: the least task success rate, from 0 to 1; also by subset",
    )
    group.addoption(
        "--mmina-baseline",
        metavar="FILE",
        type=Path,
        help="gate: compare with the counts in this file, task by task",
    )
    group.addoption(
        "--mmina-save-baseline",
        metavar="FILE",
        type=Path,
        help="write the counts of this session to this file, if it is complete",
    )
    group.addoption(
        "--mmina-max-drop",
        metavar="hop=RATE,task=RATE",
        type=_drops,
        help="gate: how far a rate may fall below the baseline's",
    )
    group.addoption(
        "--mmina-regressions",
        choices=("significant", "any", "none"),
        help="gate: which tasks that are solved less often than in the baseline close it (default: significant)",
    )
    group.addoption(
        "--mmina-alpha",
        metavar="LEVEL",
        type=_level,
        help="gate: how often an unchanged agent may be taken for a worse one (default: 0.05)",
    )
    group.addoption(
        "--mmina-must-pass",
        metavar="PATTERN",
        action="append",
        help="gate: tasks that must be solved in every trial, e.g. 'shopping/*'; may be given several times",
    )
    group.addoption(
        "--mmina-max-errored",
        metavar="N",
        type=_whole,
        help="gate: how many episodes may have errored (default: 0)",
    )
    group.addoption(
        "--mmina-allow-new",
        metavar="N",
        type=_whole,
        help="gate: how many tasks the baseline may lack (default: 0)",
    )


def is_gated(config: pytest.Config) -> bool:
    """Whether the user asked for anything of the gate."""
    return config.getoption("mmina_fail_on") == "gate" or any(config.getoption(name) is not None for name in RULES)


def gate_option_given(config: pytest.Config) -> str:
    """The first option given that makes no sense without `--mmina`; nothing if there is none."""
    names = (*RULES, "mmina_fail_on", "mmina_save_baseline")
    given = (name for name in names if config.getoption(name) is not None)
    return next((f"--{name.replace('_', '-')}" for name in given), "")


def rules_of(config: pytest.Config) -> "Rules":
    """Read the rules; raises UsageError where one needs a baseline and there is none."""
    from pytest_mmina.gate.rules import Rules

    if config.getoption("mmina_baseline") is None:
        for name in NEED_BASELINE:
            if config.getoption(name) is not None:
                option = f"--{name.replace('_', '-')}"
                raise pytest.UsageError(f"{option} compares with a baseline: give --mmina-baseline FILE")
    names = set(Rules.model_fields)
    given = {name: config.getoption(f"mmina_{name}") for name in names}
    return Rules(**{name: value for name, value in given.items() if value is not None})


def baseline_of(config: pytest.Config) -> "Baseline | None":
    """Read the baseline that was asked for; raises UsageError."""
    named: Path | None = config.getoption("mmina_baseline")
    if named is None:
        return None
    from pytest_mmina.gate.baseline import BaselineError, read_baseline

    try:
        return read_baseline(config.invocation_params.dir / named)
    except BaselineError as error:
        raise pytest.UsageError(f"--mmina-baseline: {error}") from None


def selected_away(config: pytest.Config, baseline: "Baseline", *, deselected: frozenset[str]) -> frozenset[str]:
    """The tasks of a baseline that the user's selection leaves out: by `-k` and the like, or by the paths given."""
    base = config.rootpath
    named = config.args_source is pytest.Config.ArgsSource.ARGS
    places = [Path(config.invocation_params.dir / argument.split("::")[0]).resolve() for argument in config.args]
    # --lf and --sw do not even open the files in which nothing failed.
    skips_files = any(getattr(config.option, name, False) for name in ("lf", "last_failed", "stepwise"))

    def is_elsewhere(file: str) -> bool:
        place = (base / file).resolve()
        return named and bool(file) and not any(place == path or path in place.parents for path in places)

    return frozenset(
        task
        for task, counts in baseline.tasks.items()
        if task in deselected
        or is_elsewhere(counts.file)
        or (skips_files and counts.file and (base / counts.file).exists())
    )


def fixtures_fingerprint(folders: list[Path]) -> str:
    """Twelve digits that change with any file of the sites."""
    digest = sha256()
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                digest.update(file.relative_to(folder).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


def _reader(function: str) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        from pytest_mmina.gate import rules

        try:
            return getattr(rules, function)(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


_rates, _drops = _reader("read_rates"), _reader("read_drops")


def _level(text: str) -> float:
    return _checked(text, float, lambda number: 0 < number < 1, "a level between 0 and 1, such as 0.05")


def _whole(text: str) -> int:
    return _checked(text, int, lambda number: number >= 0, "a whole number from 0")


def _checked(text: str, kind: Callable[[str], Value], is_allowed: Callable[[Value], bool], wanted: str) -> Value:
    try:
        value = kind(text)
        if is_allowed(value):
            return value
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")
