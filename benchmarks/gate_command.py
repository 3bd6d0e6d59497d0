"""What `mmina gate` costs beside reading the results: 10,500 episodes that a script makes up.

Run `make bench`. Each round measures the processor time of one reading of the journal with validation, and of
the command: in this process without a baseline, with one, and with the page, and as a process of its own, which also
imports what it needs. The measures are the medians of the ratios to the reading of the same round.
"""

import argparse
import contextlib
import io
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from pytest_mmina.commands.main import main as mmina
from pytest_mmina.core.record.metrics import EpisodeRecord
from tests.page.made import made_tasks, make_session

_COMMAND = "import sys; from pytest_mmina.commands.main import main; sys.exit(main())"


def seconds_of(function: Callable[[], object]) -> float:
    """The processor time of a call."""
    begin = time.process_time()
    function()
    return time.process_time() - begin


def read(folder: Path) -> None:
    """Read and validate the journal, and keep nothing."""
    with (folder / "episodes.jsonl").open("rb") as journal:
        for line in journal:
            EpisodeRecord.model_validate_json(line)


def gate(folder: Path, *arguments: str) -> None:
    """Run the command in this process."""
    with contextlib.redirect_stdout(io.StringIO()):
        mmina(["gate", str(folder), "--min-hop-rate", "0.5", *arguments])


def process_seconds(folder: Path) -> float:
    """The processor time of the command as a process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", _COMMAND, "gate", str(folder), "--min-hop-rate", "0.5", "--no-html"]
    subprocess.run(
        command, capture_output=True, check=False, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Measure, print, and write `benchmarks/results/gate_command.json` or what `--json` names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=3500)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path, default=Path(__file__).parent / "results" / "gate_command.json")
    options = parser.parse_args()
    root = Path(tempfile.mkdtemp(prefix="mmina-gate-"))
    folder, baseline = root / "now", root / "baseline.json"
    tasks = made_tasks(options.tasks)
    before = make_session(root / "before", tasks, trials=3, seed=1, pictures=False, recorded=False, errors=0.0)
    make_session(folder, tasks, trials=3, seed=2, pictures=False, recorded=False)
    mmina(["save-baseline", str(root / "before"), str(baseline)])
    ways: dict[str, Callable[[], float]] = {
        "ratio": lambda: seconds_of(lambda: gate(folder, "--no-html")),
        "ratio_with_baseline": lambda: seconds_of(lambda: gate(folder, "--no-html", "--baseline", str(baseline))),
        "ratio_with_page": lambda: seconds_of(lambda: gate(folder)),
        "ratio_of_process": lambda: process_seconds(folder),
    }
    for measure in ways.values():
        measure()  # what is imported is not measured, except in a process
    readings, ratios = [], {name: list[float]() for name in ways}
    for _ in range(options.rounds):
        for name, measure in ways.items():
            readings.append(seconds_of(lambda: read(folder)))
            ratios[name].append(measure() / readings[-1])
    result = {
        "episodes": len(before),
        "reading_seconds": statistics.median(readings),
        **{name: statistics.median(found) for name, found in ratios.items()},
    }
    for name, value in result.items():
        print(f"{name:<26}{value:>12.3f}")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=2) + "\n")
    shutil.rmtree(root)


if __name__ == "__main__":
    main()
