"""Sessions of two agents in one folder, killed at random moments: no answer is ever that of the other agent.

`make kills` kills forty sessions; the suite takes a sample of three. The browser is a fake one.
"""

import os
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from pytest_mmina.commands.main import main
from pytest_mmina.gate.baseline import read_baseline
from tests.forks import ForkedProcess, Forks
from tests.page.made import records_of
from tests.plugin.project import Project

pytestmark = pytest.mark.long

KILLS = int(os.environ.get("MMINA_KILLS", "0")) or 3
SEED = int(os.environ.get("MMINA_SEED", "1"))
TASKS = 6
RESULTS, BASELINE = Path("mmina-results"), Path("baseline.json")
WAYS = ((), ("-n0",), ("-n2",))
OUTCOMES = {"Good": "solved", "Broken": "unsolved"}
USAGE_ERROR = 4

SLOW_BOTS = """
import time
from bots import Nothing, Plays

class Good(Plays):
    def act(self, observation):
        time.sleep(0.03)
        return super().act(observation)

class Broken(Nothing):
    def act(self, observation):
        time.sleep(0.03)
        return super().act(observation)
"""


class Sessions:
    """Sessions in the project's folder; `last` is the agent of the session that last began a run."""

    def __init__(self, forks: Forks) -> None:
        self._forks = forks
        self.last = ""

    def start(self, agent: str, *options: str) -> ForkedProcess:
        with pytest.MonkeyPatch.context() as patched, Path("output.txt").open("w") as output:
            patched.setenv("PYTHONPATH", os.getcwd(), prepend=os.pathsep)
            return self._forks.start_pytest(
                *("-p", "no:cacheprovider", "--mmina", "--mmina-no-html", "--mmina-min-task-rate=0.5", "tasks"),
                *(f"--mmina-agent=slow_bots:{agent}", *options),
                stdout=output.fileno(), stderr=output.fileno(),
            )  # fmt: skip

    def begin(self, agent: str, *options: str) -> ForkedProcess:
        """Begin a run, and wait until it has taken the folder: one that is killed before has changed nothing."""
        session = self.start(agent, *options)
        while not (RESULTS / "session.lock").exists() and not has_ended(session):
            time.sleep(0.002)  # another process is waited for
        self.last = agent
        return session


def has_ended(session: ForkedProcess) -> bool:
    try:
        session.wait(timeout=0)
    except subprocess.TimeoutExpired:
        return False
    return True


def is_the_unbroken(agent: str) -> bool:
    """Whether the folder holds what a session of an agent leaves that nobody kills."""
    records = records_of(RESULTS)
    whole = {f"compare/{number}" for number in range(TASKS)}
    return (
        [record.task for record in records] == sorted(whole)
        and {record.agent for record in records} == {f"slow_bots:{agent}"}
        and {record.outcome for record in records} == {OUTCOMES[agent]}
    )


def test_an_answer_is_that_of_the_unbroken_session_or_a_refusal(
    pytester: pytest.Pytester, forks: Forks, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("PYTEST_XDIST_")]:
        monkeypatch.delenv(name)
    project = Project(pytester)
    project.replace_browser()
    for number in range(TASKS):
        project.task(f"compare/{number}")
    project.file("slow_bots.py", SLOW_BOTS)
    dice, sessions, answers = Random(SEED), Sessions(forks), {"answer": 0, "refusal": 0}
    kills = 0
    seconds = unbroken_seconds(sessions)
    while kills < KILLS:
        agent, way = dice.choice(list(OUTCOMES)), dice.choice(WAYS)
        session = sessions.begin(agent, *way)
        time.sleep(dice.uniform(0, seconds * 1.1))
        with suppress(ProcessLookupError):
            session.kill()
        kills += session.wait(timeout=60) < 0
        actions = [gate, save_baseline, resume_other, resume_same]
        dice.shuffle(actions)
        for action in actions[: dice.randint(1, len(actions))]:
            outcome = action(sessions, dice)
            answers[outcome] += 1
            print(f"kill {kills} of {agent} {way}: {action.__name__}: {outcome}", flush=True)
    print(answers)
    assert answers["refusal"] > 0


def unbroken_seconds(sessions: Sessions) -> float:
    """Run both agents to their end; gives how long a session takes after it has taken the folder."""
    seconds = 0.0
    for agent in OUTCOMES:
        session = sessions.begin(agent)
        begun = time.monotonic()
        assert session.wait(timeout=120) == (agent != "Good"), Path("output.txt").read_text()
        seconds = max(seconds, time.monotonic() - begun)
        assert is_the_unbroken(agent)
    return seconds


def gate(sessions: Sessions, dice: Random) -> str:
    """`mmina gate` opens only on the last agent's results, all of them."""
    status = main(["gate", str(RESULTS), "--min-task-rate", "0.5", "--no-html"])
    if status == 0:
        assert sessions.last == "Good"
        assert is_the_unbroken("Good")
    return "answer" if status == 0 or (RESULTS / "summary.json").exists() else "refusal"


def save_baseline(sessions: Sessions, dice: Random) -> str:
    """A baseline that is saved is that of the last agent, whole."""
    BASELINE.unlink(missing_ok=True)
    if main(["save-baseline", str(RESULTS), str(BASELINE)]):
        assert not BASELINE.exists()
        return "refusal"
    baseline = read_baseline(BASELINE)
    assert len(baseline.tasks) == TASKS
    assert {counts.solved for counts in baseline.tasks.values()} == {1 if sessions.last == "Good" else 0}
    return "answer"


def resume_same(sessions: Sessions, dice: Random) -> str:
    """A resumed run ends as the unbroken session of its agent does."""
    status = sessions.start(sessions.last, "--mmina-resume=mmina-results", *dice.choice(WAYS)).wait(timeout=120)
    output = Path("output.txt").read_text()
    if status == USAGE_ERROR:
        assert "--mmina-resume: " in output
        return "refusal"
    assert status == (sessions.last != "Good"), output
    assert is_the_unbroken(sessions.last), output
    return "answer"


def resume_other(sessions: Sessions, dice: Random) -> str:
    """No agent continues the run of another one."""
    (other,) = set(OUTCOMES) - {sessions.last}
    status = sessions.start(other, "--mmina-resume=mmina-results", *dice.choice(WAYS)).wait(timeout=120)
    output = Path("output.txt").read_text()
    if status != USAGE_ERROR:
        # The last session was killed before it had a plan: what is there is the other agent's own run.
        assert is_the_unbroken(other), output
        sessions.last = other
        return "answer"
    assert "--mmina-resume: " in output
    return "refusal"
