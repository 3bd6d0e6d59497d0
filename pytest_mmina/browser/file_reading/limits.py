"""The limits within which a downloaded file is read: what is more is not read, or cut."""

from typing import NamedTuple


class ReadingLimits(NamedTuple):
    """How large a file may be, how much of it is kept, and what reading may take.

    `unpacked` is the size of all parts of a spreadsheet, without compression. `characters` counts all texts and cells
    that are kept. `memory` is in bytes, `seconds` are those of the processor and, six times as many, of the clock.
    """

    bytes: int = 20 * 2**20
    unpacked: int = 100 * 2**20
    parts: int = 2_000
    characters: int = 500_000
    cells: int = 100_000
    pages: int = 500
    memory: int = 2**30
    seconds: int = 10
