"""Every option that takes a number reads it in the same way, on the command lines of pytest and of `mmina`."""

import argparse
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from _pytest.config.argparsing import Parser

from pytest_mmina.agents.load import load_agent
from pytest_mmina.commands.main import main
from pytest_mmina.core.errors import AgentSpecError
from pytest_mmina.plugin.options import add_options

# Each holds a number where some option may want one, and only what a number may stand in besides.
_FRAMES = ("{}", "hop={}", "1/{}")
_NOT_PLAIN = (
    "1e3", "1E0", "1_0", "0_1", "0x1", "+1", "-1", "", "one", "nan", "inf", "-inf", "Infinity", "1.0.0", "1" * 101,
    "\u0661", "\uff11", "\u00bd", "1%", "9" * 400, "0." + "9" * 400,
)  # fmt: skip
# In a list, a comma divides numbers, and blanks may stand beside it.
_NOT_ALONE = (" 1", "1 ", "1\n", "1,5")


class Option(NamedTuple):
    """An option that takes a number: its name, its reader, and what stands around the number."""

    name: str
    read: Callable[[str], Any]
    frame: str
    takes_decimals: bool
    is_list: bool


def readers() -> Iterator[tuple[str, Callable[[str], Any]]]:
    """All options that read their value, with their names."""
    pytests = Parser(_ispytest=True)
    add_options(pytests)
    for option in pytests.getgroup("mmina").options:
        read = option.attrs().get("type")
        if read is not None:
            yield option.names()[0], read
    for command, parser in commands():
        for action in parser._actions:
            if action.type is not None:
                assert callable(action.type)
                yield f"mmina {command} {action.option_strings or action.dest}", action.type


def commands() -> list[tuple[str, argparse.ArgumentParser]]:
    """The commands of `mmina`."""
    found: list[tuple[str, argparse.ArgumentParser]] = []

    def keep(parser: argparse.ArgumentParser, *_: object) -> None:
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                found.extend(action.choices.items())
        raise SystemExit

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(argparse.ArgumentParser, "parse_args", keep)
        with pytest.raises(SystemExit):
            main([])
    return found


def value_of(read: Callable[[str], Any], text: str) -> Any:
    try:
        return read(text)
    except (ValueError, argparse.ArgumentTypeError):
        return None


def is_number(value: object) -> bool:
    """Whether an option has read a number, or some."""
    if isinstance(value, dict):
        return any(map(is_number, value.values()))
    if isinstance(value, tuple):
        return any(map(is_number, value))
    return isinstance(value, int | float) and not isinstance(value, bool)


def number_options() -> list[Option]:
    """The options that take a number, found by what they make of one."""
    found = []
    for name, read in readers():
        for frame in _FRAMES:
            values = {text: value_of(read, frame.format(text)) for text in ("1", "0.5")}
            if any(map(is_number, values.values())):
                is_list = any(isinstance(value, dict) or type(value) is tuple for value in values.values())
                found.append(Option(name, read, frame, is_number(values["0.5"]), is_list))
                break
    return found


OPTIONS = number_options()


def test_the_options_are_found() -> None:
    names = {option.name.removeprefix("--mmina-") for option in OPTIONS}
    assert names >= {"trials", "max-steps", "settle", "max-tokens", "max-cost", "budget", "memory", "alpha", "shard"}
    assert names >= {"min-hop-rate", "max-drop", "max-errored", "mmina gate ['--alpha']", "mmina serve ['--port']"}


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_what_is_no_plain_number(option: Option) -> None:
    whole = () if option.takes_decimals else ("0.5", "1.0", ".5")
    for text in (*_NOT_PLAIN, *whole, *(() if option.is_list else _NOT_ALONE)):
        written = option.frame.format(text)
        # argparse shows the words of this error alone, after the name of the option.
        with pytest.raises(argparse.ArgumentTypeError, match=r", such as |write ") as refusal:
            option.read(written)
        assert repr(text) in str(refusal.value) or repr(written) in str(refusal.value)


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_what_is_a_plain_number(option: Option) -> None:
    # Python and JSON write a rate with up to 17 digits.
    texts = ("0.5", ".5", "0.05", "0.6666666666666666") if option.takes_decimals else ("1", "01")
    assert all(is_number(option.read(option.frame.format(text))) for text in texts)


def test_the_seed_of_an_agent_is_a_plain_number_too() -> None:
    for text in _NOT_PLAIN:
        if text not in ("+1", "-1"):
            with pytest.raises(AgentSpecError):
                load_agent(f"random:{text}")
    for text in ("0", "-1", "1753000000000000000"):
        load_agent(f"random:{text}")


@pytest.mark.parametrize("option", ["trials=1e3", "max-tokens=1e3", "max-errored=1_000", "settle=1e3", "alpha=5e-2"])
def test_the_message_names_the_option_and_the_value(pytester: pytest.Pytester, option: str) -> None:
    name, _, value = option.partition("=")
    result = pytester.runpytest(f"--mmina-{option}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*--mmina-{name}: '{value}' is not a*, such as *"])
