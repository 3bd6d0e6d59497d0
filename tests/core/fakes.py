"""A browser without a browser: its pages are URLs, its actions are `goto`."""

from collections.abc import Callable, Iterable, Sequence

from pytest_mmina.core.episode.interfaces import Capture
from pytest_mmina.core.errors import ActionFailed
from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.language.files import DownloadedFile
from pytest_mmina.core.language.trajectory import Observation, PageState, State
from pytest_mmina.core.tasks.checks import SiteWord
from pytest_mmina.core.tasks.end_readings import Reading, ReadingResults
from pytest_mmina.core.tasks.task import Hop, Probes, Task


class FakeBrowser:
    """Opens whatever `goto` names, passes `redirects` on the way, and refuses every other action.

    `files` are those whose download ends before the next observation, `late` those after the agent has stopped.
    """

    def __init__(self, *, redirects: Sequence[str] = (), broken: Callable[[], None] = lambda: None) -> None:
        self.url = ""
        self.blocked = 0
        self.typed_secrets: frozenset[str] = frozenset()
        self._redirects = redirects
        self._broken = broken
        self._passed: list[State] = []
        self.files: tuple[DownloadedFile, ...] = ()
        self.late: tuple[DownloadedFile, ...] = ()

    def reset(self, start_urls: Sequence[str]) -> None:
        self.url = start_urls[0]

    def observe(self, *, probes: Probes) -> Capture:
        passed, self._passed = self._passed, []
        texts = dict.fromkeys(probes.selectors, (f"text of {self.url}",))
        files, self.files = self.files, ()
        downloads = files if probes.downloads else None
        settled = State(pages=(PageState(url=self.url, texts=texts),), downloads=downloads)
        return Capture(observation=Observation(url=self.url, title="a page"), states=(*passed, settled))

    def read(self, readings: Iterable[Reading]) -> ReadingResults:
        texts = {reading.key: f"read at {reading.address(self.url)}" for reading in readings}
        asked = [reading.key for reading in readings if reading.shows_pictures]
        return ReadingResults(texts, dict.fromkeys(asked, (b"\x89PNG\r\n",)))

    def late_downloads(self, *, contents: bool) -> tuple[DownloadedFile, ...]:
        late, self.late = self.late, ()
        return late

    def act(self, action: Action) -> None:
        self._broken()
        if action.kind != "goto":
            raise ActionFailed(f"{action}: nothing here can be used")
        self._passed = [State(pages=(PageState(url=url),)) for url in self._redirects]
        self.url = action.text


def task_of(*words: str, start: str = "https://start.example/") -> Task:
    hops = tuple(Hop(name=word, check=SiteWord(word=word)) for word in words)
    return Task(id="compare/1", subset="compare", intent="Go there.", start_urls=(start,), hops=hops)
