"""Early stopping: which trials the decision still depends on.

What is known is completed twice, once with nothing but failures and once with nothing but successes, and the rules
check both. More successes never make a check fail (`rule_checks`), so a check that has the same result at both ends has
it for all that lies between, and the trials that are left out lie between.
"""

from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256

from pydantic import Field

from pytest_mmina.core.models import Model
from pytest_mmina.core.record.counts import EpisodeCounts
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.gate.baseline import Baseline
from pytest_mmina.gate.rule_checks import CheckResult, check_rules
from pytest_mmina.gate.rules import Rules


class EarlyStopped(Model):
    """How many trials were left out, and for what rules and baseline: by other ones they might have counted."""

    trials: int = Field(default=0, ge=0)
    terms: str = ""


def terms_of(rules: Rules, baseline: Baseline | None) -> str:
    """Twelve digits that change with the rules and with the baseline."""
    asked = Terms(rules=rules, baseline=baseline).model_dump_json()
    return sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()[:12]


class Terms(Model):
    """What a session is judged by."""

    rules: Rules
    baseline: Baseline | None


def undecided_tasks(
    known: Iterable[EpisodeRecord],
    outstanding: Sequence[EpisodeRecord],
    rules: Rules,
    baseline: Baseline | None,
    *,
    hops_may_vary: Collection[str] = frozenset(),
) -> frozenset[str]:
    """The tasks whose outstanding trials may still change the decision; none where it is certain.

    `outstanding` are the planned records of trials without an episode; an errored episode says nothing of the agent and
    is taken as outstanding too. `hops_may_vary` are cases that may bring hops which nobody has planned.
    """
    known = list(known)
    sound = [record for record in known if record.outcome != "errored"]
    unknown = [*outstanding, *(record for record in known if record.outcome == "errored")]
    worst = _failed([*sound, *(_completed(record, solved=False) for record in unknown)], rules, baseline)
    best = _failed([*sound, *(_completed(record, solved=True) for record in unknown)], rules, baseline)
    behind = {check: result.tasks for check, result in worst.items()}
    if any(record.case in hops_may_vary for record in unknown):
        best = {check: result for check, result in best.items() if not result.counts_hops}
        # Hops that nobody planned may lower a rate that the planned ones alone would keep.
        for check, tasks in _checks_of_hops([*sound, *unknown], rules, baseline):
            behind.setdefault(check, tasks)
    if best:
        return frozenset()
    return frozenset().union(*behind.values())


def _failed(records: Iterable[EpisodeRecord], rules: Rules, baseline: Baseline | None) -> dict[str, CheckResult]:
    """Return the checks that fail, by name."""
    results = check_rules(EpisodeCounts.of(records), rules, baseline, shown="")
    return {result.check: result for result in results if result.check and result.status == "failed"}


def _checks_of_hops(
    records: Sequence[EpisodeRecord], rules: Rules, baseline: Baseline | None
) -> Iterable[tuple[str, frozenset[str]]]:
    tasks = frozenset(record.task for record in records)
    if rules.min_hop_rate:
        yield "hop rate", tasks
    if baseline is not None and "hop" in rules.max_drop:
        yield "hop drop", tasks


def _completed(record: EpisodeRecord, *, solved: bool) -> EpisodeRecord:
    hops = tuple(hop.model_copy(update={"passed": solved}) for hop in record.hops)
    return record.model_copy(update={"outcome": "solved" if solved else "unsolved", "hops": hops})
