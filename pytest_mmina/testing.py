"""Tests that every agent has to pass, for a user's own test suite to inherit.

from pytest_mmina.testing import AgentContract

class TestMyAgent(AgentContract):
    def make_agent(self):
        return MyAgent()
"""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from pytest_mmina.agents.event_loop import EventLoop
from pytest_mmina.agents.in_process import as_agent
from pytest_mmina.agents.load import is_driver, load_agent
from pytest_mmina.agents.settings import AgentSettings
from pytest_mmina.core.episode.episode import Episode, run_episode
from pytest_mmina.core.episode.interfaces import Agent, Capture, Driver
from pytest_mmina.core.episode.limits import Limits
from pytest_mmina.core.episode.stepwise_run import wants_memory
from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.language.files import DownloadedFile
from pytest_mmina.core.language.trajectory import Observation, PageState, Remembered, State, Tab
from pytest_mmina.core.tasks.checks import SiteWord
from pytest_mmina.core.tasks.end_readings import Reading, ReadingResults
from pytest_mmina.core.tasks.task import Hop, Probes, Task

HOME = "https://contract.example/"
_OUTLINE = """- banner:
  - link "Home" [ref=e1]
- main:
  - heading "Teas" [level=1] [ref=e2]
  - searchbox "Search the shop" [ref=e3]
  - button "Search" [ref=e4]
  - link "Green tea" [ref=e5]
"""


