"""Add up what answers cost, as far as it is told: what was asked and not told makes the sum a lower bound."""

import threading

from pytest_mmina.core.language.trajectory import Usage

_MOST_PARTS = 1000


class Spending:
    """A sum of usages. It can be used from several threads, because an agent that hangs is asked from another one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parts, self._told, self._untold, self._open = list[Usage](), False, False, 0

    def ask(self) -> None:
        """Note that something was asked; until `tell` is called, a part of the sum is not known."""
        with self._lock:
            self._open += 1

    def tell(self, usage: Usage | None) -> None:
        """Add the usage of what was asked; None if it was not told."""
        with self._lock:
            self._open = max(0, self._open - 1)
            self._add(usage)

    def add(self, usage: Usage | None) -> None:
        """Add a usage that was told beside the answers; None is ignored."""
        if usage is not None:
            with self._lock:
                self._add(usage)

    @property
    def known(self) -> Usage:
        """The sum of all that was told."""
        with self._lock:
            return self._folded()

    @property
    def usage(self) -> Usage | None:
        """The sum, incomplete if a part of it was not told; None if nothing is known."""
        with self._lock:
            return self._usage() if self._told else None

    def take(self) -> Usage | None:
        """Return the sum since the last call and begin anew: nothing if nothing was asked, None if nothing is known."""
        with self._lock:
            taken = self._usage()
            self._parts, self._told, self._untold = [], False, False
            return taken

    def _add(self, usage: Usage | None) -> None:
        if usage is None:
            self._untold = True
        else:
            self._parts.append(usage)
            self._told = True
            if len(self._parts) >= _MOST_PARTS:
                self._folded()

    def _folded(self) -> Usage:
        # Adding up many at once is several times faster than one by one, which matters where results are read.
        self._parts = [Usage.total(self._parts)]
        return self._parts[0]

    def _usage(self) -> Usage | None:
        known = self._folded()
        if not self._open and not self._untold:
            return known
        # "At least 0 tokens" would say nothing.
        return None if known.is_nothing else known.model_copy(update={"complete": False})
