"""How often the gate closes: simulated sessions whose success probabilities are known.

Run `python benchmarks/gate.py`. It prints a table: how many of 10,000 sessions close, by what changed, the range of
rates and the suite (tasks x trials). It fails if the gate closes too often in a cell where nothing changed (the 99.9 %
lower confidence bound is above alpha), or too seldom where all hops of seven tasks or more collapse (below 99 %).
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from gate_simulation import CELLS, RATES, SUITES, Cell, Closed, simulate

_COLLAPSE = "hops 60 % to 0"


def main() -> None:
    """Simulate, print, and write `benchmarks/results/gate.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=10_000, help="sessions per cell")
    parser.add_argument("--whole", type=int, default=10, help="sessions per cell that are also decided from records")
    parser.add_argument("--alpha", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--change", action="append", help="simulate only this change; can be repeated")
    options = parser.parse_args()
    cells = [cell for cell in CELLS if not options.change or cell.change in options.change]
    found: dict[Cell, Closed] = {}
    for cell in cells:
        closed = simulate(cell, sessions=options.sessions, whole=options.whole, alpha=options.alpha, seed=options.seed)
        found[cell] = closed
        done = f"{cell.change}, {cell.rates}, {cell.suite}: {closed.rate:.2%}, at least {closed.lower_bound:.2%}"
        print(done, file=sys.stderr, flush=True)
    print("\n".join(table(found)))
    folder = Path(__file__).parent / "results"
    folder.mkdir(exist_ok=True)
    written = [
        {"change": cell.change, "rates": cell.rates, "suite": str(cell.suite), "closed": closed.rate,
         "lower_bound": closed.lower_bound, "sessions": closed.sessions}
        for cell, closed in found.items()
    ]  # fmt: skip
    (folder / "gate.json").write_text(json.dumps({"alpha": options.alpha, "cells": written}, indent=2) + "\n")
    if problems := list(broken_promises(found, alpha=options.alpha)):
        sys.exit("\n".join(problems))


def table(found: Mapping[Cell, Closed]) -> Iterator[str]:
    """Yield the shares of closed sessions as a table in Markdown, then those of other suites as a list."""
    yield _row(["closed sessions", "rates", *map(str, SUITES)])
    yield _row(["---", "---", *["---:"] * len(SUITES)])
    for change in dict.fromkeys(cell.change for cell in found):
        for rates in (*RATES, "-"):
            shares = [found.get(Cell(change, suite, rates)) for suite in SUITES]
            if any(shares):
                yield _row([change, rates, *(f"{share.rate:.1%}" if share else "" for share in shares)])
    others = {cell: closed for cell, closed in found.items() if cell.suite not in SUITES}
    if others:
        yield ""
        yield from (
            f"- {cell.change}, {cell.rates}, {cell.suite}: {closed.rate:.1%}" for cell, closed in others.items()
        )


def broken_promises(found: Mapping[Cell, Closed], *, alpha: float) -> Iterator[str]:
    """Yield a sentence for each cell in which the gate is wrong more often than it promises."""
    for cell, closed in found.items():
        if cell.change == "unchanged" and closed.lower_bound > alpha:
            yield f"{cell} closes {closed.rate:.2%} of the sessions, and alpha is {alpha:.0%}"
        if cell.change == _COLLAPSE and closed.closed_of_those < 0.99 * closed.seven_or_more:
            yield f"{cell} closes {closed.closed_of_those} of {closed.seven_or_more} sessions with seven tasks or more"


def _row(values: Sequence[str]) -> str:
    return f"| {' | '.join(values)} |"


if __name__ == "__main__":
    main()
