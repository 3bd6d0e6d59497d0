"""Early stopping: which trials the decision still depends on.

What is known is completed twice, once with nothing but failures and once with nothing but successes, and the rules are
asked about both. More successes never turn an answer against the merge (`questions`), so a question that is answered
alike at both ends is answered alike by whatever lies between, the trials that are left out among it.
"""

from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256

from pydantic import Field

from pytest_mmina.core.models import Model
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.gate.baseline import Baseline
from pytest_mmina.gate.rule_checks import Finding, answers
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
    worst = _against([*sound, *(_completed(record, solved=False) for record in unknown)], rules, baseline)
    best = _against([*sound, *(_completed(record, solved=True) for record in unknown)], rules, baseline)
    behind = {question: finding.tasks for question, finding in worst.items()}
    if any(record.case in hops_may_vary for record in unknown):
        best = {question: finding for question, finding in best.items() if not finding.counts_hops}
        # Hops that nobody planned may lower a rate that the planned ones alone would keep.
        for question, tasks in _about_hops([*sound, *unknown], rules, baseline):
            behind.setdefault(question, tasks)
    if best:
        return frozenset()
    return frozenset().union(*behind.values())


def _against(records: Sequence[EpisodeRecord], rules: Rules, baseline: Baseline | None) -> dict[str, Finding]:
    """The questions that are answered against the merge, with what was found."""
    found: Iterable[Finding] = answers(records, rules, baseline, shown="")
    return {finding.question: finding for finding in found if finding.question and finding.weight == "against"}


def _about_hops(
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
