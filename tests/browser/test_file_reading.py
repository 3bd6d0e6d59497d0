"""Downloaded files of every kind are read, and files that are broken or hostile do no harm."""

import os
import time
from pathlib import Path

import pytest

from pytest_mmina.browser.file_reading.limits import ReadingLimits
from pytest_mmina.browser.file_reading.reading import FileReading, read_file
from pytest_mmina.core.language.files import FileContent
from tests.browser.made_files import Cell, ods, pdf, sheet_xml, xlsx, zipped

TABLE = (("Order", "Total"), ("RF-6001", "12"))
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


class Files:
    """Reads files with any content."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, data: bytes | str, name: str = "file", **limits: int) -> FileReading:
        file = self.folder / "kept"
        file.write_bytes(data.encode() if isinstance(data, str) else data)
        return read_file(file, name=name, contents=True, limits=ReadingLimits(**limits))

    def content(self, data: bytes | str, name: str = "file", **limits: int) -> FileContent:
        content = self.read(data, name, **limits).content
        assert content is not None
        return content


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"a,b\n1,2\n", "report", "csv"),
        (b"a,b\n1,2\n", "report.txt", "txt"),
        (b"a\n1\n", "report.csv", "csv"),
        (b"", "report.csv", "txt"),
        (b"Dear Ann, hello.\nThe kettle, a blue one, is here.\n", "letter", "txt"),
        (b"<!doctype html><title>Log in</title>", "report.csv", "html"),
        (b"  <!-- note --> <HTML><body>", "x.xlsx", "html"),
        (b'<?xml version="1.0"?><a/>', "x.csv", "xml"),
        (b'{"a": 1}', "report.csv", "json"),
        (b'{"a": 1', "a.json", "txt"),
        (b'"only a text"', "a.json", "json"),
        (b"%PDF-1.4 broken", "report.csv", "pdf"),
        (xlsx({"A": TABLE}), "report.csv", "xlsx"),
        (ods(TABLE), "x", "ods"),
        (zipped({"word/document.xml": "<a/>"}), "x.xlsx", "docx"),
        (zipped({"a.csv": "a,b"}), "report.xlsx", "zip"),
        (b"PK\x03\x04 broken", "report.xlsx", "zip"),
        (PNG, "report.csv", "png"),
        (b"\xff\xd8\xff\xe0", "x", "jpeg"),
        (b"GIF89a", "x", "gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "x", "webp"),
        (OLE + "Workbook".encode("utf-16-le"), "x", "xls"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "x.csv", "xlsx"),
        (OLE, "x.xls", "other"),
        (b"MZ\x90\0\x03\0\0\0", "report.csv", "other"),
        (bytes(range(256)), "report.csv", "other"),
    ],
)
def test_the_content_says_what_a_file_is(files: Files, data: bytes, name: str, kind: str) -> None:
    assert files.read(data, name).type == kind


@pytest.mark.parametrize(
    "data",
    [
        "Ort;Preis\nMünchen;1,50\n".encode(),
        "Ort;Preis\nMünchen;1,50\n".encode("utf-8-sig"),
        "Ort;Preis\r\nMünchen;1,50\r\n".encode("utf-16"),
        "Ort;Preis\rMünchen;1,50\r".encode("utf-16-le"),
        "Ort;Preis\nMünchen;1,50\n".encode("utf-16-be"),
        "Ort;Preis\nMünchen;1,50\n".encode("utf-32"),
        "Ort;Preis\nMünchen;1,50\n".encode("latin-1"),
        "Ort\tPreis\nMünchen\t1,50\n".encode(),
        "Ort|Preis\nMünchen|1,50\n".encode(),
        'Ort,Preis\n"München","1,50"\n'.encode(),
        "sep=;\nOrt;Preis\nMünchen;1,50\n".encode(),
    ],
)
def test_a_table_is_read_in_the_dialects_and_encodings_of_programs(files: Files, data: bytes) -> None:
    (sheet,) = files.content(data, "preise.csv").sheets
    assert (sheet.rows, sheet.row_count) == ((("Ort", "Preis"), ("München", "1,50")), 2)


def test_fields_are_read_as_they_are_quoted(files: Files) -> None:
    content = files.content('a,b\n"two\nlines, and ""quotes""",=1+1\n\nlast\x0cone,2\n', "x.csv")
    assert content.sheets[0].rows == (
        ("a", "b"), ("two\nlines, and \"quotes\"", "=1+1"), (), ("last\x0cone", "2"),
    )  # fmt: skip
    assert content.text.startswith('a,b\n"two')


