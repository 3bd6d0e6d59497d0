import pytest

from pytest_mmina.core.language.actions import Target
from pytest_mmina.core.language.elements import NamedElement, box_of, describe_element
from pytest_mmina.core.language.trajectory import Box, Observation

ARIA = """- link "It's: x" [ref=e2]
- 'link "a: [ref=e2] b" [ref=e3]'
- button "東京 タワー" [ref=e12]
- button "東京 タワー" [ref=e120]
- list [ref=e4]
- list [ref=e5]
"""
TREE = """Tab 0 (current): Shop

RootWebArea 'Shop' focused: True
\t[7] link 'It\\'s new' url: /x
\t\t[12] button "Go"
\t[120] button 'Go'
"""


@pytest.mark.parametrize(
    ("text", "ref", "found"),
    [
        (ARIA, "e2", NamedElement(role="link", name="It's: x")),
        (ARIA, "e3", NamedElement(role="link", name="a: [ref=e2] b")),
        (ARIA, "e12", NamedElement(role="button", name="東京 タワー")),
        (ARIA, "e120", NamedElement(role="button", name="東京 タワー", position=2)),
        (ARIA, "e5", NamedElement(role="list", name="", position=2)),
        (ARIA, "e99", None),
        (TREE, "e7", NamedElement(role="link", name="It's new")),
        (TREE, "12", NamedElement(role="button", name="Go")),
        (TREE, "e120", NamedElement(role="button", name="Go", position=2)),
    ],
)
def test_a_reference_is_an_element_of_the_page_that_was_seen(text: str, ref: str, found: NamedElement | None) -> None:
    seen = Observation(url="https://a.example/", title="", text=text)
    assert describe_element(Target(ref=ref), seen) == found
    aside = Observation(url="https://a.example/", title="", text="", texts={"other": text})
    assert describe_element(Target(ref=ref), aside) == found


def test_what_is_named_stays_so_and_a_point_is_no_element() -> None:
    seen = Observation(url="https://a.example/", title="")
    assert describe_element(Target(role="link", name="Home"), seen) == NamedElement(role="link", name="Home")
    assert describe_element(Target(x=1, y=2), seen) is None
    assert describe_element(None, seen) is None


@pytest.mark.parametrize(
    ("target", "found"),
    [
        (Target(ref="e12"), (1, 2, 3, 4)),
        (Target(ref="12"), (1, 2, 3, 4)),
        (Target(role="button", name="東京 タワー"), (1, 2, 3, 4)),
        (Target(role="link", name="a: [ref=e2] b"), (5, 6, 7, 8)),
        (Target(role="button", name="Osaka"), None),
        (Target(ref="e120"), None),
        (Target(x=1, y=2), None),
        (None, None),
    ],
)
def test_a_target_has_the_box_that_was_in_view(target: Target | None, found: Box | None) -> None:
    seen = Observation(url="https://a.example/", title="", text=ARIA)
    boxes = {"12": (1, 2, 3, 4), "3": (5, 6, 7, 8)}
    assert box_of(target, seen, boxes) == found
    assert box_of(target, seen, {}) is None
