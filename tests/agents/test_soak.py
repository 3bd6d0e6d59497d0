"""Many episodes on several workers with agents elsewhere: none hears another's words, and nothing is left behind."""

import json
import os
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.agents.servers import as_json, served

pytestmark = pytest.mark.browser

FULL = os.environ.get("MMINA_AGENTS") == "full"
EPISODES, WORKERS = (200, 4) if FULL else (8, 2)
CONFTEST = """
import os, pathlib, psutil, pytest

@pytest.hookimpl(wrapper=True)
def pytest_runtest_logfinish(nodeid):
    yield
    process = psutil.Process()
    counts = [process.num_fds(), process.num_threads(), len(process.children(recursive=True))]
    with pathlib.Path("counts.%d" % os.getpid()).open("a") as file:
        print(*counts, file=file)
"""
AGENT = """
import json, os, sys
intent = ""
for line in sys.stdin:
    message = json.loads(line)
    if message["type"] == "reset":
        intent = message["intent"]
        if "7" in intent:
            print("{}", flush=True)
            os._exit(3)
    reply = {"action": f"stop [{intent}]"} if message["type"] == "act" else {}
    print(json.dumps(reply), flush=True)
"""


def answer_for(intents: dict[str, str], message: dict[str, Any]) -> dict[str, Any]:
    match message["type"]:
        case "reset":
            assert message["session"] not in intents
            intents[message["session"]] = message["intent"]
            return {}
        case "act":
            assert message["observation"]["intent"] == intents[message["session"]]
            return {"action": f"stop [{intents[message['session']]}]"}
        case _:
            del intents[message["session"]]
            return {}


@pytest.mark.parametrize("kind", ["http", "process"] if FULL else ["process"])
def test_nothing_is_left_behind(pytester: pytest.Pytester, kind: str) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makefile(".py", agent=AGENT)
    for number in range(EPISODES):
        hop = {"name": "said it", "check": {"kind": "answer_match", "equals": f"Say {number}."}}
        task = {"intent": f"Say {number}.", "start_url": "https://www.eventbrite.com/", "hops": [hop]}
        file = pytester.path / f"tasks/say/{number}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(task))
    intents: dict[str, str] = {}
    with served(lambda message, headers: as_json(answer_for(intents, message))) as url:
        agent = f"{url}/act" if kind == "http" else f"cmd:{sys.executable} agent.py"
        pytester.runpytest_subprocess(
            "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "--mmina", "tasks", f"--mmina-agent={agent}",
            f"-n{WORKERS}", timeout=1800,
        )  # fmt: skip
    lines = (pytester.path / "mmina-results/episodes.jsonl").read_text().splitlines()
    episodes = [json.loads(line) for line in lines]
    assert len(episodes) == EPISODES
    for episode in episodes:
        number = episode["task"].partition("/")[2]
        broken = kind == "process" and "7" in number
        assert (episode["outcome"] == "solved") is not broken, episode
        assert episode["answer"] == (None if broken else f"Say {number}.")
    assert not intents, "every episode was ended"
    counts = defaultdict(list)
    for file in pytester.path.glob("counts.*"):
        counts[file.name] = [tuple(map(int, line.split())) for line in file.read_text().splitlines()]
    for name, found in counts.items():
        # Descriptors, threads and processes: what comes and goes with an episode is no leak.
        warm, last = found[len(found) // 2 : -1], found[-1]
        for place in range(3):
            assert not warm or last[place] <= max(count[place] for count in warm) + 2, (name, found)
    assert not left_of(pytester.path)


def left_of(folder: Path) -> list[str]:
    """The processes that still work in a folder, but for this one."""
    found = []
    for process in psutil.process_iter():
        try:
            if (
                process.pid != os.getpid()
                and process.cwd().startswith(str(folder))
                and process.status() != psutil.STATUS_ZOMBIE
            ):
                found.append(" ".join(process.cmdline()))
        except psutil.Error:
            continue
    return found
