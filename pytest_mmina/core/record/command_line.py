"""The command line in the form in which it is stored: without secrets, and without the name of the home folder."""

import re
import shlex
from collections.abc import Sequence
from urllib.parse import urlsplit

from pytest_mmina.core.secrets import REMOVED, Secrets, is_named_like_a_secret

_OPTION = re.compile(r"--?([\w.-]+)(?:=(.*))?", re.DOTALL)
_SETTING = re.compile(r"([\w.-]+)(\s*[=:]\s*)(.+)", re.DOTALL)
_MEMBER = re.compile(r"""(["'])([\w.-]+)\1(\s*:\s*)(["'])(?:(?!\4).)*\4""", re.DOTALL)
_USER = re.compile(r"(?<=://)[^/?#\s]+@")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)


def stored_command(program: str, arguments: Sequence[str], *, secrets: Secrets, home: str) -> str:
    """Return the command as one would type it in a shell, without secrets.

    These are removed: `secrets`; the values of options, settings and JSON members that are named like a key or a
    password; in URLs, user, password, query and fragment. A path in the folder `home` is shortened to `~/...`.
    """
    words = [program]
    value_is_secret = False
    for argument in arguments:
        option = _OPTION.fullmatch(argument)
        if option is None:
            words.append(REMOVED if value_is_secret else cleaned(argument, secrets, home))
            value_is_secret = False
            continue
        name, value = option.groups()
        # The plugin's own options contain no keys, and the tokens of `--mmina-max-tokens` are no secrets.
        is_secret = not name.startswith("mmina") and is_named_like_a_secret(name)
        value_is_secret = is_secret and value is None
        if value is None:
            words.append(secrets.removed_from(argument))
        else:
            dashed = argument[: argument.index("=") + 1]
            words.append(dashed + (REMOVED if is_secret else cleaned(value, secrets, home)))
    # `[` and `~` need no quotes: `[secret]` is for readers only, and a shell does not expand a quoted `~`.
    return " ".join(word if re.fullmatch(r"[\w@%+=:,./~\[\]-]+", word) else shlex.quote(word) for word in words)


def without_home(path: str, home: str) -> str:
    """Return a path in the form in which it is stored: `~/...` if it lies in the folder `home`."""
    return re.sub(rf"{re.escape(home.rstrip('/'))}(?=/|$|:)", "~", path) if home.strip("/") else path


def cleaned(text: str, secrets: Secrets, home: str) -> str:
    """Return the value of an option without secrets, and with `~` for the folder `home`."""
    text = secrets.removed_from(text)
    setting = _SETTING.fullmatch(text)
    if setting is not None and is_named_like_a_secret(setting[1]):
        return f"{setting[1]}{setting[2]}{REMOVED}"
    text = _MEMBER.sub(_member, text)
    text = _ADDRESS.sub(lambda found: stored_address(found[0]), text)
    return without_home(text, home)


def _member(found: re.Match[str]) -> str:
    quote, name, colon, value_quote = found.groups()
    is_secret = is_named_like_a_secret(name)
    return f"{quote}{name}{quote}{colon}{value_quote}{REMOVED}{value_quote}" if is_secret else found[0]


def stored_address(url: str) -> str:
    """Return a URL in the form in which it is stored: without user, password, query and fragment."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return REMOVED
    kept = _USER.sub(f"{REMOVED}@", url)
    for mark, inside in (("#", parts.fragment), ("?", parts.query)):
        if inside:
            kept = f"{kept.partition(mark)[0]}{mark}{REMOVED}"
    return kept
