"""What a session or an episode cost, in words: "at least" where a part of it is not known."""

from collections.abc import Iterator

from pytest_mmina.core.language.trajectory import Usage
from pytest_mmina.core.record.changes import Changes
from pytest_mmina.core.record.metrics import Summary


def tokens_text(usage: Usage) -> str:
    """Return the number of tokens: `3,000 tokens`, or `at least 3,000 tokens`."""
    return f"{'' if usage.complete else 'at least '}{usage.tokens:,} tokens"


def usage_text(usage: Usage) -> str:
    """Return tokens and cost: `21 tokens in, 0 out, 1.5000 US dollars`."""
    cost = f", {usage.cost:.4f} US dollars" if usage.cost is not None else ""
    return f"{'' if usage.complete else 'at least '}{usage.input_tokens} tokens in, {usage.output_tokens} out{cost}"


def usage_lines(summary: Summary, changes: Changes | None = None) -> Iterator[str]:
    """Yield what the agents used, what was solved for it, and apart from them what the judge used."""
    if summary.usage is not None:
        yield f"used: {usage_text(summary.usage)}"
        if not summary.usage.complete:
            yield "      not every reply told its usage, so tokens and costs are lower bounds"
    if solved := solved_per(summary):
        yield f"solved: {solved}"
    compared = changes.at_equal_cost if changes is not None else ()
    if compared:
        yield f"at equal cost, on the same {compared[0].tasks} tasks: {', '.join(map(str, compared))}"
    if summary.judge_usage is not None and not summary.judge_usage.is_nothing:
        yield f"judge: {usage_text(summary.judge_usage)}"


def solved_per(summary: Summary) -> str:
    """Return what was solved for the money: `at most 3.2 per dollar, at most 11 per million tokens`; or ""."""
    at_most = "" if summary.usage is None or summary.usage.complete else "at most "
    found = {"dollar": summary.solved_per_dollar, "million tokens": summary.solved_per_million_tokens}
    return ", ".join(f"{at_most}{number:.3g} per {unit}" for unit, number in found.items() if number is not None)
