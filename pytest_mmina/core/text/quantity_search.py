"""Find the quantities in a text: numbers with the scale, the unit and the currency that belong to them."""

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice

from pytest_mmina.core.text.folding import searchable
from pytest_mmina.core.text.locales import DEFAULT_LOCALE
from pytest_mmina.core.text.number_words import SCALE_WORDS
from pytest_mmina.core.text.numerals import Numeral, numerals
from pytest_mmina.core.text.quantities import Quantity, Reading
from pytest_mmina.core.text.units import (
    Unit,
    UnitText,
    currency_named,
    is_temperature,
    minute_units,
    unit_at,
    units_named,
    with_rate,
)

MOST_QUANTITIES = 5_000
"""How many quantities of a text are read at most: a page of a megabyte is judged in a fraction of a second."""

_SHORT_SCALES = {
    "k": 10**3, "K": 10**3, "M": 10**6, "m": 10**6, "mn": 10**6, "mln": 10**6, "mio": 10**6, "B": 10**9, "b": 10**9,
    "bn": 10**9, "bln": 10**9, "mrd": 10**9, "T": 10**12, "tn": 10**12, "hundred": 100, "grand": 1000,
}  # fmt: skip
_SCALE = re.compile(
    rf"(?P<blank>[ -]?)(?P<scale>{'|'.join(SCALE_WORDS)}|hundred|grand|bn|bln|mn|mln|mio|mrd|tn|[kmbt])s?(?![^\W_])",
    re.IGNORECASE,
)
_SIGN = r"[$\u00a2-\u00a5\u058f\u060b\u09f2\u09f3\u0e3f\u17db\u20a0-\u20cf]"
_CURRENCY = rf"[A-Za-z]{{1,4}}\$|{_SIGN}|[A-Z]{{3}}(?:[ ]?{_SIGN})?|Rs\.?|[Kk]r\.?|Fr\.?|RM|Rp|TL|R"
_BEFORE = re.compile(
    rf"(?:(?<![\w.])(?P<sign>[-+])?(?P<currency>{_CURRENCY})[ ]?(?P<inner>[-+])?"
    r"|(?<![\w)%.])(?P<bare>[-+])|(?<!\w)(?P<word>minus|negative)[ ])$"
)
_LETTERS = re.compile(r"[^\W\d_]+")
_LABEL = re.compile(
    r"(?:\b(?:order|room|page|gate|flight|step|item|id|question|chapter)[ ](?:number[ ]|no\.?[ ])?#?|#)$", re.IGNORECASE
)
_NOUN = re.compile(r"[ -]([^\W\d_]{2,}(?:'s)?)")
_AND_A_PART = re.compile(r"[ ]and[ ](?:a|one)[ ](half|quarter)\b", re.IGNORECASE)
_JOINT = re.compile(r"\.?(?:,?[ ](?:and|&)[ ]|,[ ]|[ ]?)")
_EMPHASIS = re.compile(r"(?<!\w)_++|(?<=[^\W_])_++(?!\w)")
_RATING = re.compile(
    r"(?<=\d)(?:[ ]out[ ]of[ ](?:\d+(?![\d.,]*\d)|five|ten|[a-z]{1,6}teen|twenty)\b|(?<=\.\d)/(?:5|10)(?![\d/]))",
    re.IGNORECASE,
)
_OF_A = re.compile(r"[ ](?:of[ ])?an?[ ](?=[^\W\d_])", re.IGNORECASE)
_NATIONS = {
    "canadian": "CAD", "CDN": "CAD", "CAN": "CAD", "australian": "AUD", "AUS": "AUD", "american": "USD", "US": "USD",
    "mexican": "MXN", "swiss": "CHF", "singapore": "SGD", "hong kong": "HKD", "new zealand": "NZD", "british": "GBP",
}  # fmt: skip
_NATION = re.compile(rf"[ ](?:(?P<name>(?i:{'|'.join(filter(str.islower, _NATIONS))}))|(?P<code>CDN|CAN|AUS|US))\b")
_SMALLER = {"hours": ("min", 60), "feet": ("in", 12)}
_CLOCK_OF_DAY = re.compile(r"\b(?:at|until|till|from|to|by|before|after|since)[ ]$", re.IGNORECASE)
_AFTER_IN = re.compile(r"[ ]?(?:$|[.,;:)\n]|x\b|×|by\b)")
_SQUEEZED = re.compile(r"(?<![\w.])(\d{1,3})[ ]?h[ ]?(\d{1,2})[ ]?(?:m|mins?)?(?!\w|\.\d|[ ]?s(?:ec(?:ond)?s?)?\b)")
_BELOW_ZERO = re.compile(r"[ ](?:(?:below|under)[ ](?:zero|0)(?![\w.,]\d|\w)|below(?=[ ]?[.!)\"']*$))", re.IGNORECASE)
_FEET = re.compile(r"(?<![\w'.])(\d{1,3})'[ ]?(\d{1,2})\"")
_ATTACHED_CODE = re.compile(r"(?<![A-Za-z])(?:(?:[A-Z]{3}|Rs|kr|RM|Rp)(?=\d)|R(?=\d[\d,]*\.\d\d(?!\w)))")
_NO_UNIT_TEXT = """
    a about according ago all already also altogether am an and answer approximately apart are as at away be
    because before but by can correct costs deep each either else even ever exactly far for from given has
    have here high however if in including inclusive is it its just less long longer maybe more not now of
    off old on only or out over overall per perhaps plus precisely respectively right since so tall that the
    their then there these they this those though thus to today total under until was were when where which
    while who wide will with within without would wrong you your
"""
_NO_UNIT = frozenset(_NO_UNIT_TEXT.split())
_MINUTE = Fraction(60)
_MOST_DESCRIBED = 2


