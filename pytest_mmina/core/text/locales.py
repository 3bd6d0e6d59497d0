"""How a locale writes decimal numbers and dates. The tables are our own: the locale of the machine has no say."""

import re
from typing import Literal

DEFAULT_LOCALE = "en-US"

_LOCALE = re.compile(r"(?P<language>[a-z]{2,3})(?:[-_](?P<region>[A-Z]{2}))?")
_COMMA_LANGUAGES = """
    af az be bg bs ca cs da de el es et eu fi fo fr gl hr hu hy id is it ka kk lt lv mk nb nl nn no pl pt ro
    ru sk sl sq sr sv tr uk uz vi
"""
_DECIMAL_COMMA = frozenset(_COMMA_LANGUAGES.split())
_POINT_LANGUAGES = """
    am ar bn cy en fa fil ga gu he hi ja km kn ko ml mr ms mt pa si sw ta te th ur zh zu
"""
_DECIMAL_POINT = frozenset(_POINT_LANGUAGES.split())
# Regions that write numbers otherwise than their language does elsewhere (CLDR).
_POINT_REGIONS = frozenset({"CH", "LI", "MX", "GT", "HN", "NI", "PA", "PE", "SV", "DO", "PR", "US"})
_COMMA_REGIONS = frozenset(
    {("en", "ZA"), ("en", "DE"), ("en", "AT"), ("en", "DK"), ("en", "FI"), ("en", "NL"), ("en", "SE")}
)
_YEAR_FIRST = frozenset(["eu", "fa", "hu", "ja", "ko", "lt", "zh"])


def problem_of_locale(locale: str) -> str:
    """Return why a locale such as `en-US` or `de` cannot be used; the empty text if it can."""
    match = _LOCALE.fullmatch(locale)
    if match is None or match["language"] not in _DECIMAL_COMMA | _DECIMAL_POINT:
        return f"{locale!r} is not a known locale: write a language and a region, e.g. 'en-US', 'en-GB' or 'de-DE'"
    return ""


def has_decimal_comma(locale: str) -> bool:
    """Return whether a locale writes 1.234,56, and not 1,234.56."""
    language, _, region = locale.replace("_", "-").partition("-")
    if language not in _DECIMAL_COMMA:
        return (language, region) in _COMMA_REGIONS
    return region not in _POINT_REGIONS


def date_order(locale: str) -> Literal["month first", "day first", "year first"]:
    """Return the order in which a locale writes 3/2/22. Without a region, English is American."""
    language, _, region = locale.replace("_", "-").partition("-")
    if language in _YEAR_FIRST:
        return "year first"
    return "month first" if region == "US" or (language == "en" and not region) else "day first"
