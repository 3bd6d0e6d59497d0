"""What judging a check finds."""

from typing import NamedTuple

from pytest_mmina.core.models import Model


class Finding(NamedTuple):
    """Whether a check holds on one page, the reason in words, and how many of its `asked` parts are met.

    `score` is the number from 0 to 1 that the check gives, if it gives one. What is not `known` yet (the page was only
    passed through, or the agent has not stopped) does not hold, and neither does its opposite.
    """

    passed: bool
    reason: str
    met: int = 0
    asked: int = 1
    score: float | None = None
    known: bool = True

    @classmethod
    def of(cls, passed: bool, reason: str) -> "Finding":
        """Return the finding of a check that has only one part."""
        return cls(passed, reason, int(passed), 1)

    @classmethod
    def unknown(cls, reason: str, *, asked: int = 1) -> "Finding":
        """Return the finding of a check that cannot be judged yet."""
        return cls(False, reason, 0, asked, known=False)

    @property
    def share(self) -> float:
        """The share of the parts that are met, from 0 to 1."""
        return self.met / self.asked

    @property
    def nearness(self) -> tuple[float, float]:
        """How near the check is to passing: its score, 0 if it gives none, and then the share of its parts."""
        return self.score or 0.0, self.share


class Verdict(Model):
    """Whether a check holds, the reason in words, the URL of the page, and how many of its `asked` parts are met.

    `score` is the number from 0 to 1 that the check gives, None for a check that only passes or not.
    """

    passed: bool
    reason: str
    url: str = ""
    met: int = 0
    asked: int = 1
    score: float | None = None

    @property
    def share(self) -> float:
        """The share of the parts that are met, from 0 to 1."""
        return self.met / self.asked

    @property
    def nearness(self) -> tuple[float, float]:
        """How near the check is to passing: its score, 0 if it gives none, and then the share of its parts."""
        return self.score or 0.0, self.share
