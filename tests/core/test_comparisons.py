import re
from datetime import date
from fractions import Fraction

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pytest_mmina.core.language.trajectory import PageState, State
from pytest_mmina.core.tasks.checks import AnswerMatch
from pytest_mmina.core.tasks.judging import judge
from pytest_mmina.core.text.comparisons import Comparison, is_part, is_same, problem_of_equality
from pytest_mmina.core.text.conditions import TextCondition, examine
from pytest_mmina.core.text.dates import dates
from pytest_mmina.core.text.folding import compatible, folded, words
from pytest_mmina.core.text.inequalities import satisfies
from pytest_mmina.core.text.lists import items
from pytest_mmina.core.text.quantity_search import MOST_QUANTITIES, quantities


@pytest.mark.parametrize(
    ("compare", "reference", "text"),
    [
        ("words", "9", "It is 9."),
        ("words", "red car", "A RED car, it was"),
        ("words", "N/A", "the answer is n/a"),
        ("words", "O'Brien", "Mr O’Brien"),
        ("number", "$0.00", "0"),
        ("number", "0", "$0.00"),
        ("number", "12.50", "USD 12.5 in all"),
        ("number", "103000", "103K miles"),
        ("number", "$1,234.50", "1234.5 dollars"),
        ("number", "1.5 km", "it is 1500 m away"),
        ("number", "90 min", "1.5 hours"),
        ("number", "€12.50", "12,50 €"),
        ("number", "2 million", "2,000,000 people"),
        ("number", "-4", "minus: -4"),
        ("number", "$64.90", "Shipping is not included.\nTotal: $64.90\nEarlier: $70.00"),
        ("number", "$12 and $15", "one is $15, the other is $12"),
        ("number", "3", "1,2,3"),
        ("number", "1889", "opened on 31 March 1889"),
        ("date", "2022-03-02", "on March 2nd, 2022"),
        ("date", "3/2/22", "2 Mar 2022"),
        ("date", "2 September 2023", "Sept. 2, 2023"),
        ("date", "31.12.2024", "Dec 31 2024"),
        ("date", "2022-03-02", "from 2022-03-01 to 2022-03-02"),
        ("time", "7:50", "the gate opens at 7:30 and closes at ten to eight"),
        ("list", "red, green", "Green; red and blue"),
        ("list", "tea", "- coffee\n- tea\n"),
        ("grid", "row 3, column 6", "row 1, column 1, then row 3, column 6"),
        ("name", "São Paulo", "Flights to Rome, Sao Paulo and Vienna"),
        ("yes_no", "yes", "Yes, it does"),
        ("text", "racing car", "Racing  cars"),
        ("text", "5 - 7", "open 5 – 7 pm"),
        ("literal", "racing car", "Racing  cars"),
        ("literal_words", "9", "It is 9."),
    ],
)
def test_a_text_holds_the_reference(compare: Comparison, reference: str, text: str) -> None:
    assert is_part(compare, reference, text)


@pytest.mark.parametrize(
    ("compare", "reference", "text"),
    [
        ("words", "9", "19"),
        ("words", "9", "9.5"),
        ("words", "red car", "red racing car"),
        ("words", "0", "10.0"),
        ("number", "9", "19"),
        ("number", "$9", "9 euros"),
        ("number", "5 km", "5 miles"),
        ("number", "5 km", "5 kg"),
        ("number", "4", "SIN4"),
        ("number", "10", "at 10:30"),
        ("number", "285", "it is not 285"),
        ("number", "$12 and $15", "one is $12"),
        ("date", "2022-03-02", "March 3, 2022"),
        ("date", "2022-03-02", "it was 2022"),
        ("date", "2022-03-02", "it was not on March 2, 2022"),
        ("time", "7:50", "not at 7:50, and before 8:50"),
        ("list", "red, green", "red"),
        ("list", "red", "redwood, green"),
        ("grid", "row 3, column 6", "row 6, column 3"),
        ("name", "Paris", "Parish"),
        ("name", "Paris", "anywhere but not Paris"),
        ("yes_no", "yes", "yes and no"),
        ("text", "racing cars", "racing car"),
        ("literal", "café", "cafe\u0301"),
        ("literal", "5 - 7", "5 – 7"),
        ("literal_words", "O'Brien", "O’Brien"),
    ],
)
def test_a_text_does_not_hold_the_reference(compare: Comparison, reference: str, text: str) -> None:
    assert not is_part(compare, reference, text)


