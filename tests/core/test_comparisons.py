from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from pytest_mmina.core.text.comparisons import Comparison, dates, is_part, is_same, items, quantities, satisfies, words
from pytest_mmina.core.text.conditions import TextCondition, examine


@pytest.mark.parametrize(
    ("compare", "reference", "text"),
    [
        ("words", "9", "It is 9."),
        ("words", "red car", "A RED car, it was"),
        ("words", "N/A", "the answer is n/a"),
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
        ("date", "2022-03-02", "on March 2nd, 2022"),
        ("date", "3/2/22", "2 Mar 2022"),
        ("date", "2 September 2023", "Sept. 2, 2023"),
        ("date", "31.12.2024", "Dec 31 2024"),
        ("list", "red, green", "Green; red and blue"),
        ("list", "tea", "- coffee\n- tea\n"),
        ("text", "racing car", "Racing  cars"),
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
        ("date", "2022-03-02", "March 3, 2022"),
        ("date", "2022-03-02", "it was 2022"),
        ("list", "red, green", "red"),
        ("list", "red", "redwood, green"),
        ("text", "racing cars", "racing car"),
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
    ],
)
def test_a_text_is_the_reference_as_a_whole(compare: Comparison, reference: str, text: str, same: bool) -> None:
    assert is_same(compare, reference, text) is same


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
        ({"contains": "soon", "compare": "date"}, "'soon' contains no date to compare by"),
        ({"contains": "?!", "compare": "words"}, "'\\?!' contains no word to compare by"),
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


@given(st.text())
@example(".- 0")
@example("- - 0")
def test_any_text_can_be_read(text: str) -> None:
    assert all(isinstance(day, date) for day in dates(text))
    for quantity in quantities(text):
        assert quantity.value == quantity.value
    for part in items(text):
        assert is_part("list", part, text) or not items(part)
    if words(text):
        assert is_part("words", text, text)
