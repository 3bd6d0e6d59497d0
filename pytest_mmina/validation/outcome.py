"""The outcome of `mmina validate`: all verdicts, which of them are faults, and the words for people."""

from collections import Counter
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from pydantic import Field, computed_field

from pytest_mmina.core.models import Model, Text
from pytest_mmina.validation.kinds import IGNORANT, KINDS, Kind
from pytest_mmina.validation.verdicts import SILENT, Verdict, earned_hops

_ADVICE: dict[str, str] = {
    "know-nothing": "Let the score depend on what only the work leaves behind: a value of the intent, in what the site "
    "knows (`site_state` on what was done), or an answer that has to be found.",
    "oracles": "Mend the task or the solution: somebody who does the work this way earns nothing for it.",
    "answers": "Compare the answer by what it states (`equals` with `compare`), with unit and currency.",
    "again": "Say in `finally` what may be there at the end, or in `never` what must not happen.",
    "forbidden": "Make the prohibition of the intent a constraint: `never` or `finally`.",
    "mutants": "Add what was changed to the condition of the hop. If the intent does not ask for it, allow it with "
    "--allow.",
}


class Outcome(Model):
    """What was tried and what was found; `allowed` are patterns of attempts that are no faults.

    `most_hops` is the rate of hops that agents without knowledge may earn; None means that any hop is only reported.
    """

    tasks: int
    hops: int
    verdicts: tuple[Verdict, ...]
    skipped: dict[str, Text] = Field(default_factory=dict)
    no_oracle: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()
    most_hops: float | None = None

    @property
    def faults(self) -> list[Verdict]:
        """The faults that are not allowed, and attempts of which nothing is known."""
        return [
            verdict
            for verdict in self.verdicts
            if verdict.meaning in ("fault", "errored") and not self._is_allowed(verdict)
        ]

    @computed_field  # type: ignore[prop-decorator]
    @property
    def hops_earned(self) -> int:
        """How many hops at least one agent without knowledge earned."""
        return len(earned_hops(self.verdicts))

    @computed_field  # type: ignore[prop-decorator]
    @property
    def passed(self) -> bool:
        """Whether there is no fault, and not too many hops were earned for nothing."""
        return not self.faults and not self.gives_too_many_hops

    @property
    def gives_too_many_hops(self) -> bool:
        """Whether agents without knowledge earned more hops than they may."""
        return self.most_hops is not None and self.hops_earned > self.most_hops * self.hops

    def _is_allowed(self, verdict: Verdict) -> bool:
        return any(fnmatchcase(f"{verdict.task}: {verdict.attempt}", pattern) for pattern in self.allowed)

    def lines(self, *, name_all: bool = False) -> Iterator[str]:
        """Yield the table and the sentences that people read."""
        yield from self._by_kind()
        shown = [verdict for verdict in self.verdicts if name_all or verdict.meaning not in SILENT]
        yield ""
        if shown:
            yield from self._table(shown)
        else:
            yield "No attempt says anything against a task."
        yield from self._sentences()

    def _by_kind(self) -> Iterator[str]:
        counts = {kind: [verdict for verdict in self.verdicts if verdict.kind == kind] for kind in KINDS}
        yield f"{'who tries':<12}  attempts  earned a hop  solved  faults"
        for kind, verdicts in counts.items():
            if verdicts:
                earned = sum(verdict.hops > 0 for verdict in verdicts)
                solved = sum(verdict.solved for verdict in verdicts)
                faults = sum(verdict in self.faults for verdict in verdicts)
                yield f"{kind:<12}  {len(verdicts):8}  {earned:12}  {solved:6}  {faults:6}"

    def _table(self, verdicts: Sequence[Verdict]) -> Iterator[str]:
        groups: dict[tuple[str, Kind, str, bool, tuple[str, ...]], list[Verdict]] = {}
        for verdict in verdicts:
            # Twenty throws of the dice that earned the same hop are one row.
            alike = verdict.kind in ("dice", "constants", "spray")
            names = tuple(hop.partition(" at step ")[0] for hop in verdict.earned)
            key = (verdict.task, verdict.kind, "" if alike else verdict.attempt, verdict.solved, names)
            groups.setdefault(key, []).append(verdict)
        rows = [("task", "who", "hops", "solved", "")]
        for (task, kind, _, solved, _), same in sorted(groups.items(), key=lambda group: group[0][0]):
            first = same[0]
            who = first.attempt if len(same) == 1 else f"{kind}, {len(same)} times, first {first.attempt}"
            word = "FAULT: " if first in self.faults else "allowed: " if first.meaning == "fault" else ""
            rows.append((task, who, f"{first.hops} of {first.of}", "yes" if solved else "no", f"{word}{first.reason}"))
        widths = [max(len(row[column]) for row in rows) for column in range(4)]
        for row in rows:
            cells = [cell.ljust(width) for cell, width in zip(row[:4], widths, strict=True)]
            yield "  ".join([*cells, row[4]]).rstrip()

    def _sentences(self) -> Iterator[str]:
        yield ""
        if self.skipped:
            reasons = [f"{task} ({reason})" for task, reason in self.skipped.items()]
            yield f"Not tried, because they cannot run: {_named(reasons)}."
        if self.no_oracle:
            yield f"Without a recorded solution, so without mutants: {_named(self.no_oracle)}."
        rate = f" ({self.hops_earned / self.hops:.1%})" if self.hops else ""
        if any(verdict.kind in IGNORANT for verdict in self.verdicts):
            yield f"Agents that know nothing earned {self.hops_earned} of {self.hops} hops{rate}."
        if self.gives_too_many_hops:
            yield f"That is more than the {self.most_hops:.1%} that --max-hops allows."
        by_advice: dict[str, list[Verdict]] = {}
        for fault in self.faults:
            by_advice.setdefault(_advice_for(fault), []).append(fault)
        for advice, faults in by_advice.items():
            tasks = list(dict.fromkeys(fault.task for fault in faults))
            if advice == "errored":
                yield f"Nothing is known of {_counted(len(faults), 'attempt')}, which errored ({_named(tasks)})."
            else:
                yield f"{_counted(len(faults), 'fault')} in {_named(tasks)}. {_ADVICE[advice]}"
        yield self.conclusion

    @property
    def conclusion(self) -> str:
        """One line: whether the tasks are sound, as far as this was tried."""
        tried = f"{_counted(self.tasks, 'task')}, {_counted(len(self.verdicts), 'attempt')}"
        if self.passed:
            return f"{tried}: no fault was found."
        counted = Counter(fault.task for fault in self.faults)
        return f"{tried}: {_counted(sum(counted.values()), 'fault')} in {_counted(len(counted), 'task')}."


def _advice_for(fault: Verdict) -> str:
    if fault.meaning == "errored":
        return "errored"
    if fault.kind in IGNORANT:
        return "know-nothing"
    return fault.kind if fault.kind in _ADVICE else "mutants"


def _named(names: Sequence[str], most: int = 8) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{', '.join(names[:most])}{more}"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
