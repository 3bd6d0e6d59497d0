"""What collecting tasks costs: from one list and from many files, compared with a plain `parametrize` of as many cases.

Run `make bench`. Prints the medians of whole `pytest --collect-only` processes from interleaved rounds, the ratios to
the plain one in the same round, and the largest memory of each.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pytest_mmina.bundled import bundled

PLAIN = "import pytest\n\n@pytest.mark.parametrize('number', range({cases}))\ndef test_plain(number): pass\n"


class Cost(NamedTuple):
    """The cost of one process: seconds of wall time and of processor time, and its largest memory in megabytes."""

    seconds: float
    processor_seconds: float
    megabytes: float


def main() -> None:
    """Measure, print, and write `benchmarks/results/collection.json` or what `--json` names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", type=Path, default=Path(__file__).parent / "results" / "collection.json")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        commands = _write_projects(folder, options.cases)
        rounds = [
            {name: _cost(command, folder, options.cases) for name, command in commands.items()}
            for _ in range(options.rounds)
        ]
    result = {
        name: {
            "seconds": statistics.median(round_[name].seconds for round_ in rounds),
            "ratio": statistics.median(round_[name].seconds / round_["plain"].seconds for round_ in rounds),
            "processor_seconds": statistics.median(round_[name].processor_seconds for round_ in rounds),
            "processor_ratio": statistics.median(
                round_[name].processor_seconds / round_["plain"].processor_seconds for round_ in rounds
            ),
            "megabytes": max(round_[name].megabytes for round_ in rounds),
        }
        for name in commands
    }
    columns = list(result["plain"])
    print(f"{options.cases} cases, {options.rounds} rounds")
    print(" " * 8 + "".join(f"{column:>20}" for column in columns))
    for name, row in result.items():
        print(f"{name:8}" + "".join(f"{row[column]:20.2f}" for column in columns))
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps({"cases": options.cases, "rounds": options.rounds, **result}, indent=2) + "\n")


def _write_projects(folder: Path, cases: int) -> dict[str, Sequence[str]]:
    """Write the three projects, repeating the bundled tasks, and return the command that collects each."""
    files = sorted(bundled("tasks").glob("*/*.json"))
    texts = [(file.parent.name, file.read_text(encoding="utf-8")) for file in files]
    tasks = [texts[number % len(texts)] for number in range(cases)]
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "test_plain.py").write_text(PLAIN.format(cases=cases))
    (folder / "many.json").write_text(f"[{','.join(text for _, text in tasks)}]", encoding="utf-8")
    for number, (subset, text) in enumerate(tasks, start=1):
        place = folder / "files" / subset / f"{number}.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
    pytest = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider"]
    return {
        "plain": [*pytest, "test_plain.py"],
        "list": [*pytest, "--mmina", "many.json"],
        "files": [*pytest, "--mmina", "files"],
    }


def _cost(command: Sequence[str], folder: Path, cases: int) -> Cost:
    """Collect once in a new process; raises SystemExit unless every case is collected."""
    output = folder / "output.txt"
    with output.open("wb") as stream:
        begun = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=stream, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
    printed = output.read_text(encoding="utf-8")
    if process.returncode or f"{cases} tests collected" not in printed:
        raise SystemExit(f"{' '.join(command)} failed:\n{printed[-2000:]}")
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


if __name__ == "__main__":
    main()