def quantities(text: str, *, locale: str = DEFAULT_LOCALE) -> list[Quantity]:
    """Return the quantities in a text, the first `MOST_QUANTITIES`: `$1,234.50`, `103K`, `1 h 35 min`, `12 %`."""
    return quantities_in(readable(text), locale=locale)


def readable(text: str) -> str:
    """Return the form of a text in which quantities are found; places in it are those of `Quantity.start`."""
    text = searchable(text)
    text = _SQUEEZED.sub(r"\1 h \2 min", text)
    text = _EMPHASIS.sub(" ", text)
    text = _RATING.sub("", text)
    text = _FEET.sub(r"\1 ft \2 in", text)
    return _ATTACHED_CODE.sub(lambda code: code[0] + " " * bool(currency_named(code[0])), text)


def quantities_in(text: str, *, locale: str) -> list[Quantity]:
    """Return the quantities in a readable text."""
    found: list[Quantity] = []
    for quantity in islice(_single(text, locale), MOST_QUANTITIES):
        if found and (joined := _joined(found[-1], quantity, text)):
            found[-1] = joined
        else:
            found.append(quantity)
    return found if all(each.weak for each in found) else [each for each in found if not each.weak]


def _single(text: str, locale: str) -> Iterator[Quantity]:
    taken = 0
    for numeral in numerals(text, locale=locale):
        if numeral.start < taken:
            continue
        quantity = _quantity(text, numeral, taken)
        if quantity is not None:
            taken = quantity.end if quantity.end > numeral.end else numeral.start
            yield quantity


def _quantity(text: str, numeral: Numeral, taken: int) -> Quantity | None:
    start, end, value = numeral.start, numeral.end, numeral.value
    if numeral.clock:
        return _duration(text, numeral)
    before = _BEFORE.search(text, max(taken, start - 12), start)
    currency: tuple[Unit, ...] = ()
    if before is not None:
        currency = _currency_before(before["currency"] or "")
        if currency or not before["currency"]:
            start = before.start()
            signs = (before["sign"], before["inner"], before["bare"])
            if value is not None and ("-" in signs or before["word"]):
                value = -value
    if value is None:
        return Quantity(text[start:end], start, end, (Reading(Fraction(0)),), strange=True)
    return _with_unit(text, start, end, value, currency, numeral)


