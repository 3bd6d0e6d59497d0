"""What a file is, by its first bytes and by what it is made of."""

import json
import re
import zipfile
from io import BytesIO

from pytest_mmina.browser.file_reading.limits import ReadingLimits
from pytest_mmina.browser.file_reading.tables import is_table
from pytest_mmina.browser.file_reading.texts import decoded

_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF8": "gif"}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OPEN_DOCUMENT_SHEET = b"application/vnd.oasis.opendocument.spreadsheet"
_HTML = re.compile(r"\s*(<!--.{0,2000}?-->\s*)*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_XML = re.compile(r"\s*<\?xml\s|\s*<[A-Za-z_][\w.:-]*(\s[^<>]*)?/?>")
_BEGIN = 4096
_LONGEST_PARSED = 2_000_000


def type_of(data: bytes, name: str, limits: ReadingLimits) -> str:
    """Return the type of a file, one of `FileType`; the name decides only between a table and a text."""
    for signature, kind in _SIGNATURES.items():
        if data.startswith(signature):
            return kind
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "webp"
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _type_of_zip(data, limits)
    if data.startswith(_OLE):
        return _type_of_ole(data)
    text = decoded(data)
    return "other" if text is None else _type_of_text(text, name.lower())


def _type_of_zip(data: bytes, limits: ReadingLimits) -> str:
    try:
        with zipfile.ZipFile(BytesIO(data)) as opened:
            names = {entry.filename for entry in opened.infolist()[: limits.parts]}
            if "xl/workbook.xml" in names or "xl/workbook.bin" in names:
                return "xlsx"
            if "word/document.xml" in names:
                return "docx"
            if "mimetype" in names:
                with opened.open("mimetype") as mimetype:
                    if mimetype.read(len(_OPEN_DOCUMENT_SHEET) + 1).strip() == _OPEN_DOCUMENT_SHEET:
                        return "ods"
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError):
        # A ZIP file that is damaged is one all the same.
        return "zip"
    return "zip"


def _type_of_ole(data: bytes) -> str:
    # Office stores old workbooks in this format, and workbooks with a password as well.
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "xlsx"
    names = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
    return "xls" if any(name in data for name in names) else "other"


def _type_of_text(text: str, name: str) -> str:
    if _HTML.match(text[:_BEGIN]):
        return "html"
    if _is_json(text, name):
        return "json"
    if _XML.match(text[:_BEGIN]):
        return "xml"
    if name.endswith((".csv", ".tsv", ".tab")):
        return "csv" if text.strip() else "txt"
    if name.endswith((".txt", ".text", ".md", ".log")):
        return "txt"
    return "csv" if is_table(text) else "txt"


def _is_json(text: str, name: str) -> bool:
    text = text.strip()
    if not (text.startswith(("{", "[")) or (name.endswith(".json") and text)):
        return False
    if len(text) > _LONGEST_PARSED:
        return text.endswith(("}", "]"))
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
