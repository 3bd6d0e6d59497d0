"""Inequalities such as `>= 3`, for texts that are a number and nothing else."""

import re
from math import isclose

_INEQUALITY = re.compile(r"\s*(<=|>=|==|<|>)\s*([-+]?\d+(?:\.\d+)?)\s*", re.ASCII)
_PLAIN_NUMBER = re.compile(r"\s*[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?\s*", re.ASCII)


def problem_of_inequality(inequality: str) -> str:
    """Return why an inequality such as `>= 3` cannot be read; ` |OR| ` separates alternatives."""
    wrong = [part for part in inequality.split("|OR|") if not _INEQUALITY.fullmatch(part)]
    return f"{wrong[0].strip()!r} is not an inequality: write e.g. '>= 3' or '== 7'" if wrong else ""


def satisfies(inequality: str, text: str) -> bool:
    """Return whether a text is a number, and nothing else, that satisfies one of the alternatives."""
    if not _PLAIN_NUMBER.fullmatch(text):
        return False
    value = float(text.replace(",", ""))
    return any(_holds(part, value) for part in inequality.split("|OR|"))


def _holds(part: str, value: float) -> bool:
    match = _INEQUALITY.fullmatch(part)
    if match is None:
        return False
    wanted = float(match[2])
    equal = isclose(value, wanted, rel_tol=1e-9, abs_tol=1e-9)
    match match[1]:
        case "<=":
            return value < wanted or equal
        case ">=":
            return value > wanted or equal
        case "==":
            return equal
        case "<":
            return value < wanted and not equal
        case _:
            return value > wanted and not equal
