"""The exceptions that hold on a day: which tasks decide nothing, which are not compared, and what is said about them.

Which tasks these are depends on their names, the day and the baseline, and never on an episode. So more successes still
never close a gate.
"""

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from fnmatch import fnmatchcase

from pytest_mmina.core.errors import did_you_mean
from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.gate.baseline import Baseline
from pytest_mmina.gate.check_results import CheckResult, count, named
from pytest_mmina.gate.exceptions import Entry, Exceptions

_WILD = frozenset("*?[")


class Exemption(Model):
    """An entry that holds: a task or a pattern."""

    task: Text
    reason: Text
    day: date
    place: Text

    def covers(self, task: str) -> bool:
        """Return whether a task is meant."""
        return task == self.task or fnmatchcase(task, self.task)


class Exemptions(Model):
    """The entries that hold, and sentences about those that do not hold any more."""

    flaky: tuple[Exemption, ...] = ()
    accepted: tuple[Exemption, ...] = ()
    over: tuple[Text, ...] = ()

    @classmethod
    def on(cls, day: date, exceptions: Exceptions, baseline: Baseline | None) -> "Exemptions":
        """Return what holds on a day, against a baseline.

        A flaky task is exempt to the end of its day. An accepted regression is over when the baseline was saved after
        its day: then the baseline contains it.
        """
        saved = baseline.saved if baseline is not None else None
        expired = [entry for entry in exceptions.flaky if entry.day < day]
        contained = [entry for entry in exceptions.accepted if saved is not None and saved > entry.day]
        return cls(
            flaky=_exemptions(entry for entry in exceptions.flaky if entry not in expired),
            accepted=_exemptions(entry for entry in exceptions.accepted if entry not in contained),
            over=(
                *(
                    f"{entry.place}: {entry.task} decides again: its entry expired after {entry.day}. Remove it, or "
                    "give a later date"
                    for entry in expired
                ),
                *(
                    f"{entry.place}: {entry.task} is compared again: the baseline was saved on {saved}, after the "
                    f"regression was accepted on {entry.day}. Remove the entry"
                    for entry in contained
                ),
            ),
        )

    @property
    def terms(self) -> "Exemptions":
        """What the decision depends on: the tasks, without reasons, dates and places."""

        def only_tasks(found: Iterable[Exemption]) -> tuple[Exemption, ...]:
            tasks = sorted({one.task for one in found})
            return tuple(Exemption(task=task, reason="", day=date.min, place="") for task in tasks)

        return Exemptions(flaky=only_tasks(self.flaky), accepted=only_tasks(self.accepted))

    def decides(self, task: str) -> bool:
        """Return whether the episodes of a task count for the rules."""
        return not any(one.covers(task) for one in self.flaky)

    def is_compared(self, task: str) -> bool:
        """Return whether a task is compared with the baseline."""
        return self.decides(task) and not any(one.covers(task) for one in self.accepted)

    def deciding(self, counts: EpisodeCounts) -> EpisodeCounts:
        """Return the counts of the tasks that decide."""
        return counts.only(self.decides) if self.flaky else counts

    def compared(self, baseline: Baseline | None) -> Baseline | None:
        """Return the baseline with only the tasks that are compared; it may have none."""
        if baseline is None or not (self.flaky or self.accepted):
            return baseline
        tasks = {name: counts for name, counts in baseline.tasks.items() if self.is_compared(name)}
        return baseline.model_copy(update={"tasks": tasks})

    def check(
        self, counts: EpisodeCounts, baseline: Baseline | None, *, elsewhere: Collection[str], whole: bool
    ) -> Iterator[CheckResult]:
        """Say which tasks are exempt; fail if none is left, or if an entry names a task that does not exist.

        `elsewhere` are tasks that were selected and did not run, or left out. With `whole`, there are no others.
        """
        known = {*counts.tasks, *elsewhere, *(baseline.tasks if baseline is not None else ())}
        flaky = sorted(task for task in known if not self.decides(task))
        accepted = sorted(task for task in known if self.decides(task) and not self.is_compared(task))
        parts = [
            f"{named(flaky)} flaky and without a say in the decision" if flaky else "",
            f"{named(accepted)} accepted as worse and not compared" if accepted else "",
        ]
        if told := "; ".join(filter(None, parts)):
            yield CheckResult("note", f"exceptions: {told}")
        if flaky and counts.tasks and all(task in flaky for task in counts.tasks):
            yield CheckResult("failed", "nothing decides: every task that ran is listed as flaky")
        yield from (CheckResult("note", sentence) for sentence in self.over)
        for kind, entries in (("flaky until", self.flaky), ("accepted on", self.accepted)):
            for entry in entries:
                covered = sorted(filter(entry.covers, known))
                if covered:
                    yield CheckResult("note", _about(entry, kind, covered, counts))
                else:
                    yield _about_nothing(entry, known, whole=whole)


NO_EXEMPTIONS = Exemptions()


def _exemptions(entries: Iterable[Entry]) -> tuple[Exemption, ...]:
    return tuple(Exemption(**entry._asdict()) for entry in entries)


def _about(entry: Exemption, kind: str, covered: Collection[str], counts: EpisodeCounts) -> str:
    ran = [counts.tasks[task] for task in covered if task in counts.tasks]
    solved, trials = sum(task.solved for task in ran), sum(task.trials for task in ran)
    which = entry.task if covered == [entry.task] else f"{entry.task} ({count(len(covered), 'task')})"
    return f"{entry.place}: {which}, {kind} {entry.day}, solved {solved} of {trials} now: {entry.reason}"


def _about_nothing(entry: Exemption, known: Collection[str], *, whole: bool) -> CheckResult:
    if _WILD & set(entry.task):
        return CheckResult("note", f"{entry.place}: no task is like {entry.task!r}: remove or correct the entry")
    hint = did_you_mean(entry.task, known)
    text = f"{entry.place}: there is no task {entry.task!r}.{hint} Correct the entry or remove it"
    # Where only some files were read, the task may be in another one.
    return CheckResult("failed" if whole else "note", text)
