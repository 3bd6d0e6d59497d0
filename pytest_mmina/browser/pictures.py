"""Pictures of a page, written to disk as soon as they are taken: screenshots, and screenshots with numbered boxes."""

import tempfile
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import assert_never

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

from pytest_mmina.browser.page_capture import Mark
from pytest_mmina.core.language.formats import PICTURES, ObservationFormat, PictureFormat

_QUALITY = 80
_COLOURS = ("#c2185b", "#1565c0", "#2e7d32", "#6a1b9a", "#bf360c", "#00695c")
_FONT_SIZE = 13


class Pictures:
    """Takes the pictures of an episode and writes them, numbered, to a folder: a temporary one if none is given."""

    def __init__(self, folder: Path | None, formats: Sequence[ObservationFormat], *, timeout: float) -> None:
        self._folder, self._timeout = folder, timeout
        self._formats = [name for name in PICTURES if name in formats]
        self._taken = 0

    @property
    def wanted(self) -> bool:
        """Whether the formats include a picture."""
        return bool(self._formats)

    def begin_episode(self) -> None:
        """Restart the numbers of the pictures."""
        self._taken = 0

    def take(self, page: Page, marks: Sequence[Mark]) -> dict[str, str]:
        """Take a screenshot of the viewport, and return the paths of the files by format.

        Returns no paths if the page cannot be drawn.
        """
        if not self._formats:
            return {}
        try:
            taken = page.screenshot(type="jpeg", quality=_QUALITY, timeout=self._timeout * 1000)
        except PlaywrightError:
            # The page was closed, or is too busy to be drawn. The agent still gets the text.
            return {}
        self._taken += 1
        return {name: self._write(name, _picture_of(name, taken, marks)) for name in self._formats}

    def _write(self, name: str, picture: bytes) -> str:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="mmina-pictures-"))
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"{self._taken:03}-{name}.jpg"
        path.write_bytes(picture)
        return str(path)


def _picture_of(name: PictureFormat, taken: bytes, marks: Sequence[Mark]) -> bytes:
    match name:
        case "screenshot":
            return taken
        case "marks":
            return draw(taken, marks)
        case _:
            assert_never(name)


def draw(picture: bytes, marks: Sequence[Mark]) -> bytes:
    """Draw the box and the number of each mark on a screenshot in CSS pixels; it is a JPEG, and so is the result."""
    # Few sessions need it, and it is slow to import.
    from PIL import Image, ImageDraw, ImageFont

    with Image.open(BytesIO(picture)) as image:
        canvas = image.convert("RGB")
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(_FONT_SIZE)
    for mark in marks:
        colour = _COLOURS[mark.number % len(_COLOURS)]
        pen.rectangle((mark.left, mark.top, mark.right - 1, mark.bottom - 1), outline=colour, width=2)
    for mark in marks:
        label = str(mark.number)
        width = int(pen.textlength(label, font=font)) + 6
        # The number stands above the box if there is room, so that it covers nothing of it.
        left = min(mark.left, canvas.width - width)
        top = mark.top - _FONT_SIZE - 4 if mark.top > _FONT_SIZE + 4 else mark.top
        pen.rectangle((left, top, left + width, top + _FONT_SIZE + 3), fill=_COLOURS[mark.number % len(_COLOURS)])
        pen.text((left + 3, top), label, fill="white", font=font)
    drawn = BytesIO()
    canvas.save(drawn, "JPEG", quality=_QUALITY)
    return drawn.getvalue()
