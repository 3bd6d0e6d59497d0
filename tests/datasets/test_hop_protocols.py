import json
from pathlib import Path
from typing import Any

import pytest

from pytest_mmina import judge_urls
from pytest_mmina.core.episode.episode import run_episode
from pytest_mmina.core.errors import MminaError, ProtocolError, TaskError
from pytest_mmina.datasets.files import load_tasks
from pytest_mmina.datasets.hop_protocols import by_protocol
from tests.core.fakes import FakeBrowser

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "mmina_protocol_vectors.json").read_text()
)
TASK = {"procedure": ["event", "timeout", "end"], "city": "new york"}
EVENTS, EATING = "https://www.eventbrite.com/d/new-york/", "https://www.timeout.com/newyork/new-york"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: f"vector{vector['id']}")
def test_both_protocols_agree_with_the_vectors(vector: dict[str, Any]) -> None:
    expected = vector["queue"]
    judged = judge_urls(vector["task"], vector["urls"], subset=vector["subset"])
    assert judged == (expected["hops"], expected["of"], expected["pass"], expected["passed_at"])
    expected = vector["run_py"]
    if "error" in expected:
        with pytest.raises(ProtocolError, match=expected["error"]):
            judge_urls(vector["task"], vector["urls"], subset=vector["subset"], protocol="run-py")
        return
    judged = judge_urls(vector["task"], vector["urls"], subset=vector["subset"], protocol="run-py")
    assert judged[:3] == (expected["hops"], expected["of"], expected["pass"])
    assert len(judged.passed_at) == judged.passed


def test_what_a_perfect_run_is_worth() -> None:
    assert judge_urls(TASK, [EVENTS, EATING], subset="compare") == (2, 2, True, [0, 1])
    assert judge_urls(TASK, [EVENTS, EATING], subset="compare", protocol="run-py") == (2, 3, True, [0, 1])


@pytest.mark.parametrize(
    ("task", "urls", "message"),
    [
        ({**TASK, "city": "rio de janeiro"}, ["https://www.eventbrite.com/rio-de-janeiro"], "ValueError"),
        (
            {"procedure": ["event", "end"], "city": ""},
            ["https://www.eventbrite.com/", "https://weekend/"],
            "IndexError",
        ),
        ({"procedure": ["kiwix"], "city": "rome"}, ["https://www.eventbrite.com/"], "IndexError"),
    ],
)
def test_where_run_py_crashes(task: dict[str, Any], urls: list[str], message: str) -> None:
    with pytest.raises(ProtocolError, match=f"run.py would raise {message}"):
        judge_urls(task, urls, subset="compare", protocol="run-py")


def test_an_answer_is_no_url() -> None:
    task = {"eval": {"eval_types": ["string_match"], "reference_answers": {"must_include": ["9"]}}}
    for protocol in ("queue", "run-py"):
        assert judge_urls(task, ["https://a/9"], subset="shopping", protocol=protocol) == (0, 1, False, [])
    task["eval"]["reference_answers"] = {"fuzzy_match": ["nine"]}
    assert judge_urls(task, ["https://a/9"], subset="wikipedia") == (0, 1, False, [])


def test_bad_input_is_told() -> None:
    with pytest.raises(TaskError, match="procedure: must be a list of URL words"):
        judge_urls({"procedure": "event"}, [], subset="compare")
    with pytest.raises(MminaError, match=r"unknown protocol 'run_py'. Did you mean 'run-py'\?"):
        judge_urls(TASK, [], subset="compare", protocol="run_py")
    with pytest.raises(MminaError, match="urls is a list of URLs"):
        judge_urls(TASK, EVENTS, subset="compare")


class Plays:
    def __init__(self, *lines: str) -> None:
        self.lines = iter(lines)

    def reset(self, intent: str) -> None:
        """Nothing to forget."""

    def act(self, observation: object) -> str:
        return next(self.lines)


def run(tmp_path: Path, *lines: str, **fields: Any) -> Any:
    document = {"intent": "Go.", "start_url": "https://start.example/", **TASK, **fields}
    file = tmp_path / "compare" / "1.json"
    file.parent.mkdir()
    file.write_text(json.dumps(document))
    (task,) = load_tasks(file)
    return run_episode(by_protocol(task, "run-py"), agent=Plays(*lines), browser=FakeBrowser())


def test_an_episode_by_run_py_is_solved_without_end(tmp_path: Path) -> None:
    episode = run(tmp_path, f"goto [{EVENTS}]", f"goto [{EATING}]", "stop")
    assert (episode.outcome, round(episode.credit, 3)) == ("solved", 0.667)
    assert [(hop.name, hop.passed, hop.step) for hop in episode.hops] == [
        ("event", True, 1), ("timeout", True, 2), ("end", False, None),
    ]  # fmt: skip
    assert episode.with_hops([]).solved


def test_an_episode_that_run_py_would_crash_in_is_errored(tmp_path: Path) -> None:
    episode = run(tmp_path, f"goto [{EVENTS}]", "stop", city="rio de janeiro")
    assert (episode.outcome, episode.credit) == ("errored", 0)
    assert "run.py would raise ValueError" in episode.reason


def test_an_unfinished_episode_by_run_py_is_partial(tmp_path: Path) -> None:
    assert run(tmp_path, f"goto [{EVENTS}]", "stop").outcome == "partial"
