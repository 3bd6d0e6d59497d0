"""Cutting texts that messages quote: pages and agents may send any length."""


def shortened(text: str, limit: int = 120) -> str:
    """Return the text, cut to `limit` characters with an ellipsis if it is longer."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def one_line(text: str, limit: int) -> str:
    """Return the text on one line, with single blanks, cut to `limit` characters."""
    return shortened(" ".join(text.split()), limit)
