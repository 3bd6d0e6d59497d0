import pytest

from pytest_mmina.gate.rules import read_drops, read_rates


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.5", {"": 0.5}),
        ("multi567=0.4", {"multi567": 0.4}),
        ("0.5, multi567=0.4,compare=1", {"": 0.5, "multi567": 0.4, "compare": 1}),
        ("0.5, multi567 = 0.6666666666666666", {"": 0.5, "multi567": 0.6666666666666666}),
    ],
)
def test_rates_are_read(text: str, expected: dict[str, float]) -> None:
    assert read_rates(text) == expected


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("50", "'50' is not a rate from 0 to 1"),
        ("x=nan", "'nan' is not a rate"),
        ("", "'' is not a rate"),
        ("0.1,0.2", "gives 'the overall rate' twice"),
        ("a=0.1,a=0.2", "gives 'a' twice"),
    ],
)
def test_what_is_no_rate_is_said(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_rates(text)


def test_drops_are_named() -> None:
    assert read_drops("hop=0.02,task=0.05") == {"hop": 0.02, "task": 0.05}
    with pytest.raises(ValueError, match="has no name: write hop="):
        read_drops("0.02")
    with pytest.raises(ValueError, match="'tasks' is neither 'hop' nor 'task'"):
        read_drops("tasks=0.02")
