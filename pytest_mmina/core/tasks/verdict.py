"""What judging a check finds."""

from typing import NamedTuple

from pytest_mmina.core.models import Model


class Finding(NamedTuple):
    """Whether a check holds on one page, the reason in words, and how many of its `asked` parts are met."""

    passed: bool
    reason: str
    met: int = 0
    asked: int = 1

    @classmethod
    def of(cls, passed: bool, reason: str) -> "Finding":
        """Return the finding of a check that has only one part."""
        return cls(passed, reason, int(passed), 1)

    @property
    def share(self) -> float:
        """The share of the parts that are met, from 0 to 1."""
        return self.met / self.asked


class Verdict(Model):
    """Whether a check holds, the reason in words, the URL of the page, and how many of its `asked` parts are met."""

    passed: bool
    reason: str
    url: str = ""
    met: int = 0
    asked: int = 1

    @property
    def share(self) -> float:
        """The share of the parts that are met, from 0 to 1."""
        return self.met / self.asked
