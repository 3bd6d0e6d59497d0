import pytest

from pytest_mmina.core.record.differences import difference, difference_lines, read_tolerances

BEFORE = """hop 1  wiki                                 passed at step 2
  goto   wiki.example/
  click  link "Tokyo"
hop 2  not passed tower                     passed at step 3
  goto   tower.example/
stop "12 pounds"
"""


def changed(*pairs: tuple[str, str]) -> str:
    text = BEFORE
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(
    "after",
    [
        changed(("step 2", "step 4"), ("  click", "  scroll down\n  scroll down\n  click")),
        changed(("  click", '  click  link "Tokyo"  (failed)\n  click')),
        changed(("12 pounds", "It costs 12 pounds.")),
        changed(("  goto   wiki.example/\n", "  goto   wiki.example/\n    dialog: hello\n")),
    ],
)
def test_scrolls_retries_and_wording_are_informational(after: str) -> None:
    assert difference(BEFORE, BEFORE).kind == "none"
    found = difference(BEFORE, after)
    assert found.kind == "informational"
    assert not found.won + found.lost
    assert difference_lines(found)[0].startswith("informational difference, first")


@pytest.mark.parametrize(
    "after",
    [
        changed(('"Tokyo"', '"Kyoto"')),
        changed(('  click  link "Tokyo"\n', "")),
        changed(('link "Tokyo"', 'link "Tokyo"  (failed)')),
        changed(("wiki.example", "wiki.other")),
        changed(('stop "12 pounds"', "truncated")),
        changed(("  goto   tower", '  hover  link "x"\n  goto   tower')),
    ],
)
def test_other_actions_are_significant(after: str) -> None:
    assert difference(BEFORE, after).kind == difference(after, BEFORE).kind == "significant"


def test_the_first_step_that_differs_is_shown_with_what_it_cost() -> None:
    after = changed(
        ("  goto   wiki", "  scroll down\n  goto   wiki"), ("goto   tower.example/", "goto   tower.example/lost"),
        ("passed at step 3", "not passed"),
    )  # fmt: skip
    found = difference(BEFORE, after)
    assert (found.kind, found.won, found.lost) == ("significant", (), ("not passed tower",))
    lines = difference_lines(found, seen="start.example/")
    assert lines[0] == "significant difference, first in hop 2 (not passed tower):"
    assert lines[-2:] == ["seen there: start.example/", "hop lost: not passed tower"]
    assert found.context[2:4] == ("-   goto   tower.example/", "+   goto   tower.example/lost")
    assert difference(after, BEFORE).won == ("not passed tower",)


def test_a_text_that_ends_early() -> None:
    found = difference(BEFORE, BEFORE.partition("hop 2")[0])
    assert (found.kind, found.lost) == ("significant", ("not passed tower",))
    assert found.context[-1].startswith("- hop 2")


SCROLLED = changed(("step 2", "step 4"), ("  click", "  scroll down\n  scroll down  (failed)\n    no more\n  click"))
RETRIED = changed(("step 3", "step 4"), ("  click", '  click  link "Tokyo"  (failed)\n    it is covered\n  click'))
BOTH = changed(
    ("step 3", "step 5"), ("  click", '  click  link "Tokyo"  (failed)\n    it is covered\n  scroll down\n  click')
)


@pytest.mark.parametrize(
    ("after", "tolerate", "kind"),
    [
        (SCROLLED, "extra-scrolls", "tolerated"),
        (SCROLLED, "retries", "informational"),
        (RETRIED, "retries", "tolerated"),
        (RETRIED, "extra-scrolls", "informational"),
        (BOTH, "retries , extra-scrolls,", "tolerated"),
        (BOTH, "retries", "informational"),
        (SCROLLED.replace("12 pounds", "12"), "extra-scrolls", "informational"),
        (SCROLLED.replace("Tokyo", "Kyoto"), "extra-scrolls,retries", "significant"),
        (BEFORE.replace("step 2", "step 1"), "", "informational"),
        (BEFORE, "retries", "none"),
    ],
)
def test_what_is_tolerated_makes_no_difference(after: str, tolerate: str, kind: str) -> None:
    found = difference(BEFORE, after, tolerate=read_tolerances(tolerate))
    assert (found.kind, difference(after, BEFORE, tolerate=read_tolerances(tolerate)).kind) == (kind, kind)
    assert bool(difference_lines(found)) is (kind in ("informational", "significant"))
    if after.endswith('12"\n'):
        assert '+ stop "12"' in found.context, "what is shown is not what is tolerated"


def test_what_cannot_be_tolerated_is_told() -> None:
    with pytest.raises(ValueError, match=r"'extra-scroll' cannot be tolerated\. Did you mean 'extra-scrolls'"):
        read_tolerances("retries,extra-scroll")