@pytest.mark.parametrize(
    ("compare", "reference", "text", "same"),
    [
        ("words", "Red car", "red car!", True),
        ("words", "red", "red car", False),
        ("number", "$12", "12 dollars", True),
        ("number", "$12", "12 of 15 dollars", False),
        ("date", "3/2/22", "March 2, 2022", True),
        ("date", "3/2/22", "March 2, 2022 or April 2, 2022", False),
        ("list", "a, b, c", "c and b, a", True),
        ("list", "a, b", "a, b, c", False),
        ("list", "a, a", "a", False),
        ("text", " Red  Car", "red car", True),
        ("literal", " Red  Car", "red car", True),
        ("literal", "café", "cafe\u0301", False),
        ("literal_words", "Red car", "red car!", True),
    ],
)
def test_a_text_is_the_reference_as_a_whole(compare: Comparison, reference: str, text: str, same: bool) -> None:
    assert is_same(compare, reference, text) is same


@pytest.mark.parametrize(
    ("compare", "reference", "text", "locale", "same"),
    [
        ("number", "1234", "1,234", "en-US", True),
        ("number", "1234", "1.234", "en-US", False),
        ("number", "1234", "1.234", "de-DE", True),
        ("number", "1.234", "1234", "de-DE", True),
        ("number", "1,234", "1,2340", "de-DE", True),
        ("number", "1234", "1,234", "de-DE", False),
        ("number", "1234.56", "1.234,56", "en-US", True),
        ("number", "1234,56", "1,234.56", "de-DE", True),
        ("number", "1234", "1'234", "de-CH", True),
        ("number", "1234", "1,234", "es-MX", True),
        ("number", "1234", "1.234", "es-ES", True),
        ("number", "12,34,567", "1234567", "en-IN", True),
        ("date", "2022-03-02", "3/2/22", "en-US", True),
        ("date", "2022-03-02", "3/2/22", "en", True),
        ("date", "2022-03-02", "3/2/22", "en-GB", False),
        ("date", "2022-03-02", "2/3/22", "en-GB", True),
        ("date", "2022-03-02", "02-03-2022", "nl-NL", True),
        ("date", "2022-03-02", "02.03.2022", "en-US", True),
        ("date", "2022-03-25", "25/3/2022", "en-US", True),
        ("date", "2022-03-25", "3/25/2022", "en-GB", True),
    ],
)
def test_the_locale_decides_where_two_readings_are_possible(
    compare: Comparison, reference: str, text: str, locale: str, same: bool
) -> None:
    assert is_same(compare, reference, text, locale=locale) is same


