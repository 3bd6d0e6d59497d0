"""The rules of the gate as arguments of a command line, for pytest and for `mmina gate`, without slow imports."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, get_args

from pytest_mmina.core.choices import Regressions
from pytest_mmina.core.numbers import level, whole_number


def _reader(function: str) -> Callable[[str], Any]:
    def read(text: str) -> Any:
        from pytest_mmina.gate import rules

        try:
            return getattr(rules, function)(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


_RATES = "[RATE,][SUBSET=RATE,...]"

ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "min-hop-rate": {
        "metavar": _RATES,
        "type": _reader("read_rates"),
        "help": "the minimum hop success rate, from 0 to 1; also by subset: 0.5,multi567=0.4",
    },
    "min-task-rate": {
        "metavar": _RATES,
        "type": _reader("read_rates"),
        "help": "the minimum task success rate, from 0 to 1; also by subset",
    },
    "baseline": {
        "metavar": "FILE",
        "help": "compare with the counts in this file, a baseline or a history, task by task; "
        "git:REF:PATH is a file as it is where this branch "
        "started from REF, https://... is downloaded",
    },
    "max-drop": {
        "metavar": "hop=RATE,task=RATE",
        "type": _reader("read_drops"),
        "help": "how far a rate can fall below the rate in the baseline",
    },
    "max-rise": {
        "metavar": "MEASURE=RATE,...",
        "type": _reader("read_costs"),
        "help": "how far the mean cost, tokens, steps or seconds of an episode can rise above the baseline's if chance "
        "does not explain it, e.g. cost=0.2,steps=0.1 for 20 %% and 10 %%; p95-seconds=0.3 for the 95th percentile",
    },
    "max-per-episode": {
        "metavar": "MEASURE=NUMBER,...",
        "type": _reader("read_costs"),
        "help": "the maximum of the mean cost (US dollars), tokens, steps or seconds of an episode, or with p95- of "
        "the 95th percentile, e.g. cost=0.05,p95-seconds=120",
    },
    "regressions": {
        "choices": get_args(Regressions),
        "help": "which tasks close the gate if they are solved less often than in the baseline (default: significant)",
    },
    "alpha": {
        "metavar": "LEVEL[/MERGES]",
        "type": _reader("read_budget"),
        "help": "how often the gate can take an unchanged agent for a worse one (default: 0.05); 0.05/20 is at least "
        "once in 20 merges",
    },
    "drift": {
        "metavar": "LEVEL",
        "type": level,
        "help": "close the gate if the sessions of the history became worse one by one, at this rate of false alarms, "
        "e.g. 0.01",
    },
    "must-pass": {
        "metavar": "PATTERN",
        "action": "append",
        "help": "tasks that must be solved in every trial, e.g. 'shopping/*'; can be repeated",
    },
    "max-violations": {
        "metavar": "N",
        "type": whole_number,
        "help": "how many episodes can break a constraint of their task (default: not more than in the baseline, and "
        "none without a baseline)",
    },
    "max-errored": {
        "metavar": "N",
        "type": whole_number,
        "help": "how many episodes can end with an error (default: 0)",
    },
    "allow-new": {
        "metavar": "N",
        "type": whole_number,
        "help": "how many tasks can be missing in the baseline (default: 0)",
    },
    "allow-skipped": {
        "metavar": "N",
        "type": whole_number,
        "help": "how many tasks can be skipped for a reason that is neither a mark nor a site set to none, such as a "
        "missing login or a skip in a fixture; tasks of the baseline never can (default: 0)",
    },
    "allow-changed": {
        "metavar": "N",
        "type": whole_number,
        "help": "how many tasks can ask for something else than in the baseline, and so are not compared (default: 0)",
    },
    "require-power": {
        "action": "store_const",
        "const": True,
        "help": "close the gate if no result of this session could have closed it",
    },
    "exceptions": {
        "metavar": "FILE",
        "type": Path,
        "help": "a TOML file with flaky tasks, which decide nothing until a date, and accepted regressions, which are "
        "not compared until a new baseline is saved",
    },
}
"""The arguments by name. None has a default, so that `None` means that it was not given."""

_FILES = ("baseline", "exceptions")
NEED_BASELINE = ("max-drop", "max-rise", "regressions", "alpha", "drift", "allow-new", "allow-changed")


def rules_given(option: Callable[[str], Any], *, prefix: str, has_control: bool = False) -> dict[str, Any]:
    """Return the given arguments by the fields of Rules. Raises ValueError if a rule needs a baseline.

    A control is a baseline. `option` returns the value of an argument by its name. `prefix` is the prefix of the names
    on this command line.
    """
    given = {name: option(name) for name in ARGUMENTS}
    if given["baseline"] is None and not has_control:
        for name in NEED_BASELINE:
            if given[name] is not None:
                raise ValueError(f"{prefix}{name} compares with a baseline: give {prefix}baseline FILE")
    found = {name.replace("-", "_"): value for name, value in given.items() if value is not None and name not in _FILES}
    if (budget := found.get("alpha")) is not None:
        found |= {"alpha": budget.alpha, "merges": budget.merges}
    return found
