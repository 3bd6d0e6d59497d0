"""`replay:DIR`: the same run again, and drift of the site where it cannot be."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_mmina.agents.load import load_agent
from pytest_mmina.agents.replay import ReplayAgent
from pytest_mmina.agents.settings import AgentSettings
from pytest_mmina.core.episode.episode import Episode, run_episode
from pytest_mmina.core.episode.interfaces import Capture
from pytest_mmina.core.errors import ActionFailed, AgentSpecError
from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.record.canonical import canonical_episode, canonical_text
from pytest_mmina.core.tasks.task import Probes
from tests.core.fakes import task_of
from tests.trajectories.recorded import FIRST, FORM, SECOND, Browser, record


class Changed(Browser):
    """The same site on another day."""

    def __init__(self, change: Callable[[str], str]) -> None:
        super().__init__()
        self._change, self.done = change, list[str]()

    def observe(self, *, probes: Probes) -> Capture:
        capture = super().observe(probes=probes)
        seen = {"text": self._change(capture.observation.text)}
        return capture.model_copy(update={"observation": capture.observation.model_copy(update=seen)})

    def act(self, action: Action) -> None:
        self.done.append(str(action))
        if action.kind == "press":
            raise ActionFailed("nothing listens")
        super().act(action)


def replay(folder: Path, browser: Browser, *, intent: str = "Go.") -> Episode:
    task = task_of("first", "second").model_copy(update={"intent": intent})
    return run_episode(task, agent=ReplayAgent(folder, task.id), browser=browser)


def test_the_same_run_tells_the_same(tmp_path: Path) -> None:
    _, episode = record(
        tmp_path, "what?", f"goto [{FIRST}]", "click [e3]", "drag [e2] [e1]", f"goto [{SECOND}]", "stop"
    )
    again = replay(tmp_path / "trajectories", Browser())
    assert again.hops == episode.hops
    for level in ("actions", "full"):
        assert canonical_text(canonical_episode(again), level=level) == canonical_text(
            canonical_episode(episode), level=level
        )


def test_elements_are_found_under_other_references(tmp_path: Path) -> None:
    record(tmp_path)
    browser = Changed(lambda text: text.replace("=e", "=e7").replace("- link", '- link "New" [ref=e1]\n- link', 1))
    assert replay(tmp_path, browser).solved
    assert browser.done[1] == "click [e73]"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda text: text.replace("More", "Mehr"), f"drift at step 2: there is no link 'More' on {FIRST}"),
        (lambda text: text[: text.rindex("- link")], f"drift at step 2: there is only 1 of link 'More' on {FIRST}"),
    ],
)
def test_an_element_that_is_gone_is_drift(tmp_path: Path, change: Callable[[str], str], reason: str) -> None:
    record(tmp_path)
    assert FORM.count("More") == 2
    episode = replay(tmp_path, Changed(change))
    assert (episode.ending, episode.reason) == ("errored", reason)


def test_an_action_that_is_refused_now_is_drift(tmp_path: Path) -> None:
    record(tmp_path, "click [e2]", "stop")
    refuses = Changed(lambda text: text)
    refuses.act = lambda action: Changed.act(refuses, Action(kind="press", text="Enter"))  # type: ignore[method-assign]
    episode = replay(tmp_path, refuses)
    assert episode.ending == "errored"
    assert episode.reason == "drift at step 1, which could be done when it was recorded: nothing listens"


def test_what_cannot_be_replayed_is_told(tmp_path: Path) -> None:
    assert replay(tmp_path, Browser()).reason.startswith("nothing to replay: ")
    record(tmp_path, "type [e1] [correct horse] [0]", "stop")
    assert replay(tmp_path, Browser()).reason == "nothing to replay at step 1: it typed a secret, which is not recorded"
    assert "was recorded with a different intent" in replay(tmp_path, Browser(), intent="Come.").reason
    with pytest.raises(AgentSpecError, match=r"agent 'replay:none': .*none: holds no trajectory"):
        load_agent("replay:none", AgentSettings(folder=tmp_path))


def test_an_agent_that_failed_fails_again(tmp_path: Path) -> None:
    def breaks(turn: int) -> None:
        if turn == 2:
            raise ValueError("the model is away")

    record(tmp_path, before=breaks)
    episode = replay(tmp_path, Browser())
    assert (episode.ending, [hop.passed for hop in episode.hops]) == ("failed", [True, False])
    assert "the model is away" in episode.reason
