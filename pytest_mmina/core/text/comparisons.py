"""Compare two texts: as text, word by word, as numbers, as dates or as lists. These functions never raise."""

import re
from datetime import date
from math import isclose
from typing import Literal, NamedTuple, assert_never

Comparison = Literal["text", "words", "number", "date", "list"]

_WORD = re.compile(r"\w+(?:[.,:'’/_-]\w+)*")
_SEPARATORS = re.compile(r"[,;\n]|\s+and\s+|\s*&\s*|^\s*[-*•]\s+", re.MULTILINE)
_BULLET = re.compile(r"^[-*•]\s+")
_NUMBER = re.compile(
    r"(?P<before>us\$|[$€£¥]|\b[a-z]{3}\b)?\s?"
    r"(?<![\w.])(?P<sign>[-+−])?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d{1,2}(?!\d)|\.\d+)?|\.\d+)"
    r"(?P<scale>k\b|\s?(?:thousand|million|billion)\b)?\s?(?P<after>[$€£¥%″°]|[a-z]+)?"
)
_SCALES = {"k": 1e3, "thousand": 1e3, "million": 1e6, "billion": 1e9}

_UNITS = {
    "usd": ("usd us$ $ dollar dollars", 1), "eur": ("eur € euro euros", 1), "gbp": ("gbp £", 1),
    "jpy": ("jpy ¥ yen", 1), "sgd": ("sgd", 1), "percent": ("% percent", 1),
    "mm": ("mm millimetre millimetres millimeter millimeters", 0.001),
    "cm": ("cm centimetre centimetres centimeter centimeters", 0.01),
    "m": ("m metre metres meter meters", 1), "km": ("km kilometre kilometres kilometer kilometers", 1000),
    "in": ("inch inches ″", 0.0254), "ft": ("ft foot feet", 0.3048), "mi": ("mi mile miles", 1609.344),
    "g": ("g gram grams", 1), "kg": ("kg kilogram kilograms", 1000), "oz": ("oz ounce ounces", 28.349523125),
    "lb": ("lb lbs", 453.59237), "s": ("s sec secs second seconds", 1), "min": ("min mins minute minutes", 60),
    "h": ("h hr hrs hour hours", 3600), "d": ("day days", 86400),
    "ml": ("ml millilitre millilitres milliliter milliliters", 0.001), "l": ("l litre litres liter liters", 1),
    "mb": ("mb", 1), "gb": ("gb", 1000), "tb": ("tb", 1_000_000),
}  # fmt: skip
_DIMENSIONS = {
    "length": "mm cm m km in ft mi", "mass": "g kg oz lb", "time": "s min h d", "volume": "ml l", "data": "mb gb tb",
}  # fmt: skip
_DIMENSION_OF = {unit: name for name, units in _DIMENSIONS.items() for unit in units.split()}
_ALIASES = {alias: unit for unit, (aliases, _) in _UNITS.items() for alias in aliases.split()}

_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_MONTH = "|".join("sep(?:t(?:ember)?)?" if name == "september" else f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS)
_DATES = (
    re.compile(r"(?<!\d)(?P<year>\d{4})[-/](?P<month>\d{1,2})[-/](?P<day>\d{1,2})(?!\d)"),
    re.compile(r"(?<![\d/])(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4}|\d{2})(?![\d/])"),
    re.compile(r"(?<!\d)(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})(?!\d)"),
    re.compile(rf"\b(?P<month>{_MONTH})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>\d{{4}})\b"),
    re.compile(rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{_MONTH})\.?,?\s+(?P<year>\d{{4}})\b"),
)


class Quantity(NamedTuple):
    """A number and its unit, which is empty if the text has no known unit."""

    value: float
    unit: str


def folded(text: str) -> str:
    """Return the form in which texts are compared: lower case, with single spaces."""
    return " ".join(text.split()).lower()


def is_same(comparison: Comparison, reference: str, text: str) -> bool:
    """Return whether a whole text equals the reference."""
    match comparison:
        case "words":
            return words(text) == words(reference)
        case "number":
            found, wanted = quantities(text), quantities(reference)
            return len(found) == len(wanted) == 1 and _is_alike(wanted[0], found[0])
        case "date":
            return dates(text) == dates(reference) != []
        case "list":
            return sorted(items(text)) == sorted(items(reference))
        case "text":
            return folded(text) == folded(reference)
        case _:
            assert_never(comparison)


