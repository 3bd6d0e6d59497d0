"""Whether a change made the browser slower: `benchmarks/browser.py` of this tree and of an earlier commit, in turns.

Run `make bench-before COMMIT=<commit>`. Each round runs both scripts in processes of their own, in changing order, and
compares them within the round. Printed are the medians over all rounds, and the lowest and highest ratio: of whole
tasks in milliseconds (`task`), and of the ratio to bare Playwright, which depends less on the machine's load (`ratio`).
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
# Whole tasks only: the other ways of observing, which take most of the time, are those of Playwright and Chromium.
RUN_TASKS = "import browser; browser.observations = lambda *_: {}; browser.main()"


def main() -> None:
    """Measure, print, and write `benchmarks/results/before.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commit", required=True, help="the commit to compare with")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--inner-rounds", type=int, default=3, help="rounds of benchmarks/browser.py in each process")
    options = parser.parse_args()
    rounds: list[dict[str, float]] = []
    with checked_out(options.commit) as before:
        for number in range(options.rounds):
            trees = [ROOT, before]
            measured = {tree: run(tree, options.inner_rounds) for tree in (trees if number % 2 else reversed(trees))}
            rounds.append({name: value / measured[before][name] for name, value in measured[ROOT].items()})
            print(", ".join(f"{name} {ratio:.3f}" for name, ratio in rounds[-1].items()), flush=True)
    result = {
        name: {"median": statistics.median(ratios), "lowest": min(ratios), "highest": max(ratios)}
        for name in rounds[0]
        for ratios in [[each[name] for each in rounds]]
    }
    for name, values in result.items():
        print(f"{name:8}" + "".join(f"  {what} {value:.3f}" for what, value in values.items()))
    results = ROOT / "benchmarks" / "results"
    results.mkdir(exist_ok=True)
    (results / "before.json").write_text(json.dumps({"commit": options.commit, **result}, indent=2) + "\n")


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """Check a commit out into a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "before"
        subprocess.run(["git", "worktree", "add", "--quiet", "--detach", tree, commit], cwd=ROOT, check=True)
        try:
            yield tree
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", tree], cwd=ROOT, check=True)


def run(tree: Path, rounds: int) -> dict[str, float]:
    """Run the tasks of a tree's benchmark: their milliseconds in all, and their ratio to bare Playwright."""
    subprocess.run(
        [sys.executable, "-c", RUN_TASKS, "--rounds", str(rounds)],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": f"{tree}{os.pathsep}{tree / 'benchmarks'}"},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    result = json.loads((tree / "benchmarks" / "results" / "latest.json").read_text())
    return {"task": sum(result["mmina_task_milliseconds"].values()), "ratio": result["whole_task_ratio"]}


if __name__ == "__main__":
    main()
