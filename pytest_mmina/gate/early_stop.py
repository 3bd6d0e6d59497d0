"""Early stopping: find the trials on which the decision still depends.

The rules check the session twice: once as if all outstanding trials failed, and once as if all of them succeeded. More
successes never make a check fail (`rule_checks`). So if a check has the same result in both cases, it has this result
for every outcome of the outstanding trials.
"""

from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256

from pydantic import Field

from pytest_mmina.core.models import Model
from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.core.tasks.constraints import Violation
from pytest_mmina.gate.baseline import Baseline
from pytest_mmina.gate.check_results import CheckResult
from pytest_mmina.gate.decidable import can_close
from pytest_mmina.gate.exemptions import NO_EXEMPTIONS, Exemptions
from pytest_mmina.gate.rule_checks import check_rules
from pytest_mmina.gate.rules import Rules


class EarlyStopped(Model):
    """How many trials were left out, and the fingerprint of the rules and baseline that made them unnecessary.

    `decidable` is whether any result of all trials, with those that were left out, could have closed the gate.
    """

    trials: int = Field(default=0, ge=0)
    terms: str = ""
    decidable: bool = True

    @classmethod
    def of(
        cls,
        left_out: Collection[EpisodeRecord],
        known: Iterable[EpisodeRecord],
        rules: Rules,
        baseline: Baseline | None,
        exemptions: Exemptions = NO_EXEMPTIONS,
    ) -> "EarlyStopped":
        """Return the facts about the trials that were left out; `known` are the episodes of the others."""
        if not left_out:
            return cls()
        counts = exemptions.deciding(EpisodeCounts.of([*known, *left_out]))
        decidable = can_close(counts, rules, exemptions.compared(baseline), exemptions)
        return cls(trials=len(left_out), terms=terms_fingerprint(rules, baseline, exemptions), decidable=decidable)


def terms_fingerprint(rules: Rules, baseline: Baseline | None, exemptions: Exemptions = NO_EXEMPTIONS) -> str:
    """Return a fingerprint of the rules, the baseline and the exceptions: twelve hexadecimal digits."""
    terms = _Terms(rules=rules, baseline=baseline, exemptions=exemptions.terms).model_dump_json()
    return sha256(terms.encode("utf-8", "surrogatepass")).hexdigest()[:12]


class _Terms(Model):
    """The rules, the baseline and the exceptions that a session is judged by."""

    rules: Rules
    baseline: Baseline | None
    exemptions: Exemptions


def undecided_tasks(
    known: Iterable[EpisodeRecord],
    outstanding: Sequence[EpisodeRecord],
    rules: Rules,
    baseline: Baseline | None,
    *,
    hops_may_vary: Collection[str] = frozenset(),
    exemptions: Exemptions = NO_EXEMPTIONS,
) -> frozenset[str]:
    """Return the tasks whose outstanding trials can still change the decision; none if the decision is certain.

    `outstanding` are the planned records of trials without an episode. Errored episodes count as outstanding too,
    because they show nothing about the agent. `hops_may_vary` are cases that can add hops that are not planned. Tasks
    that are exempt decide nothing.
    """
    known = [record for record in known if exemptions.decides(record.task)]
    outstanding = [record for record in outstanding if exemptions.decides(record.task)]
    baseline = exemptions.compared(baseline)
    sound = [record for record in known if record.outcome != "errored"]
    unknown = [*outstanding, *(record for record in known if record.outcome == "errored")]
    worst = _failed([*sound, *(completed(record, solved=False) for record in unknown)], rules, baseline, exemptions)
    best = _failed([*sound, *(completed(record, solved=True) for record in unknown)], rules, baseline, exemptions)
    undecided = {check: result.tasks for check, result in worst.items()}
    if any(record.case in hops_may_vary for record in unknown):
        best = {check: result for check, result in best.items() if not result.counts_hops}
        # Hops that are not planned can lower a rate further than the planned ones can.
        for check, tasks in _checks_of_hops([*sound, *unknown], rules, baseline):
            undecided.setdefault(check, tasks)
    if best:
        return frozenset()
    return frozenset().union(*undecided.values())


def _failed(
    records: Iterable[EpisodeRecord], rules: Rules, baseline: Baseline | None, exemptions: Exemptions
) -> dict[str, CheckResult]:
    """Return the checks that fail, by name."""
    results = check_rules(EpisodeCounts.of(records), rules, baseline, exemptions=exemptions, prefix="")
    return {result.check: result for result in results if result.check and result.status == "failed"}


def _checks_of_hops(
    records: Sequence[EpisodeRecord], rules: Rules, baseline: Baseline | None
) -> Iterable[tuple[str, frozenset[str]]]:
    tasks = frozenset(record.task for record in records)
    if rules.min_hop_rate:
        yield "hop rate", tasks
    if baseline is not None and "hop" in rules.max_drop:
        yield "hop drop", tasks


def completed(record: EpisodeRecord, *, solved: bool) -> EpisodeRecord:
    """Return the record of an episode with an unknown result as if it were solved, or as if nothing were.

    In the second case, a constraint of its task is broken, if it has any.
    """
    hops = tuple(hop.model_copy(update={"passed": solved, "reached": True, "score": None}) for hop in record.hops)
    outcome = "solved" if solved else "unsolved"
    broken = (Violation(name="unknown", kind="never", step=0, reason=""),) if record.constraints and not solved else ()
    return record.model_copy(
        update={"outcome": outcome, "credit": float(solved), "hops": hops, "violations": broken, "unjudged": ()}
    )