def _currency_before(sign: str) -> tuple[Unit, ...]:
    if (
        len(sign) > 3
        and sign[:3].isupper()
        and not sign[3:].isalpha()
        and sign[:3].isalpha()
        and not sign[:4].endswith("$")
    ):
        return currency_named(sign[:3]) or currency_named(sign[3:].strip())
    if len(sign) > 3 and sign.endswith("$"):
        return currency_named(sign.replace(" ", "")[:3]) or currency_named(sign)
    return currency_named(sign) if sign else ()


def _duration(text: str, numeral: Numeral) -> Quantity | None:
    start, end, minutes = numeral.start, numeral.end, numeral.value
    unit = unit_at(text, end + (text[end : end + 1] == " "))
    if minutes is None or _CLOCK_OF_DAY.search(text, max(0, start - 8), start):
        return None
    if unit is not None and unit.units[0].dimension == (("time", 1),):
        end = unit.end
        if unit.units[0].factor == _MINUTE:
            minutes /= 60
    return Quantity(text[start:end], start, end, tuple(Reading(minutes, unit) for unit in minute_units()))


def _with_unit(
    text: str, start: int, end: int, value: Fraction, currency: tuple[Unit, ...], numeral: Numeral
) -> Quantity:
    readings: list[Reading] = []
    furthest = end
    scale = _SCALE.match(text, end)
    if text[end - 1 : end].isalpha() and value.denominator != 1 and (of_a := _OF_A.match(text, end)):
        # `half an hour`, `three quarters of a mile`
        end = of_a.end() - 1 if unit_at(text, of_a.end()) else end
    plain = _unit_after(text, end, currency)
    longer = plain is not None and not currency and scale is not None and plain.end > scale.end()
    if scale is not None and not numeral.ordinal and not longer:
        name = scale["scale"]
        multiple = _SHORT_SCALES.get(name) or _SHORT_SCALES.get(name.lower()) or SCALE_WORDS[name.lower()]
        scaled, after = value * multiple, scale.end()
        if (again := _SCALE.match(text, after)) and len(again["scale"]) > 2:
            scaled, after = scaled * SCALE_WORDS.get(again["scale"].lower(), 100), again.end()
        unit = _unit_after(text, after, currency)
        # `5 m` are metres; `5m` may be millions; `$5 m` can be nothing else.
        if not (name in ("m", "t") and scale["blank"] and plain and not currency and not _is_money(unit)):
            readings.extend(_readings(scaled, currency, unit))
            furthest = unit.end if unit is not None else after
    if not readings or (plain is not None and not currency):
        readings.extend(_readings(value, currency, plain))
        if scale is not None and scale["scale"] == "m" and not scale["blank"] and not currency:
            readings.extend(Reading(value, unit) for unit in minute_units())
        furthest = max(furthest, plain.end) if plain is not None else furthest
    if any(reading.unit and reading.unit.is_currency for reading in readings) and (
        nation := _NATION.match(text, furthest)
    ):
        units = currency_named(_NATIONS[nation["code"] or nation["name"].lower()])
        readings = [Reading(reading.value, unit) for reading in readings[:1] for unit in units]
        furthest = nation.end()
    readings = [reading for reading in dict.fromkeys(readings) if not numeral.ordinal or reading.unit is None]
    if below := _BELOW_ZERO.match(text, furthest):
        # `35 degrees below zero` are -35 degrees, and so are `-35 degrees below zero`.
        readings = [reading._replace(value=-abs(reading.value)) for reading in readings]
        furthest = below.end()
        scale_of = unit_at(text, furthest + (text[furthest : furthest + 1] == " "))
        if scale_of is not None and is_temperature(scale_of.units[0]):
            # `35 degrees below zero Fahrenheit`
            readings, furthest = [Reading(readings[0].value, unit) for unit in scale_of.units], scale_of.end
    attached = _LETTERS.match(text, furthest) if furthest == end and not text[end - 1 : end].isalpha() else None
    strange = attached is not None or text[furthest : furthest + 1] == "^" or not readings
    letter = _LETTERS.match(text, end)
    if letter and len(letter[0]) == 1 and letter[0].isupper() and all(each.unit is not None for each in readings):
        strange = strange or letter[0] not in "CFKVWBTM"
    nouns: tuple[str, ...] = ()
    if not any(reading.unit for reading in readings):
        word = _NOUN.match(text, furthest)
        if word is not None and word[1].lower() not in _NO_UNIT:
            nouns = (word[1].lower(), *_described(text, word.end()))
        elif _LABEL.search(text, max(0, start - 20), start):
            nouns = ("#",)
    if (part := _AND_A_PART.match(text, furthest)) and readings and readings[0].unit is not None:
        share = Fraction(1, 2 if part[1].lower() == "half" else 4)
        readings = [Reading(reading.value + share, reading.unit) for reading in readings]
        furthest = part.end()
    if attached is not None:
        furthest = attached.end()
    article = text[numeral.start : numeral.end].lower() in ("a", "an")
    weak = numeral.weak and part is None and (article or not any(reading.unit for reading in readings))
    noun = nouns[0] if nouns else ""
    found = tuple(readings) or (Reading(value),)
    return Quantity(text[start:furthest], start, furthest, found, noun, strange, weak, nouns)


