import pytest

from pytest_mmina.core.language.outline import find_elements, read_outline

OUTLINE = r"""- generic [active] [ref=e1]:
  - heading "Hi" [level=1] [ref=e2]
  - text: Find
  - searchbox "Find" [ref=e5]
  - button "Go \"now\" it's" [ref=e6]
  - 'link "Link: a [b] \"q\" \\ back" [ref=e7] [cursor=pointer]':
    - /url: /x
  - combobox "S" [ref=e8]:
    - option "A"
    - option "B" [selected]
  - iframe [ref=e9]:
    - button "In" [ref=f1e2]
  - paragraph [ref=e10]: "Some text: here"
  - textbox "V" [ref=e14]: "val: 1"
  - button "Twice" [ref=e15]
  - button "Twice" [ref=e16] [disabled]
  - 'button "It''s: x" [ref=e17]'
"""


def test_elements_with_their_names_references_and_texts() -> None:
    elements = {element.ref: element for element in read_outline(OUTLINE) if element.ref}
    assert (elements["e2"].role, elements["e2"].name, elements["e2"].attributes) == (
        "heading",
        "Hi",
        ("level=1", "ref=e2"),
    )
    assert elements["e6"].name == 'Go "now" it\'s'
    assert elements["e7"].name == 'Link: a [b] "q" \\ back'
    assert elements["e10"].text == "Some text: here"
    assert elements["e14"].text == "val: 1"
    assert elements["e17"].name == "It's: x"
    assert (elements["f1e2"].depth, elements["e9"].depth) == (2, 1)


def test_what_has_no_reference_is_there_to_read_only() -> None:
    roles = [(element.role, element.name, element.text) for element in read_outline(OUTLINE) if not element.ref]
    assert roles == [("text", "", "Find"), ("/url", "", "/x"), ("option", "A", ""), ("option", "B", "")]


@pytest.mark.parametrize(
    ("role", "name", "refs"),
    [
        ("button", "Twice", ["e15", "e16"]),
        ("button", " In ", ["f1e2"]),
        ("option", "A", []),
        ("link", "Twice", []),
        ("button", "in", []),
    ],
)
def test_elements_are_found_by_role_and_exact_name(role: str, name: str, refs: list[str]) -> None:
    found = find_elements(list(read_outline(OUTLINE)), role=role, name=name)
    assert [element.ref for element in found] == refs


def test_a_name_may_hold_other_line_ends() -> None:
    (element,) = read_outline('- button "Next\x85page\u2028here" [ref=e1]')
    assert element.ref == "e1"


@pytest.mark.parametrize("text", ["", "no outline at all", "- ", "- 'broken", '- button "never closed [ref=e1]'])
def test_lines_that_are_no_element_are_left_out(text: str) -> None:
    assert [element for element in read_outline(text) if element.ref] == []