@pytest.mark.parametrize(
    ("inequality", "text", "holds"),
    [
        (">= 3", "3", True), ("> 3", "3", False), ("< 1000", "1,000", False), ("<= 1000", "1,000", True),
        ("== 5 |OR| > 100", "101", True), ("== 5 |OR| > 100", "6", False), ("== 5", " 5.0 ", True),
        ("> -3", "-2", True),
        ("> 3", "4 cars", False), ("> 3", "1_000", False), ("> 3", "inf", False), ("> 3", "", False),
    ],
)  # fmt: skip
def test_a_number_satisfies_an_inequality(inequality: str, text: str, holds: bool) -> None:
    assert satisfies(inequality, text) is holds


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"equals": "no digit", "compare": "number"}, "'no digit' contains no number to compare by"),
        ({"equals": "12 or 15", "compare": "number"}, "'12 or 15' contains 2 numbers, and 'equals' compares with one"),
        ({"contains": "soon", "compare": "date"}, "'soon' contains no date to compare by"),
        ({"equals": "noonish", "compare": "time"}, "'noonish' contains no time of day to compare by"),
        ({"equals": "(3, 6)", "compare": "grid"}, r"'\(3, 6\)' contains no row and column"),
        ({"equals": "maybe", "compare": "yes_no"}, "'maybe' contains no 'yes' or 'no' to compare by"),
        ({"equals": "?!", "compare": "name"}, "'\\?!' contains no name to compare by"),
        ({"contains": "?!", "compare": "words"}, "'\\?!' contains no word to compare by"),
        ({"equals": "12", "locale": "xx-YY"}, "'xx-YY' is not a known locale: write a language and a region"),
        ({"values": "about 3"}, "'about 3' is not an inequality"),
        ({"lacks": ""}, "an empty text would match"),
        ({"compare": "words"}, "has no condition"),
        ({"equals": "x", "compare": "fuzzy"}, "Input should be 'text', 'words'"),
    ],
)
def test_a_condition_that_cannot_be_compared_is_refused(fields: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        TextCondition.model_validate(fields)


@pytest.mark.parametrize(
    ("condition", "text", "problem"),
    [
        (TextCondition(lacks=("30,000",)), "It costs 30,000", "has '30,000', which it must not: 'It costs 30,000'"),
        (TextCondition(lacks=("3",), compare="words"), "30,000", None),
        (TextCondition(values=(">= 2", "< 5")), "7", "is '7', which is not < 5"),
        (TextCondition(values=(">= 2", "< 5")), "4", None),
    ],
)
def test_a_problem_is_told_in_words(condition: TextCondition, text: str, problem: str | None) -> None:
    assert examine(condition, [text]).problem == problem


@pytest.mark.parametrize(
    ("compare", "reference", "text", "reason"),
    [
        ("number", "777 km", "777 miles", "is '777 miles', and the length asked for is in kilometres"),
        ("number", "€238.86", "$238.86", "is '$238.86', and the amount asked for is in EUR"),
        ("number", "5 m²", "5 m", "is '5 m', and the area asked for is in square metres"),
        (
            "number",
            "777 km",
            "777 leagues",
            "is '777 leagues': 'leagues' is no unit that is known, and the length asked for is in kilometres",
        ),
        ("number", "285", "286", "is '286', not '285'"),
        ("number", "285", "285 or 286", "names two numbers: 285 and 286"),
        ("number", "285", "1, 2, 3, 285", "names four numbers: 1, 2, 3 and 285"),
        ("number", "285", "It is not 285.", "denies '285': 'It is not 285.'"),
        ("number", "285", "about 285", "does not commit itself to '285' ('about'): 'about 285'"),
        ("number", "285", "N/A", "names no number: 'N/A'"),
        ("number", "285", "285" + " so" * 31, "has 31 words beside '285': an answer has at most 30"),
        ("number", "285", "285" + " " * 998, "has 1001 characters: an answer has at most 1000"),
        ("date", "2022-03-02", "March 2 and April 2", "names two dates: March 2 and April 2"),
        ("date", "2022-03-02", "by March 2, 2022", "gives '2022-03-02' as a limit ('by'): 'by March 2, 2022'"),
        ("time", "7:50", "8:50", "is '8:50', not '7:50'"),
        ("time", "7:50", "7:50 or 8:50", "names two times: 7:50 and 8:50"),
        ("grid", "row 3, column 6", "Row 4, column 6", "is 'Row 4, column 6', not row 3"),
        ("grid", "row 3, column 6", "(3, 6)", "does not say which number is the row: '(3, 6)'"),
        ("name", "Paris", "Paris, London", "names more than 'Paris': 'London'"),
        ("yes_no", "no", "I do not know", "states neither yes nor no: 'I do not know'"),
    ],
)  # fmt: skip
def test_a_refused_answer_is_told_in_words(compare: Comparison, reference: str, text: str, reason: str) -> None:
    assert problem_of_equality(compare, reference, text) == reason


def test_a_verdict_names_the_unit_that_was_asked_for() -> None:
    state = State(pages=(PageState(url="https://wiki.example/"),), answer="777 miles")
    verdict = judge(AnswerMatch(equals="777 km", compare="number"), state)
    assert verdict.reason == "the answer is '777 miles', and the length asked for is in kilometres"


NUMBERS = st.integers(0, 10**9) | st.decimals(0, 10**7, places=2, allow_nan=False, allow_infinity=False)
STYLES = {
    "en-US": ("{:}", "{:,}", "${:,}", "{:} USD", "USD {:,}", "US${:}", "{:,} dollars", "It costs ${:,}."),
    "de-DE": ("{:}", "{:,}", "{:} $", "{:,} USD", "$ {:,}"),
}


@settings(deadline=None)
@given(NUMBERS, st.sampled_from(sorted(STYLES)), st.data())
def test_an_amount_in_any_style_is_itself(number: object, locale: str, data: st.DataObject) -> None:
    one, other = (data.draw(st.sampled_from(STYLES[locale])).format(number) for _ in range(2))
    if locale == "de-DE":
        one, other = (text.translate(str.maketrans(",.", ".,")) for text in (one, other))
    assert is_same("number", one.removeprefix("It costs ").removesuffix("."), other, locale=locale)


@settings(deadline=None)
@given(st.dates(date(1000, 1, 1)), st.data())
def test_a_date_in_any_style_is_itself(day: date, data: st.DataObject) -> None:
    english = f"{day:%B} {day.day}, {day.year}"
    styles = (
        day.isoformat(), f"{day.year}.{day.month}.{day.day}", f"{day.month}/{day.day}/{day.year}", english,
        f"{day:%a}, {day.day} {day:%b} {day.year}", f"{day.day:02}.{day.month:02}.{day.year}", f"on {english}",
    )  # fmt: skip
    reference, answer = (data.draw(st.sampled_from(styles)) for _ in range(2))
    assert is_same("date", reference, answer)


@settings(deadline=None)
@given(st.lists(st.from_regex(r"[b-z]{3,9}", fullmatch=True), min_size=1, max_size=6), st.data())
def test_a_list_in_any_style_is_itself(listed: list[str], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(listed))
    style = data.draw(st.sampled_from((", ", "; ", "\n", "\n- ", "、", " and ")))
    numbered = "\n".join(f"{number}. {item}" for number, item in enumerate(shuffled, 1))
    wanted = [item for item in listed if item != "and"]
    for answer in (style.join(shuffled), numbered, str(list(shuffled)), "The answer is: " + ", ".join(shuffled)):
        assert sorted(items(answer)) == sorted(wanted)


@settings(deadline=None)
@given(st.text())
@example(".- 0")
@example("- - 0")
@example("0/0")
@example("1 0/0")
@example("[" * 5000)
@example("1e99")
@example("9" * 5000)
@example("٣٥ km")
@example("²")
@example("1²³")
@example("row ² column ³")
@example("99/99/9999")
@example("00.00.0000")
@example("İİ 5 km not 5")
@example("\x00 285 \x00")
@example("a half of a quarter and a and point five hundred")
def test_any_text_can_be_read(text: str) -> None:
    assert all(isinstance(day, date) for day in dates(text))
    for quantity in quantities(text):
        assert isinstance(quantity.value, Fraction)
    for part in items(text):
        assert is_part("list", part, text) or not items(part)
    if words(text):
        assert is_part("words", text, text)
    assert folded(folded(text)) == folded(text)
    references = {
        "number": "285 km", "date": "2022-03-02", "grid": "row 3, column 6", "name": "Ada", "yes_no": "no", "list": "a",
        "time": "7:50",
    }  # fmt: skip
    compare: Comparison
    for compare in ("number", "date", "time", "grid", "name", "yes_no", "list"):
        reference = references[compare]
        reason = problem_of_equality(compare, reference, text)
        assert reason is None or re.match(r"(is|names|has|denies|does|gives|states) ", reason), reason
        assert reason is not None or is_part(compare, reference, text)


def test_a_long_run_of_accents_is_read_in_pieces() -> None:
    # unicodedata needs minutes for it as a whole.
    assert len(compatible("\u0315\u0300" * 100_000)) == 200_000


def test_a_page_has_a_limited_number_of_quantities() -> None:
    assert len(quantities("7 " * MOST_QUANTITIES * 2)) == MOST_QUANTITIES
