"""What a session or an episode cost, in words: "at least" where a part of it is not known."""

from collections.abc import Iterator

from pytest_mmina.core.language.trajectory import Usage
from pytest_mmina.core.record.metrics import Summary


def tokens_text(usage: Usage) -> str:
    """Return the number of tokens: `3,000 tokens`, or `at least 3,000 tokens`."""
    return f"{'' if usage.complete else 'at least '}{usage.tokens:,} tokens"


def usage_text(usage: Usage) -> str:
    """Return tokens and cost: `21 tokens in, 0 out, 1.5000 US dollars`."""
    cost = f", {usage.cost:.4f} US dollars" if usage.cost is not None else ""
    return f"{'' if usage.complete else 'at least '}{usage.input_tokens} tokens in, {usage.output_tokens} out{cost}"


def usage_lines(summary: Summary) -> Iterator[str]:
    """Yield what the agents used, and apart from them what the judge used."""
    if summary.usage is not None:
        yield f"used: {usage_text(summary.usage)}"
        if not summary.usage.complete:
            yield "      not every reply told its usage, so tokens and costs are lower bounds"
    if summary.judge_usage is not None and not summary.judge_usage.is_nothing:
        yield f"judge: {usage_text(summary.judge_usage)}"