def _described(text: str, at: int) -> Iterator[str]:
    """Yield the words that a word behind a number may describe: `white` and `buttons` in `5 round white buttons`."""
    for _ in range(_MOST_DESCRIBED):
        word = _NOUN.match(text, at)
        if word is None or word[1].lower() in _NO_UNIT:
            return
        yield word[1].lower()
        at = word.end()


def _is_money(unit: UnitText | None) -> bool:
    return unit is not None and any(each.is_currency for each in unit.units)


def _unit_after(text: str, end: int, currency: tuple[Unit, ...]) -> UnitText | None:
    if currency:
        rate = with_rate(text, UnitText(currency, end))
        if rate.end > end:
            return rate
    at = end
    while at < end + 2 and text[at : at + 1] in (" ", "-"):
        at += 1
    if at > end and text[at - 1] == "-" and not text[at : at + 1].isalpha():
        return None
    found = unit_at(text, at)
    if found is None:
        return None
    if text[at : found.end].lower() == "in" and not _AFTER_IN.match(text, found.end):
        return None
    return found


def _readings(value: Fraction, currency: tuple[Unit, ...], unit: UnitText | None) -> list[Reading]:
    if currency:
        # `$12 USD`, but also `$12 CAD`
        return [Reading(value, each) for each in (unit.units if unit is not None and _is_money(unit) else currency)]
    return [Reading(value, each) for each in unit.units] if unit is not None else [Reading(value)]


def _joined(left: Quantity, right: Quantity, text: str) -> Quantity | None:
    # `1 h 35 min`, `64 dollars and 90 cents`, `5 ft 10 in`: the second part is smaller than one of the first.
    if left.strange or right.strange or not left.units or right.start < left.end or right.value < 0:
        return None
    if not _JOINT.fullmatch(text, left.end, right.start):
        return None
    if not right.units:
        # `1 hour 35`, `5 ft 10`: the next smaller unit goes without saying.
        name, count = _SMALLER.get(left.units[0].name, ("", 0))
        if right.noun or right.value >= count or text[left.end : right.start].strip():
            return None
        right = right._replace(readings=tuple(Reading(right.value, unit) for unit in units_named(name)))
    for big in left.readings:
        for small in right.readings:
            if big.unit is None or small.unit is None or big.unit.dimension != small.unit.dimension:
                continue
            if big.unit.factor > small.unit.factor and small.base < big.unit.factor and not big.unit.offset:
                total = big.base + small.base
                readings = [Reading(total / unit.factor, unit) for unit in (big.unit, small.unit)]
                return Quantity(text[left.start : right.end], left.start, right.end, tuple(readings))
    return None