def test_a_quote_without_an_end_is_the_rest_of_the_file(files: Files) -> None:
    assert files.content('a,b\n"c,d\ne,f\n', "x.csv").sheets[0].rows == (("a", "b"), ("c,d\ne,f\n",))
    longer = 'a,b\n"' + "c,d\n" * 300_000
    assert files.content(longer, "x.csv").problem.startswith("it is not a table")


def test_a_workbook_has_values_whatever_their_format(files: Files) -> None:
    rows: list[list[Cell]] = [
        ["Order", "Total", "Paid"],
        ["RF-6001", 12.5, True],
        [None, 12.0, None],
        ["1 < 2 & 3", 1e20, False],
    ]
    content = files.content(xlsx({"Orders": rows, "Empty": [], "Other": [["x"]]}))
    assert [sheet.name for sheet in content.sheets] == ["Orders", "Empty", "Other"]
    assert content.sheets[0].rows == (
        ("Order", "Total", "Paid"), ("RF-6001", "12.5", "TRUE"), ("", "12"), ("1 < 2 & 3", "1e+20", "FALSE"),
    )  # fmt: skip
    assert content.sheets[1].row_count == 0
    assert not content.cut


def test_a_formula_is_the_value_that_was_stored_with_it(files: Files) -> None:
    rows = (
        '<row><c r="A1"><f>6*7</f><v>42</v></c><c r="B1"><f>1/0</f></c>'
        "<c r=\"C1\" t=\"str\"><f>CALL(&quot;kernel32&quot;)</f><v>text</v></c></row>"
    )  # fmt: skip
    made = xlsx({"A": []}, replaced={"xl/worksheets/sheet1.xml": sheet_xml(rows)})
    assert files.content(made).sheets[0].rows == (("42", "", "text"),)


def test_an_open_document_is_read(files: Files) -> None:
    assert files.content(ods(TABLE)).sheets[0].rows == TABLE


def test_a_pdf_has_pages(files: Files) -> None:
    content = files.content(pdf("Invoice RF-6001 (final)", "Total €12.00"))
    assert content.pages == ("Invoice RF-6001 (final)", "Total €12.00")


def test_entities_of_xml_are_not_followed(files: Files) -> None:
    secret = files.folder / "secret.txt"
    secret.write_text("confidential")
    outside = f'<!DOCTYPE a [<!ENTITY outside SYSTEM "file://{secret}">]>'
    cell = '<row><c r="A1" t="inlineStr"><is><t>&outside;</t></is></c></row>'
    content = files.content(xlsx({"A": []}, replaced={"xl/worksheets/sheet1.xml": sheet_xml(cell, before=outside)}))
    assert "confidential" not in content.model_dump_json()
    laughs = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
    bomb = f'<!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]>'
    cell = cell.replace("outside", "l9")
    began = time.monotonic()
    content = files.content(xlsx({"A": []}, replaced={"xl/worksheets/sheet1.xml": sheet_xml(cell, before=bomb)}))
    assert "haha" not in content.model_dump_json()
    assert time.monotonic() - began < 10


def test_a_bomb_is_not_unpacked(files: Files) -> None:
    rows = "<row><c><v>1</v></c></row>" * 100_000
    made = xlsx({"A": []}, replaced={"xl/worksheets/sheet1.xml": sheet_xml(rows)})
    assert len(made) < 2**16
    assert files.content(made, unpacked=2**20).problem == "it is larger than 1 MiB when it is unpacked"
    assert len(files.content(made).sheets[0].rows) == 100_000
    many = zipped({"xl/workbook.xml": "<a/>", **{f"{number}": "" for number in range(2100)}})
    assert files.content(many).problem == "it is larger than 100 MiB when it is unpacked"


def test_a_bomb_that_lies_about_its_size_meets_the_limit_of_memory(files: Files) -> None:
    rows = '<row><c r="A1"><v>1</v></c></row><row><c r="XFD1048576"><v>1</v></c></row>'
    content = files.content(xlsx({"A": []}, replaced={"xl/worksheets/sheet1.xml": sheet_xml(rows)}))
    assert content.problem.startswith("it needs more memory than there is")


