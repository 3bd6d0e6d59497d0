"""The versions of stored files: `mmina-session/1` is version 1 of the format `mmina-session`."""

import json

UPDATE = "a newer pytest-mmina has written it: update pytest-mmina"
"""The problem and the remedy for a file of a version that is not known yet."""


def is_newer(content: bytes | str, known: str) -> bool:
    """Whether a JSON document names a later version of the format `known`; a document without one is older."""
    try:
        document = json.loads(content)
    except ValueError:
        return False
    given = document.get("format") if isinstance(document, dict) else None
    name, _, version = known.partition("/")
    if not isinstance(given, str) or not given.startswith(f"{name}/"):
        return False
    number = given.removeprefix(f"{name}/")
    return number.isascii() and number.isdigit() and len(number) < 10 and int(number) > int(version)
