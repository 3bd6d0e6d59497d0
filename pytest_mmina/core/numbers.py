"""Read the numbers in options, for `pytest` and for `mmina`: plain decimal digits.

A whole number consists of digits only. Other numbers may have a decimal point. Nothing else is accepted: no sign, no
exponent, no underscores, no blanks, no `nan` and no `inf`. Only a seed may be negative.
"""

import argparse
import re

# Longer than any number that a user or a program writes, and short enough to convert at once.
_LONGEST = 100
_WHOLE = re.compile(r"[0-9]+")
_DECIMAL = re.compile(r"[0-9]+\.?[0-9]*|\.[0-9]+")
_SEED = re.compile(r"[+-]?[0-9]+")


class NumberError(argparse.ArgumentTypeError, ValueError):
    """A text is not a number that the option accepts. argparse puts the name of the option before the message."""


def whole_number(text: str, *, at_least: int = 0, at_most: int | None = None, example: str = "3") -> int:
    """Read a whole number within limits; raises NumberError."""
    limits = f"from {at_least}" + (f" to {at_most}" if at_most is not None else "")
    digits = _matching(_WHOLE, text)
    if digits and at_least <= int(digits) and (at_most is None or int(digits) <= at_most):
        return int(digits)
    raise NumberError(f"{text!r} is not a whole number {limits}, such as {example}")


def count(text: str) -> int:
    """Read a whole number from 1; raises NumberError."""
    return whole_number(text, at_least=1, example="30")


def port(text: str) -> int:
    """Read a TCP port, 0 for any free port; raises NumberError."""
    return whole_number(text, at_most=65535, example="8080")


def seed(text: str) -> int:
    """Read the seed of a random generator, which may be negative; raises NumberError."""
    if digits := _matching(_SEED, text):
        return int(digits)
    raise NumberError(f"{text!r} is not a whole number, such as 1")


def seconds(text: str) -> float:
    """Read a time in seconds; raises NumberError."""
    return _above_zero(text, "a number of seconds above 0, such as 2.5")


def dollars(text: str) -> float:
    """Read an amount of US dollars; raises NumberError."""
    return _above_zero(text, "an amount of US dollars above 0, such as 0.25")


def rate(text: str) -> float:
    """Read a rate from 0 to 1; raises NumberError."""
    number = _decimal(text)
    if number is None or number > 1:
        raise NumberError(f"{text!r} is not a rate from 0 to 1 (write 0.5 for 50 %)")
    return number


def from_zero(text: str) -> float:
    """Read a number from 0; raises NumberError."""
    number = _decimal(text)
    if number is None:
        raise NumberError(f"{text!r} is not a number from 0, such as 0.2")
    return number


def level(text: str) -> float:
    """Read a significance level, between 0 and 1 and neither of them; raises NumberError."""
    number = _decimal(text)
    if number is None or not 0 < number < 1:
        raise NumberError(f"{text!r} is not a level between 0 and 1, such as 0.05")
    return number


def _above_zero(text: str, wanted: str) -> float:
    number = _decimal(text)
    if not number:
        raise NumberError(f"{text!r} is not {wanted}")
    return number


def _decimal(text: str) -> float | None:
    digits = _matching(_DECIMAL, text)
    return float(digits) if digits else None


def _matching(pattern: re.Pattern[str], text: str) -> str:
    """Return the text if it is a number; otherwise an empty text."""
    return text if len(text) <= _LONGEST and pattern.fullmatch(text) else ""
