"""What workers save if the agent is slow: the same tasks in one process and in several, with a second per step.

Run `make bench-parallel`. The agent plays the oracle of each task, and sleeps before each step.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
AGENT = '''
import time

from pytest_mmina.agents.builtin import ScriptedAgent


class Thinker(ScriptedAgent):
    """Plays the oracle, and sleeps before each step."""

    def act(self, observation):
        time.sleep({seconds})
        return super().act(observation)
'''


def main() -> None:
    """Measure, print, and write `benchmarks/results/parallel.json`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--thought", type=float, default=1.0, help="seconds per step")
    parser.add_argument("--tasks", default="*", help="which of the bundled tasks, as a pattern")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "thinker.py").write_text(AGENT.format(seconds=options.thought))
        (Path(folder) / "test_thinking.py").write_text(
            f"""import pytest
from thinker import Thinker


@pytest.fixture
def mmina_agent(mmina_task):
    return Thinker(mmina_task.oracle)


@pytest.mark.mmina({options.tasks!r})
def test_thinks(mmina_run):
    mmina_run().require_solved()
"""
        )
        taken = {workers: run(Path(folder), workers) for workers in (0, options.workers)}
    result = {
        "seconds": {str(workers): seconds for workers, seconds in taken.items()},
        "parallel_speedup": taken[0] / taken[options.workers],
    }
    print(json.dumps(result, indent=2))
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "parallel.json").write_text(json.dumps(result, indent=2) + "\n")


def run(folder: Path, workers: int) -> float:
    """Run the tasks with so many workers (0: in one process), and return the seconds that it took."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "--mmina", "-q", "-p", "no:cacheprovider", "-n", str(workers), "."]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
