"""The text of a file whose encoding nobody states."""

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
# Tabs, line breaks and form feeds are part of texts, and Ctrl-Z ended them once. Other control characters are not.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x19\x1b-\x1f]")
_BEGIN = 4096


def decoded(data: bytes) -> str | None:
    """Return the text of a file without its byte order mark; None if it is not a text.

    Without a mark, it is UTF-8 if it can be, or else UTF-16 if every other byte is empty, or else Windows' Latin-1.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _as_text(data, encoding)
    if b"\0" in data[:_BEGIN]:
        return _as_text(data, _wide_encoding(data)) if _wide_encoding(data) else None
    for encoding in ("utf-8", "cp1252", "latin-1"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _CONTROL.search(text[:_BEGIN]) else text
    raise AssertionError("every byte has a character in Latin-1")


def _as_text(data: bytes, encoding: str) -> str | None:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text[:_BEGIN]) else text


def _wide_encoding(data: bytes) -> str:
    """Return the encoding of a text whose characters have two bytes, of which one is empty as a rule."""
    begin = data[:_BEGIN]
    even, odd = begin[::2].count(0), begin[1::2].count(0)
    if odd > len(begin) * 0.35 and not even:
        return "utf-16-le"
    if even > len(begin) * 0.35 and not odd:
        return "utf-16-be"
    return ""
