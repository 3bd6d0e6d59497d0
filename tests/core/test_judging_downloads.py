"""The check `download`: which files meet it, and the reason of the nearest miss."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from pytest_mmina.core.language.files import DownloadedFile, FileContent, Sheet
from pytest_mmina.core.language.trajectory import PageState, State
from pytest_mmina.core.tasks.checks import Check, Not
from pytest_mmina.core.tasks.download import Download
from pytest_mmina.core.tasks.downloads_so_far import DownloadsSoFar
from pytest_mmina.core.tasks.judging import judge
from pytest_mmina.core.text.conditions import LOCALE_OF_TASK

CHECK: TypeAdapter[Check] = TypeAdapter(Check)
ORDERS = (
    ("Orders of March",),
    (),
    ("Order", "Total", "Status", "Date"),
    ("RF-6001", "$13.00", "open", "2025-03-01"),
    ("RF-6002", "$24.90", "open", "2025-03-02"),
    ("RF-6003", "$1.50", "closed", "2025-03-02"),
)
STOCK = (("Item", "Left"), ("Kettle", "3"))


def file(name: str = "report.csv", **fields: Any) -> DownloadedFile:
    given = {"file": name, "origin": "https://shop.example", "type": "csv", "step": 5, **fields}
    return DownloadedFile(name=name, **given)


def table(*sheets: tuple[str, tuple[tuple[str, ...], ...]], **fields: Any) -> FileContent:
    made = tuple(Sheet(name=name, rows=rows, row_count=len(rows)) for name, rows in sheets)
    return FileContent(sheets=made, **fields)


CSV = file(content=table(("", ORDERS), text="Order,Total\nRF-6001,$13.00"))
BOOK = file("book.xlsx", type="xlsx", content=table(("Orders", ORDERS), ("Stock", STOCK)))
PDF = file("invoice.pdf", type="pdf", content=FileContent(pages=("Invoice RF-6001", "Total: $12.00")))


def after(*files: DownloadedFile) -> State:
    return State(pages=(PageState(url="https://shop.example/"),), downloads=files)


def check_of(**fields: Any) -> Check:
    return CHECK.validate_python({"kind": "download", **fields})


def cells(**fields: Any) -> dict[str, Any]:
    return {"cells": fields}


TOTAL = {"column": "Total", "where": {"Order": "RF-6001"}, "compare": "number"}


@pytest.mark.parametrize(
    ("kept", "fields"),
    [
        (CSV, {"name": "Report.CSV"}),
        (CSV, {"name": ["a.csv", "report.csv"]}),
        (CSV, {"name": {"pattern": r"report(-\d+)?\.csv"}}),
        (CSV, {"type": "csv", "host": "www.shop.example"}),
        (CSV, {"type": ["xlsx", "csv"], "host": "*.example"}),
        (CSV, {"type": "txt"}),
        (CSV, {"text": {"contains": "rf-6001"}}),
        (CSV, {"text": [{"contains": "rf-6001"}, {"lacks": "RF-7"}]}),
        (CSV, cells(**TOTAL, equals="13 dollars")),
        (CSV, cells(column=" total", where={"status": "OPEN"}, equals="$24.90")),
        (CSV, cells(column="Total", equals="$24.90", where={"Order": {"pattern": "6002$"}}) | {"rows": 3}),
        (CSV, cells(column="Order", where={"Date": {"equals": "March 1, 2025", "compare": "date"}}, equals="RF-6001")),
        (CSV, cells(column="Status", where={"Total": 24.9}, equals="open")),
        (CSV, cells(column="Order", pattern="^RF-600", every=True)),
        (CSV, cells(cell="B4", equals="$13.00")),
        (CSV, {"cells": [{"cell": "A1", "contains": "March"}, {"column": "Order", "equals": "RF-6003"}]}),
        (CSV, {"rows": {"count": 2, "where": {"Status": "open"}}}),
        (CSV, {"rows": {"at_least": 1, "at_most": 1, "where": {"Status": "closed"}}}),
        (CSV, {"rows": {"count": 0, "where": {"Status": "lost"}}}),
        (BOOK, cells(column="Left", where={"Item": "Kettle"}, equals="3")),
        (BOOK, cells(sheet="stock", cell="B2", values=">= 3")),
        (BOOK, {"rows": {"sheet": "Stock", "count": 1}, "text": {"sheet": "Orders", "contains": "RF-6002 $24.90"}}),
        (PDF, {"text": {"contains": ["invoice", "$12.00"]}, "type": "pdf"}),
        (PDF, {"text": {"page": 2, "equals": "total: $12.00"}}),
    ],
)
def test_a_file_that_meets_it(kept: DownloadedFile, fields: dict[str, Any]) -> None:
    verdict = judge(check_of(**fields), after(kept))
    assert (verdict.passed, verdict.reason) == (True, f"{kept.name} was downloaded on step 5")
    assert verdict.met == verdict.asked


@pytest.mark.parametrize(
    ("kept", "fields", "problem"),
    [
        (CSV, cells(**TOTAL, equals="$12.00"), "its cell Total where Order is RF-6001 is '$13.00', not '$12.00'"),
        (CSV, {"name": "orders.csv"}, "its name is not 'orders.csv'"),
        (CSV, {"name": {"pattern": "report"}}, "its name is not of the pattern 'report'"),
        (CSV, {"type": "xlsx", "host": "files.example"},
         "it is from shop.example, not from files.example, and it is of the type csv, not xlsx"),
        (CSV, {"host": "example"}, "it is from shop.example, not from example"),
        (file(origin=""), {"host": "shop.example"}, "it is from no site, not from shop.example"),
        (CSV, {"text": {"contains": "RF-7"}}, "its text lacks 'RF-7': 'Order,Total\\nRF-6001,$13.00'"),
        (CSV, cells(column="Sum", equals="1"),
         "it has no column 'Sum'; its columns are 'Order', 'Total', 'Status', 'Date'"),
        (BOOK, cells(sheet="Stock", column="Price", where={"Item": "Kettle"}, equals="1"),
         "it has no column 'Price'; its columns are 'Item', 'Left'"),
        (BOOK, cells(column="Left", where={"Order": "RF-6001"}, equals="3"),
         "it has no column 'Left'; its columns are 'Order', 'Total', 'Status', 'Date'"),
        (CSV, cells(column="Total", where={"Order": "RF-9", "Status": {"lacks": "lost"}}, equals="1"),
         "it has no row where Order is RF-9 and Status lacks 'lost'"),
        (CSV, cells(column="Status", equals="open", every=True),
         "its cell Status in row 6 is 'closed', not 'open'"),
        (CSV, cells(column="Status", lacks="closed"), "its cell Status has 'closed', which it must not: 'closed'"),
        (CSV, cells(cell="Z9", equals="x"), "its cell Z9 is '', not 'x'"),
        (CSV, {"rows": 4}, "it has 3 rows, not 4"),
        (CSV, {"rows": {"at_least": 2, "where": {"Status": "closed"}}},
         "it has 1 row where Status is closed, not at least 2"),
        (BOOK, cells(sheet="Sales", cell="A1", equals="x"), "it has no sheet 'Sales', only 'Orders', 'Stock'"),
        (CSV, {"text": {"page": 1, "contains": "x"}}, "it has no pages, and page 1 is asked for"),
        (PDF, {"text": {"page": 3, "contains": "x"}}, "it has 2 pages, and page 3 is asked for"),
        (PDF, {"text": {"page": 2, "contains": "x"}}, "the text of its page 2 lacks 'x': 'Total: $12.00'"),
        (PDF, {"text": {"sheet": "A", "contains": "x"}}, "it has no sheet 'A'"),
        (PDF, cells(cell="A1", equals="x"), "it has no cells"),
        (PDF, {"rows": 1}, "it has no rows"),
        (file(content=FileContent(problem="it has a password")), {"rows": 1},
         "it could not be read: it has a password"),
        (file(content=table(("", ()))), {"rows": 1}, "it is empty"),
    ],
)  # fmt: skip
def test_the_reason_of_a_miss(kept: DownloadedFile, fields: dict[str, Any], problem: str) -> None:
    check = check_of(**fields)
    verdict = judge(check, after(kept))
    assert (verdict.passed, verdict.reason) == (False, f"{kept.name} was downloaded on step 5, but {problem}")
    assert 1 <= verdict.met < verdict.asked
    assert judge(Not(check=check), after(kept)).passed


def test_the_header_is_the_first_row_with_several_cells() -> None:
    listed = file(content=table(("", (("Names",), ("Ann",), ("Ben",)))))
    assert judge(check_of(rows=2), after(listed)).passed
    assert judge(check_of(rows={"count": 1, "where": {"Ann": "Ben"}}), after(listed)).passed


@pytest.mark.parametrize("problem", ["the download failed: canceled", "its site did not answer this address"])
def test_a_file_that_was_only_requested_does_not_count(problem: str) -> None:
    verdict = judge(check_of(name="report.csv"), after(CSV.model_copy(update={"problem": problem})))
    assert (verdict.passed, verdict.reason) == (False, f"report.csv was requested, but {problem}")


def test_without_downloads_nothing_passes() -> None:
    check = check_of(type="csv")
    assert judge(check, after()).reason == "nothing was downloaded"
    assert judge(Not(check=check), after()).passed
    passed_through = after().model_copy(update={"downloads": None})
    assert not judge(check, passed_through).passed
    assert not judge(Not(check=check), passed_through).passed


def test_one_file_has_to_meet_all_and_the_nearest_gives_the_reason() -> None:
    check = check_of(name="book.xlsx", **cells(**TOTAL, equals="$12.00"))
    verdict = judge(check, after(CSV, BOOK, PDF))
    assert verdict.reason.startswith("book.xlsx was downloaded on step 5, but its cell Total")
    assert judge(check_of(name="book.xlsx", rows=3, type="csv"), after(CSV, BOOK)).passed is False
    assert judge(check_of(type="csv"), after(BOOK, CSV, PDF)).passed


def test_of_a_file_that_was_cut_only_what_is_there_is_known() -> None:
    content = table(("", ORDERS), text="Order,Total", cut=True)
    cut = after(CSV.model_copy(update={"content": content}))
    assert judge(check_of(text={"contains": "order"}), cut).passed
    assert judge(check_of(**cells(**TOTAL, equals="$13")), cut).passed
    for fields in (
        {"text": {"lacks": "lost"}}, {"text": {"equals": "Order,Total"}}, {"text": {"contains": "lost"}},
        {"rows": 3}, {"rows": {"at_most": 9}}, cells(column="Order", pattern="^RF", every=True),
        cells(column="Order", equals="RF-9"),
    ):  # fmt: skip
        check = check_of(**fields)
        assert not judge(check, cut).passed, fields
        assert not judge(Not(check=check), cut).passed, fields


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({}, "any file would do"),
        ({"name": {"date": "2025-03-03"}}, "a name is compared by"),
        ({"name": {"absent": True}}, "a name is compared by"),
        ({"type": "exe"}, "Input should be 'csv'"),
        ({"host": "https://shop.example/"}, "is not a host"),
        ({"text": {}}, "has no condition"),
        ({"text": {"contains": "x", "page": 1, "sheet": "A"}}, "give 'page' or 'sheet'"),
        ({"cells": {"equals": "x"}}, "names no cells"),
        ({"cells": {"column": "A", "cell": "A1", "equals": "x"}}, "names no cells"),
        ({"cells": {"cell": "1A", "equals": "x"}}, "is not a cell"),
        ({"cells": {"cell": "A1", "equals": "x", "every": True}}, "a 'cell' is only one"),
        ({"cells": {"column": "A", "where": {"B": {}}, "equals": "x"}}, "has no condition"),
        ({"rows": {}}, "counts nothing"),
        ({"rows": -1}, "greater than or equal to 0"),
        ({"type": "png", "text": {"contains": "x"}}, "a file of the type 'png' has no text that can be read"),
        ({"type": ["pdf", "html"], "rows": 1}, "a file of the type 'pdf' or 'html' has no cells that can be read"),
    ],
)
def test_a_check_that_means_nothing_is_refused(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem.replace("(", r"\(")):
        check_of(**fields)


def test_the_locale_of_the_task_is_that_of_its_cells() -> None:
    content = table(("", (("A", "B"), ("1.234", "1.234"))))
    fields = cells(column="A", where={"B": 1234}, equals="1234", compare="number")
    german = CHECK.validate_python({"kind": "download", **fields}, context={LOCALE_OF_TASK: "de-DE"})
    assert judge(german, after(file(content=content))).passed
    assert not judge(check_of(**fields), after(file(content=content))).passed


@pytest.mark.parametrize(
    ("fields", "types"),
    [
        ({"name": "a.pdf"}, set()),
        ({"type": "pdf", "text": {"contains": "x"}}, {"pdf"}),
        ({"type": "txt", "text": {"contains": "x"}}, {"txt", "csv", "json", "html", "xml"}),
        ({"type": ["csv", "xlsx"], "rows": 1}, {"csv", "xlsx"}),
        ({"rows": 1}, {"csv", "txt", "xlsx", "xls", "ods"}),
        ({"text": {"contains": "x"}}, {"csv", "txt", "json", "html", "xml", "xlsx", "xls", "ods", "pdf"}),
    ],
)
def test_which_types_have_to_be_read(fields: dict[str, Any], types: set[str]) -> None:
    check = check_of(**fields)
    assert isinstance(check, Download)
    assert check.readable_types == types


def test_a_state_has_the_new_files_and_is_judged_by_all() -> None:
    so_far = DownloadsSoFar()
    passed_through = State(pages=(), downloads=None)
    new = CSV.model_copy(update={"step": None})
    (first,) = so_far.filled([after(new)], step=2)
    through, second = so_far.filled([passed_through, after(BOOK, new)], step=4)
    assert [(each.name, each.step) for each in first.downloads or ()] == [("report.csv", 2)]
    assert through.downloads is None
    assert [(each.name, each.step) for each in second.downloads or ()] == [("report.csv", 2), ("book.xlsx", 4)]
    assert "step" not in new.model_dump()
