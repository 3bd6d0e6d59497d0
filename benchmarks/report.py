"""What the HTML report costs: writing its page for 10,500 episodes, and showing it in Chromium.

Run `make bench-report`. The results are generated: 3,500 tasks, 3 trials, 10 steps each. The measures are the processor
time of writing the page relative to reading and validating the journal in the same process (median of interleaved
rounds), the largest memory of a process that does nothing else, the browser's time until the overview is complete, and
the time of scripts for a change of filter. `ratio_again` also counts writing the script of every trajectory, as for
results whose scripts were not written while the session ran.
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from pytest_mmina.reports.page.scripts import complete_scripts
from pytest_mmina.results.reading import read_results
from tests.page.made import made_tasks, make_page, make_session

_FILTERS = ("outcome=errored", "subset=multi567", "q=lisbon", "hops=7", "sort=slowest", "")


def seconds_of(function: object, *arguments: object) -> float:
    """Return the processor time of a call."""
    begin = time.process_time()
    function(*arguments)  # type: ignore[operator]
    return time.process_time() - begin


def peak_megabytes(folder: Path) -> float:
    """Return the largest memory of a process that writes the page."""
    # Read Linux's own count: the one of `resource` includes the memory of the parent, from before the exec.
    code = """import sys; from pytest_mmina.commands.main import main; main(["report", sys.argv[1]])
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))"""
    command = [sys.executable, "-c", code, str(folder)]
    return int(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1]) / 1024


def shown(folder: Path) -> dict[str, float]:
    """Return milliseconds in Chromium: until the first paint, until the overview is complete, and for a filter."""
    from playwright.sync_api import sync_playwright

    from pytest_mmina.browser.launch import launch_arguments

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_arguments({"args": ["--no-sandbox"]}))
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto((folder / "index.html").as_uri())
        page.wait_for_selector("html[data-ready]", state="attached", timeout=60_000)
        ready = page.evaluate("performance.getEntriesByName('mmina-ready')[0].startTime")
        painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        page.goto((folder / "index.html").as_uri() + "#/tasks")
        page.wait_for_selector("table.tasks tbody tr")
        change = (
            "query => { const begin = performance.now(); mmina.tasks.show(document.getElementById('view'), "
            "mmina.results, new URLSearchParams(query)); return performance.now() - begin; }"
        )
        filtered = [statistics.median(page.evaluate(change, query) for _ in range(5)) for query in _FILTERS]
        browser.close()
    return {"first_paint_milliseconds": painted, "ready_milliseconds": ready, "filter_milliseconds": max(filtered)}


def main() -> None:
    """Measure, print, and write `benchmarks/results/report.json` or what `--json` names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=3500)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="generate the results in this folder, and keep them")
    parser.add_argument("--json", type=Path, default=Path(__file__).parent / "results" / "report.json")
    options = parser.parse_args()
    folder = options.keep or Path(tempfile.mkdtemp(prefix="mmina-report-"))
    tasks = made_tasks(options.tasks)
    if not (folder / "summary.json").exists():
        before = make_session(folder / "before", tasks, trials=3, seed=1, pictures=False, recorded=False)
        make_session(folder, tasks, trials=3, steps=options.steps, seed=2, pictures=False, baseline=before)
    make_page(folder)
    for script in (folder / "trajectories").rglob("*.js"):
        script.unlink()
    again = seconds_of(partial(complete_scripts, into=folder), folder)
    rounds = [(seconds_of(read_results, folder), seconds_of(make_page, folder)) for _ in range(options.rounds)]
    journal = statistics.median(read for read, _ in rounds)
    result = {
        "episodes": 3 * options.tasks,
        "journal_seconds": journal,
        "page_seconds": statistics.median(written for _, written in rounds),
        "ratio": statistics.median(written / read for read, written in rounds),
        "ratio_again": (again + statistics.median(written for _, written in rounds)) / journal,
        "peak_megabytes": peak_megabytes(folder),
        "page_megabytes": sum(file.stat().st_size for file in (folder / "page").rglob("*") if file.is_file()) / 1e6,
        **shown(folder),
    }
    for name, value in result.items():
        print(f"{name:<26}{value:>12.3f}")
    options.json.parent.mkdir(parents=True, exist_ok=True)
    options.json.write_text(json.dumps(result, indent=2) + "\n")
    if options.keep is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
