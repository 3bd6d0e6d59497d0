"""Episodes in a fake browser that are recorded, for tests of whatever reads recordings."""

from collections.abc import Callable
from pathlib import Path

from pytest_mmina.core.choices import RecordedDetail
from pytest_mmina.core.episode.episode import Episode, run_episode
from pytest_mmina.core.episode.interfaces import Capture
from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.language.trajectory import Observation
from pytest_mmina.core.record.stored_trajectory import Head
from pytest_mmina.core.tasks.task import Probes
from pytest_mmina.trajectories.reading import recording_file
from pytest_mmina.trajectories.writing import Recording
from tests.core.fakes import FakeBrowser, task_of

FIRST, SECOND = "https://en.example/first", "https://en.example/second"
FORM = '- textbox "Word" [ref=e1]\n- link "More" [ref=e2]\n- link "More" [ref=e3]\n'


class Browser(FakeBrowser):
    """A fake browser whose pages have a form, and which takes all that is typed for secret."""

    def observe(self, *, probes: Probes) -> Capture:
        capture = super().observe(probes=probes)
        seen = {"text": FORM, "texts": {"html": f"<p>{capture.observation.url}</p>"}}
        faults = {"console_errors": (f"at {capture.observation.url}",), "failed_requests": ("GET https://x/: blocked",)}
        return capture.model_copy(update={"observation": capture.observation.model_copy(update=seen), **faults})

    def act(self, action: Action) -> None:
        if action.kind == "type":
            self.typed_secrets |= {action.text}
            return
        if action.kind != "click":
            super().act(action)


LINES = [f"goto [{FIRST}]", "click [e3]", f"goto [{SECOND}]", "stop [done]"]


class Player:
    """An agent that does its lines one after another."""

    def __init__(self, *lines: str, before: Callable[[int], None] = lambda turn: None) -> None:
        self._lines, self._before, self._turn = lines, before, 0

    def reset(self, intent: str) -> None:
        pass

    def act(self, observation: Observation) -> str:
        self._turn += 1
        self._before(self._turn)
        return self._lines[self._turn - 1]


def record(
    folder: Path,
    *lines: str,
    detail: RecordedDetail = "full",
    intent: str = "Go.",
    before: Callable[[int], None] = lambda _: None,
    queue: bool = True,
) -> tuple[Path, Episode]:
    """Run an episode of these lines and record it; gives the file and the episode.

    Without `queue`, its two hops can pass in any order.
    """
    task = task_of("first", "second").model_copy(update={"intent": intent})
    if not queue:
        hops = tuple(hop.model_copy(update={"after": ()}) for hop in task.hops)
        task = task.model_copy(update={"hops": hops})
    head = Head(
        detail=detail, task=task.id, subset=task.subset, trial=1, agent="player", intent=intent,
        start_urls=task.start_urls, hops=("first", "second"),
    )  # fmt: skip
    file = recording_file(folder, task=task.id, trial=1, case="", browser="")
    recording = Recording(file, results=folder, head=head, here=folder)
    episode = run_episode(task, agent=Player(*(lines or LINES), before=before), browser=Browser(), recorder=recording)
    recording.close()
    assert recording.problem == ""
    return file, episode
