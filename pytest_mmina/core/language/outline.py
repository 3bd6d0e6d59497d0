"""Read the elements in the text of an observation: roles, accessible names, references."""

import json
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple


class Element(NamedTuple):
    """One line of an observation: `depth` is the level of nesting, `text` is the text after the colon."""

    role: str
    name: str
    ref: str
    text: str
    depth: int
    attributes: tuple[str, ...] = ()


_LINE = re.compile(r"(?P<indent> *)- (?P<rest>.*)")
_ELEMENT = re.compile(
    r'(?P<role>/?[a-z]+)(?: (?P<name>"(?:[^"\\]|\\.)*"))?(?P<attributes>(?: \[[^\]]*\])*)(?:: ?(?P<text>.*))?'
)
_ATTRIBUTE = re.compile(r"\[([^\]]*)\]")


def read_outline(text: str) -> Iterator[Element]:
    """Yield the elements of an observation in document order; other lines are ignored."""
    # Not splitlines(): Playwright separates elements with "\n" only, and a name may contain other line separators.
    for line in text.split("\n"):
        match = _LINE.fullmatch(line)
        element = _ELEMENT.fullmatch(_unquoted_key(match["rest"])) if match else None
        if match is None or element is None:
            continue
        attributes = tuple(_ATTRIBUTE.findall(element["attributes"] or ""))
        ref = next((value.removeprefix("ref=") for value in attributes if value.startswith("ref=")), "")
        yield Element(
            role=element["role"],
            name=json.loads(element["name"]) if element["name"] else "",
            ref=ref,
            text=_unquoted_text(element["text"] or ""),
            depth=len(match["indent"]) // 2,
            attributes=attributes,
        )


def find_elements(elements: Sequence[Element], *, role: str, name: str) -> list[Element]:
    """Return the elements with a reference and exactly this role and accessible name (white space is ignored)."""
    wanted = " ".join(name.split())
    return [element for element in elements if element.ref and element.role == role and element.name == wanted]


def _unquoted_key(rest: str) -> str:
    # YAML puts a key that contains a colon or a quote into single quotes, and doubles the single quotes inside.
    if not rest.startswith("'"):
        return rest
    quoted = re.match(r"'((?:[^']|'')*)'(.*)", rest)
    return quoted.group(1).replace("''", "'") + quoted.group(2) if quoted else rest


def _unquoted_text(text: str) -> str:
    if text.startswith('"') and text.endswith('"') and len(text) >= 2:
        try:
            return str(json.loads(text))
        except ValueError:
            return text
    return text
