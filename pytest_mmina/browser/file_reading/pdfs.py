"""The text of the pages of PDF files, read by pypdf, which is written in Python."""

import logging
from io import BytesIO

from pytest_mmina.browser.file_reading.found import Kept, UnreadableError
from pytest_mmina.browser.file_reading.limits import ReadingLimits


def read_pdf(data: bytes, kept: Kept, limits: ReadingLimits) -> None:
    """Keep the texts of the pages; raises UnreadableError.

    A file that only forbids changes opens without a password. Pictures of text have no text.
    """
    from pypdf import PasswordType, PdfReader

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(BytesIO(data))
        if reader.is_encrypted and reader.decrypt("") == PasswordType.NOT_DECRYPTED:
            raise UnreadableError("it has a password")
        pages = len(reader.pages)
    except UnreadableError:
        raise
    except Exception as error:
        raise UnreadableError(_damaged(error)) from None
    problem = ""
    for number in range(min(pages, limits.pages)):
        try:
            text = reader.pages[number].extract_text()
        except Exception as error:
            # The other pages may be whole.
            text, problem = "", problem or _damaged(error)
        kept.add_page(text)
        if kept.is_full:
            break
    kept.cut = kept.cut or pages > len(kept.pages)
    if problem and not any(kept.pages):
        raise UnreadableError(problem)


def _damaged(error: Exception) -> str:
    if type(error).__name__ == "DependencyError":
        return "it is encrypted"
    # Of the message of another library, only the kind of error is certain to say nothing that is secret or long.
    return f"it is damaged ({type(error).__name__})"