def is_part(comparison: Comparison, reference: str, text: str) -> bool:
    """Return whether a text contains the reference."""
    match comparison:
        case "words":
            part, whole = words(reference), words(text)
            return any(whole[start : start + len(part)] == part for start in range(len(whole) - len(part) + 1))
        case "number":
            found = quantities(text)
            return all(any(_is_alike(wanted, one) for one in found) for wanted in quantities(reference))
        case "date":
            return set(dates(reference)) <= set(dates(text))
        case "list":
            return set(items(reference)) <= set(items(text))
        case "text":
            return folded(reference) in folded(text)
        case _:
            assert_never(comparison)


def problem_of_reference(comparison: Comparison, reference: str) -> str:
    """Return why a reference cannot be compared in this way; the empty text if it can."""
    match comparison:
        case "text":
            return ""
        case "words":
            found, wanted = bool(words(reference)), "word"
        case "number":
            found, wanted = bool(quantities(reference)), "number"
        case "date":
            found, wanted = bool(dates(reference)), "date"
        case "list":
            found, wanted = bool(items(reference)), "list"
        case _:
            assert_never(comparison)
    return "" if found else f"{reference!r} contains no {wanted} to compare by"


def words(text: str) -> list[str]:
    """Return the words of a text in lower case; `8.5`, `3:03`, `n/a` and `well-known` are one word each."""
    return _WORD.findall(text.lower())


def items(text: str) -> list[str]:
    """Return the items of a list, separated by commas, semicolons, line breaks, bullets, `and` or `&`."""
    parts = (_item(part) for part in _SEPARATORS.split(text))
    return [part for part in parts if part]


def _item(part: str) -> str:
    # A bullet may follow another one, or a full stop.
    while (item := _BULLET.sub("", folded(part).strip(" ."))) != part:
        part = item
    return part


def quantities(text: str) -> list[Quantity]:
    """Return the numbers in a text with their units: `$1,234.50`, `103K`, `1.2 km`, `USD 45`, `12 %`."""
    return [_quantity(match) for match in _NUMBER.finditer(text.lower())]


def dates(text: str) -> list[date]:
    """Return the dates in a text: `2022-03-02`, `3/2/22` (month first), `2.3.2022`, `March 2nd, 2022`, `2 Mar 2022`."""
    found = []
    lowered = text.lower()
    for pattern in _DATES:
        for match in pattern.finditer(lowered):
            month = match["month"]
            number = int(month) if month.isdigit() else [name[:3] for name in _MONTHS].index(month[:3]) + 1
            year = int(match["year"]) + (2000 if len(match["year"]) == 2 else 0)
            try:
                found.append((match.start(), date(year, number, int(match["day"]))))
            except ValueError:
                continue
    return [day for _, day in sorted(found)]


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


def _quantity(match: re.Match[str]) -> Quantity:
    digits = match["digits"]
    # A comma before one or two digits is a decimal comma: many countries write 12,50 €.
    digits = re.sub(r",(\d{1,2})$", r".\1", digits).replace(",", "")
    value = float(digits) * _SCALES.get((match["scale"] or "").strip(), 1)
    unit = _ALIASES.get(match["before"] or "") or _ALIASES.get(match["after"] or "", "")
    return Quantity(-value if match["sign"] in ("-", "−") else value, unit)


def _is_alike(wanted: Quantity, found: Quantity) -> bool:
    # A number without a unit is read in the unit of the other one: the question has usually named it.
    if wanted.unit and found.unit:
        if _DIMENSION_OF.get(wanted.unit, wanted.unit) != _DIMENSION_OF.get(found.unit, found.unit):
            return False
        factor = _UNITS[found.unit][1] / _UNITS[wanted.unit][1]
        return isclose(wanted.value, found.value * factor, rel_tol=1e-9, abs_tol=1e-9)
    return isclose(wanted.value, found.value, rel_tol=1e-9, abs_tol=1e-9)