@pytest.mark.long
def test_a_pdf_that_takes_for_ever_is_given_up(files: Files) -> None:
    slow = b"BT /F1 12 Tf " + b"1 0 0 1 72 720 Tm (x) Tj " * 400_000 + b"ET"
    began = time.monotonic()
    reading = files.read(pdf("x", content={1: slow}), seconds=1)
    assert time.monotonic() - began < 8
    assert reading.type == "pdf"
    assert reading.content is not None
    assert reading.content.problem.startswith("it takes longer than ")


def test_other_pages_are_read_if_one_is_damaged(files: Files) -> None:
    assert files.content(pdf("First", "Second", content={1: b"BT (\xff"})).pages[1] == "Second"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"%PDF-1.4\nnothing", "it is damaged"),
        (pdf("x")[:200], "it is damaged"),
        (xlsx({"A": TABLE})[:300] + b"xl/workbook.xml", "a file of the type zip has no text that is read"),
        (xlsx({"A": TABLE}, replaced={"xl/workbook.xml": "<broken"}), "it is damaged"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "it has a password"),
        (OLE + "Workbook".encode("utf-16-le"), "it is damaged"),
        (PNG, "a file of the type png has no text that is read"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(files: Files, data: bytes, problem: str) -> None:
    assert files.content(data, "x.csv").problem.startswith(problem)


@pytest.mark.parametrize("password", ["", "open sesame"])
def test_a_pdf_with_a_password_is_read_only_if_it_needs_none(files: Files, password: str) -> None:
    from io import BytesIO

    from pypdf import PdfReader, PdfWriter

    writer, made = PdfWriter(clone_from=PdfReader(BytesIO(pdf("Invoice")))), BytesIO()
    writer.encrypt(user_password=password, owner_password="owner", algorithm="RC4-128")
    writer.write(made)
    content = files.content(made.getvalue())
    assert (content.pages, content.problem) == ((("Invoice",), "") if not password else ((), "it has a password"))


def test_a_large_file_is_not_read(files: Files) -> None:
    reading = files.read("a,b\n" * 300_000, "x.csv", bytes=2**20)
    assert (reading.type, reading.content) == ("other", FileContent(problem="it is larger than 1 MiB"))


def test_what_is_longer_is_cut(files: Files) -> None:
    content = files.content("a,b\n" * 100, "x.csv", characters=10)
    assert (len(content.text), content.cut, content.sheets[0].row_count) == (10, True, 100)
    assert sum(len(cell) for row in content.sheets[0].rows for cell in row) == 10
    content = files.content("a,b\n" * 100, "x.csv", cells=5)
    assert (content.sheets[0].rows, content.cut) == ((("a", "b"), ("a", "b"), ("a",)), True)
    content = files.content(xlsx({"A": [["a", "b"]] * 100, "B": [["c"]]}), cells=4)
    assert [sheet.rows for sheet in content.sheets] == [(("a", "b"), ("a", "b")), ()]
    assert (content.cut, content.sheets[0].row_count) == (True, 100)
    content = files.content(pdf("one", "two", "three"), pages=2)
    assert (content.pages, content.cut) == (("one", "two"), True)
    assert files.content(pdf("one", "two", "three"), characters=5).pages == ("one", "tw")


def test_half_characters_are_repaired(files: Files) -> None:
    assert files.content('{"a": "\\ud800"}', "x.json").text == '{"a": "\\ud800"}'
    assert (
        files.content(b"\xff\xfe\x00\xd8a\x00", "x.txt").problem == "a file of the type other has no text that is read"
    )


def test_the_child_knows_no_secrets_and_runs_nothing(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONSTARTUP", str(files.folder / "startup.py"))
    (files.folder / "startup.py").write_text("raise SystemExit(3)")
    (files.folder / "csv.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(files.folder)
    before = set(os.listdir(files.folder))
    assert files.read("a,b\n1,2\n", "x.csv").type == "csv"
    assert set(os.listdir(files.folder)) - before == {"kept"}


def test_only_the_type_is_found_if_nothing_reads_the_content(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(xlsx({"A": TABLE}))
    reading = read_file(file, name="x.csv", contents=False)
    assert (reading.type, reading.content, len(reading.sha256)) == ("xlsx", None, 64)


def test_without_the_extra_the_problem_names_it(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    (files.folder / "hidden").mkdir()
    (files.folder / "hidden/pypdf.py").write_text("raise ImportError(name='pypdf')")
    monkeypatch.setattr(sys, "path", [str(files.folder / "hidden"), *sys.path])
    assert files.content(pdf("x")).problem == "the package pypdf is not installed: pip install 'pytest-mmina[files]'"
