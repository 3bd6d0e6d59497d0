"""The items of a list in a text: numbered, bulleted, as a JSON array, or separated in any common way."""

import json
import re

from pytest_mmina.core.text.folding import compatible, folded

_SEPARATORS = re.compile(
    r"[,;\n・|]|\bas well as\s|(?<=\s)and\s|(?<=\s)[&/]\s|(?<=\s)(?=(?:\(?\d{1,2}[.)]|\[\d{1,3}\])\s)|(?<=\s)[•·▪◦‣]\s",
    re.IGNORECASE,
)
_BULLETS = re.compile(
    r"(?:[\s.\"'*_`({]++|\[(?!\d{1,3}\])|(?:(?:the|an?|both|only|just)(?=\s\S)|[-*+•·▪◦‣]|\(?\d{1,3}[.)]|\d{1,3}:|\[\d{1,3}\]|\(?(?:[a-z]|[ivx]{1,4})[)]|#\d{1,3}|and|&)(?:\s++|$))*+"
)
_DASHED = re.compile(r"\s*[-*]\s[^\n]*$")
_LEAD = re.compile(
    r"\s*(?:(?:the|my)\s+)?(?:(?:final\s+)?answers?|items?|lists?|results?|they|these|it|those|there)(?:\s+\w+){0,4}?\s*(?:\bis\b|\bare\b|\bwere\b|\bwas\b)?\s*:\s*"
    r"|\s*(?:the\s+)?(?:(?:final\s+)?answers?|they|these|it|those|there)\s+(?:is|are|were|was)\s+",
    re.IGNORECASE,
)
_COLON_LINE = re.compile(r"[^\n:,;]{1,80}:\s*\n")
_MOST_NESTED = 100_000


def items(text: str) -> list[str]:
    """Return the items of a list, folded: `a, b and c`, `- a\\n- b`, `1) a 2) b`, `["a", "b"]`, `a、b`."""
    if (listed := _json_items(text)) is not None:
        return [item for each in listed for item in _split(each)]
    lead = _LEAD.match(text[:200]) or _COLON_LINE.match(text[:200])
    return _split(text[lead.end() :] if lead else text)


def is_same_list(reference: str, text: str) -> bool:
    """Return whether a text lists what the reference lists, in any order; words before a colon may introduce it."""
    wanted = sorted(items(reference))
    if sorted(items(text)) == wanted:
        return True
    introduction, colon, rest = text[:200].partition(":")
    introduced = bool(colon) and ":" not in reference and not _SEPARATORS.search(introduction)
    return introduced and sorted(items(rest + text[200:])) == wanted


def _split(text: str) -> list[str]:
    if _DASHED.match(text):
        text = re.sub(r"\s[-*]\s", "\n- ", text)
    whole = compatible(text.replace("、", ", ").replace("\t", ", "))
    parts = (_item(part) for part in _SEPARATORS.split(whole) if part.strip())
    return [part for part in parts if part]


def _item(part: str) -> str:
    part = folded(part)
    if "..." in part and not part.strip(" ."):
        return "..."
    bullets = _BULLETS.match(part)
    return part[bullets.end() if bullets else 0 :].rstrip(" .\"'*_`)]}")


def _json_items(text: str) -> list[str] | None:
    stripped = text.strip()
    if not (stripped.startswith("[") and stripped.endswith("]")) or len(stripped) > _MOST_NESTED:
        return None
    try:
        value = json.loads(stripped)
    except (ValueError, RecursionError):
        return stripped[1:-1].replace('"', "").split(",") if stripped.count("[") == 1 else None
    return [each if isinstance(each, str) else json.dumps(each) for each in value] if isinstance(value, list) else None
