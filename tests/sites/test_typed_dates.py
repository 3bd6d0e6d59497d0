"""Dates as visitors type them into the forms of the bundled sites."""

from datetime import date

import pytest

from pytest_mmina.sites.flask_site import day, read_date


@pytest.mark.parametrize(
    "text",
    [
        "2025-04-10", "2025/4/10", "2025.04.10", "10 April 2025", "10 Apr 2025", "10-apr-2025", "April 10, 2025",
        "Thu 10 Apr 2025", "Thursday, April 10th, 2025", "10th of April 2025", " 10  APRIL  2025 ",
        day(date(2025, 4, 10)),
    ],
)  # fmt: skip
def test_a_date_is_read(text: str) -> None:
    assert read_date(text) == date(2025, 4, 10)


@pytest.mark.parametrize(
    "text",
    [
        "", None, "10 April", "April 2025", "10/04/2025", "04-10-2025", "2025-04-31", "2025-13-01", "20250410", "soon",
        "10 April 2025 vienna", "2025-04-10 or 2025-04-11", "10 Aprilis 2025", "10 ap 2025", "2025 April 10",
        "3025-04-10",
        "2025-04-10T10:00", "10 2025 April", "1O April 2025", "Vienna 10 April 2025",
    ],
)  # fmt: skip
def test_what_is_no_date_is_not_read(text: str | None) -> None:
    assert read_date(text) is None