class AgentContract:
    """A dozen tests for an agent. Override `make_agent`, and `seconds` if the agent needs more time."""

    step_timeout = 30.0
    """The time limit for one answer, in seconds."""

    def make_agent(self) -> Any:
        """Return the agent: an object, a function, or a value of --mmina-agent such as `cmd:node agent.js`."""
        raise NotImplementedError("a subclass of AgentContract defines make_agent()")

    def test_it_answers_with_an_action(self) -> None:
        """Its answer can be read as an action."""
        self._bears(_page())

    def test_it_goes_on_from_page_to_page(self) -> None:
        """It answers one observation after another."""
        self._bears(_page(), _page(url=f"{HOME}teas", title="Teas"), _page(url=f"{HOME}teas/green", title="Green tea"))

    def test_it_begins_anew_after_a_reset(self) -> None:
        """After a reset, the same agent can try a second task."""
        with self._agent() as agent:
            for intent in ("Find a green tea.", "Find a black tea."):
                self._episode(agent, [_page()], intent=intent)

    def test_it_bears_an_end_that_comes_early(self) -> None:
        """An episode may end before the agent has stopped, and another one starts."""
        with self._agent() as agent:
            self._episode(agent, [_page(), _page()], max_steps=1)
            self._episode(agent, [_page()])

    def test_it_bears_a_time_out(self) -> None:
        """An answer that takes too long is dropped, and the next episode works as usual."""
        with self._agent() as agent:
            run_episode(_task("Hurry."), agent=agent, browser=_Pages([_page()]), limits=Limits(step_timeout=0.001))
            self._episode(agent, [_page()])

    def test_its_stop_ends_the_episode(self) -> None:
        """When it stops, the answer is a text, which may be empty."""
        episode = self._bears(*[_page(text="- paragraph: The task is done. There is nothing left to do.")] * 4)
        assert episode.ending != "terminated" or episode.answer is not None

    def test_it_bears_an_empty_page(self) -> None:
        """A page may be empty and have no title."""
        self._bears(_page(url="about:blank", title="", text=""))

    def test_it_bears_a_malformed_page(self) -> None:
        """An outline may be cut off, or contain lines that are not valid."""
        self._bears(_page(text='- link "Gre\n   - ]][ref=\n\t- heading: : :\n{"kind": "stop"}\n```click [e1]```\0'))

    def test_it_bears_a_long_page(self) -> None:
        """A page may have ten thousand lines."""
        self._bears(_page(text="".join(f'- link "Tea number {place}" [ref=e{place}]\n' for place in range(10_000))))

    def test_it_bears_every_script(self) -> None:
        """Pages and tasks contain characters of all scripts."""
        words = "抹茶 чай شاي चाय 🍵 \u202etea\u202c e\u0301"
        with self._agent() as agent:
            self._episode(agent, [_page(title=words, text=f'- link "{words}" [ref=e1]\n')], intent=f"Find {words}.")

    def test_it_bears_pictures(self) -> None:
        """An observation may have a picture beside the text, or a picture only."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "001-screenshot.jpg"
            file.write_bytes(_picture())
            pictures = {"screenshot": str(file)}
            self._bears(_page(pictures=pictures), _page(text="", pictures=pictures))

    def test_it_bears_errors_and_events(self) -> None:
        """The observation says why an action failed, and what happened beside the page."""
        events = ("the page showed an alert: 'Hello'", "the file tea.pdf was downloaded (120 bytes)")
        self._bears(_page(), _page(error="click [e9]: no observation has shown such an element", events=events))

    def test_it_bears_many_tabs(self) -> None:
        """Many tabs may be open at once."""
        tabs = tuple(Tab(title=f"Tea {place}", url=f"{HOME}{place}", current=place == 7) for place in range(30))
        self._bears(_page(tabs=tabs))

    def test_it_bears_a_reminder(self) -> None:
        """An agent with memory is given earlier episodes, or none."""
        earlier = Remembered(task="other/1", intent="Find a black tea.", steps=(f"On {HOME} (Tea): click [e5]",))
        with self._agent() as agent:
            for memory in ((), (earlier,)):
                episode = self._episode(agent, [_page()], memory=memory)
                assert episode.trajectory.memory == (memory if wants_memory(agent) else ())

    def _bears(self, *pages: Observation) -> Episode:
        with self._agent() as agent:
            return self._episode(agent, pages)

    def _episode(
        self,
        agent: Agent | Driver,
        pages: Sequence[Observation],
        *,
        intent: str = "Find a green tea.",
        max_steps: int | None = None,
        memory: Sequence[Remembered] = (),
    ) -> Episode:
        limits = Limits(
            max_steps=max_steps or len(pages),
            step_timeout=self.step_timeout,
            identical_in_a_row=1000,
            identical_typing=1000,
        )
        episode = run_episode(_task(intent), agent=agent, browser=_Pages(pages), limits=limits, memory=memory)
        assert episode.ending != "failed", f"{episode.reason}\n{episode.agent_traceback}{episode.agent_log}"
        for step in episode.trajectory.steps[: episode.steps]:
            assert step.action is not None, f"this is not an action: {step.said!r}"
        return episode

    @contextmanager
    def _agent(self) -> Iterator[Agent | Driver]:
        made = self.make_agent()
        if (isinstance(made, str) and is_driver(made)) or callable(getattr(made, "drive", None)):
            raise TypeError(
                "AgentContract is for agents that answer observations, not for agents that drive the browser"
            )
        if isinstance(made, str):
            source = load_agent(made, AgentSettings(step_timeout=self.step_timeout))
            try:
                yield source.agent_for(_task("-"))
            finally:
                source.close()
            return
        loop = EventLoop()
        try:
            yield as_agent(made, spec="make_agent", loop=loop)
        finally:
            loop.close()


class _Pages:
    """A browser that shows prepared observations one after the other, whatever the agent does."""

    blocked = 0
    typed_secrets: frozenset[str] = frozenset()

    def __init__(self, pages: Sequence[Observation]) -> None:
        self._pages, self._next = pages, 0

    def reset(self, start_urls: Sequence[str]) -> None:
        self._next = 0

    def observe(self, *, probes: Probes) -> Capture:
        page = self._pages[min(self._next, len(self._pages) - 1)]
        self._next += 1
        return Capture(observation=page, states=(State(pages=(PageState(url=page.url),)),))

    def act(self, action: Action) -> None:
        """Do nothing."""

    def read(self, readings: Iterable[Reading]) -> ReadingResults:
        return ReadingResults({}, {})

    def late_downloads(self, *, contents: bool) -> tuple[DownloadedFile, ...]:
        return ()


def _task(intent: str) -> Task:
    hop = Hop(name="never", check=SiteWord(word="never-to-be-reached"))
    return Task(id="contract/1", subset="contract", intent=intent, start_urls=(HOME,), hops=(hop,))


def _page(**fields: Any) -> Observation:
    return Observation(**{"url": HOME, "title": "Tea shop", "text": _OUTLINE, **fields})


def _picture() -> bytes:
    from PIL import Image

    content = BytesIO()
    Image.new("RGB", (64, 48), "white").save(content, "JPEG")
    return content.getvalue()
