"""What a model's replies cost, also those that are thrown away; and what an endpoint may say about it."""

import json
import sys
from typing import Any

import pytest

from pytest_mmina.agents.chat import ChatSource
from pytest_mmina.agents.driver import CommandDriver
from pytest_mmina.agents.http_agent import HttpSource
from pytest_mmina.agents.settings import AgentSettings
from pytest_mmina.chat_endpoint.reported_usage import TokenCounts, reported_tokens
from pytest_mmina.core.episode.episode import Episode, run_episode
from pytest_mmina.core.episode.interfaces import Question
from pytest_mmina.core.episode.limits import Limits
from pytest_mmina.core.errors import JudgeError
from pytest_mmina.core.language.trajectory import Usage
from pytest_mmina.judges.cache import VerdictCache
from pytest_mmina.judges.chat import ChatJudge
from tests.agents.servers import as_json, completion, served
from tests.core.fakes import FakeBrowser, task_of
from tests.judges.endpoint import endpoint, says

GO, STOP = "```goto [https://one.example/]```", "```stop [done]```"
SEVEN_AND_THREE = TokenCounts(input=7, output=3)
Response = tuple[int, dict[str, str], bytes]


def discarded(**message: Any) -> dict[str, Any]:
    """A reply without content, which is thrown away, and which cost as much as any other."""
    return {**completion(""), "choices": [{"message": {"role": "assistant", "content": None, **message}}]}


def used_up(tokens: int) -> dict[str, Any]:
    return {"usage": {"input_tokens": tokens}}


def episode_with(*responses: Response, **settings: Any) -> Episode:
    """An episode with a model that gives these responses, without pauses between them."""
    left = list(responses)

    def answer(message: dict[str, Any], headers: dict[str, str]) -> Response:
        status, more, body = left.pop(0) if len(left) > 1 else left[0]
        return status, {"Retry-After": "0", **more}, body

    with served(answer) as url:
        source = ChatSource("some-model", AgentSettings(**{"step_timeout": 5.0, **settings, "chat_url": url}))
        return run_episode(task_of("one"), agent=source.agent_for(None), browser=FakeBrowser())


def used(replies: int, *, complete: bool = True) -> Usage:
    return Usage(input_tokens=100 * replies, output_tokens=10 * replies, complete=complete)


def test_replies_that_are_thrown_away_count() -> None:
    other = [as_json(reply) for line in (GO, GO, STOP) for reply in (discarded(), completion(line))]
    episode = episode_with(*other)
    assert (episode.answer, episode.usage) == ("done", used(6))
    assert [step.usage for step in episode.trajectory.steps] == [used(2)] * 3


def test_an_episode_that_fails_for_them_has_cost_them() -> None:
    episode = episode_with(as_json(completion(GO)), as_json(discarded()))
    assert episode.reason.endswith("cannot be asked: a reply that is not a chat completion, 5 times in a row")
    assert (episode.ending, episode.usage) == ("failed", used(6))


@pytest.mark.parametrize(
    ("response", "usage"),
    [
        (as_json({**completion(GO), "error": "busy"}, 429), used(2)),
        (as_json({"usage": completion(GO)["usage"]}, 503), used(2)),
        (as_json({"error": "busy"}, 503), used(1)),
        ((200, {}, json.dumps({"usage": completion(GO)["usage"], "choices": []}).encode()[:-3]), used(2)),
        ((200, {}, b"oh no"), used(1, complete=False)),
        ((0, {}, b""), used(1, complete=False)),
    ],
)
def test_an_attempt_that_failed(response: Response, usage: Usage) -> None:
    assert episode_with(response, as_json(completion(STOP))).usage == usage


def test_a_refusal_that_ends_the_episode_counts() -> None:
    episode = episode_with(as_json(completion(GO)), as_json({"usage": completion("")["usage"]}, 400))
    assert (episode.ending, episode.usage) == ("failed", used(2))


def test_what_arrived_before_a_time_out_counts() -> None:
    replies = [as_json(discarded())]

    def answer(message: dict[str, Any], headers: dict[str, str]) -> Response:
        return replies.pop() if replies else (200, {"Content-Length": "9999"}, b"{")

    with served(answer) as url:
        source = ChatSource("some-model", AgentSettings(chat_url=url, step_timeout=60.0))
        limits = Limits(step_timeout=1.5)
        episode = run_episode(task_of("one"), agent=source.agent_for(None), browser=FakeBrowser(), limits=limits)
    assert "step timeout" in episode.reason
    assert episode.usage == used(1, complete=False), "what the others cost is not known"


def test_a_part_is_not_told_as_the_whole() -> None:
    silent = {"choices": [{"message": {"content": GO}}]}
    replies = [as_json(completion(GO)), as_json(silent), as_json(completion(STOP))]
    assert episode_with(*replies).usage == used(2, complete=False)
    with_limit = episode_with(*replies, needs_usage=True)
    assert (with_limit.answer, with_limit.usage) == ("done", used(2, complete=False))


@pytest.mark.parametrize(
    ("usage", "tokens"),
    [
        ({"prompt_tokens": 7, "completion_tokens": 3}, TokenCounts(input=7, output=3)),
        ({"prompt_tokens": 7.0, "completion_tokens": 3, "total_tokens": 10}, TokenCounts(input=7, output=3)),
        ({"input_tokens": 7, "output_tokens": 3}, TokenCounts(input=7, output=3)),
        # Reasoning that is only in the total.
        ({"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 50}, TokenCounts(input=7, output=43)),
        (
            {"prompt_tokens": 7, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 5}},
            TokenCounts(input=7, output=3, cached=5),
        ),
        (
            {"prompt_tokens": 7, "completion_tokens": 3, "prompt_tokens_details": {"cached_tokens": 500}},
            TokenCounts(input=7, output=3, cached=7),
        ),
        ({"prompt_tokens": 7, "completion_tokens": 3, "prompt_tokens_details": None}, TokenCounts(input=7, output=3)),
        ({"prompt_tokens": -7, "completion_tokens": 3}, TokenCounts(output=3, complete=False)),
        ({"prompt_tokens": 7, "completion_tokens": "3"}, TokenCounts(input=7, complete=False)),
        ({"prompt_tokens": 1e300, "completion_tokens": 3}, TokenCounts(output=3, complete=False)),
        ({"prompt_tokens": float("nan"), "completion_tokens": float("inf")}, TokenCounts(complete=False)),
        ({"prompt_tokens": True, "completion_tokens": 3}, TokenCounts(output=3, complete=False)),
        ({"prompt_tokens": 7.5, "completion_tokens": 3}, TokenCounts(output=3, complete=False)),
        ({"total_tokens": 10}, TokenCounts(input=10, complete=False)),
        ({}, TokenCounts(complete=False)),
        ([1], None),
        (None, None),
    ],
)
def test_what_an_endpoint_may_say(usage: object, tokens: TokenCounts | None) -> None:
    found = reported_tokens(json.dumps({"usage": usage}).encode())
    assert (found._replace(problem="") if found else None) == tokens
    assert not found or bool(found.problem) is not found.complete


@pytest.mark.parametrize(
    ("body", "tokens"),
    [
        (b'{"usage": {"prompt_tokens": 7, "completion_tokens": 3}, "choices": [', SEVEN_AND_THREE),
        (b'data: {"usage": null}\n\ndata: {"usage": {"prompt_tokens": 7, "completion_tokens": 3}}', SEVEN_AND_THREE),
        (b'{"usage": {"prompt_tokens": 7, "comp', None),
        (b'{"choices": "\\"usage\\": {\\"prompt_tokens\\": 9}', None),
        (b'"usage"' * 1000, None),
        (b"[" * 100_000, None),
        (b'{"usage": {"prompt_tokens": ' + b"9" * 5000 + b"}}", None),
        (b"\xff\xfe", None),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_read(body: bytes, tokens: TokenCounts | None) -> None:
    assert reported_tokens(body) == tokens


def test_an_absurd_report_is_told_and_not_counted() -> None:
    absurd = {**completion(STOP), "usage": {"prompt_tokens": -5, "completion_tokens": 10}}
    episode = episode_with(as_json(absurd))
    assert episode.usage == Usage(output_tokens=10, complete=False)
    told = "reports no usable prompt_tokens: {'prompt_tokens': -5, 'completion_tokens': 10}; this was not counted"
    assert episode.agent_log.endswith(f"{told}\n")


@pytest.mark.parametrize(
    ("replies", "usage"),
    [
        # What a reset used, an action after it, and the end.
        ([used_up(5), {"action": "stop", **used_up(1)}, used_up(2)], Usage(input_tokens=8)),
        ([{}, {"error": "no key", **used_up(5)}, {}], Usage(input_tokens=5)),
        ([{}, used_up(5), {}], Usage(input_tokens=5)),
        ([used_up(5), {"action": "stop"}, {}], Usage(input_tokens=5, complete=False)),
        ([used_up(5), {"action": "stop", **used_up(-1)}, {}], Usage(input_tokens=5, complete=False)),
        ([{}, (503, used_up(5)), {"action": "stop", **used_up(1)}, {}], Usage(input_tokens=6)),
        ([{}, (400, used_up(5)), {}], Usage(input_tokens=5)),
    ],
)
def test_an_agent_behind_an_address(replies: list[Any], usage: Usage) -> None:
    left = list(replies)

    def answer(message: dict[str, Any], headers: dict[str, str]) -> Response:
        reply = left.pop(0)
        return as_json(reply[1], reply[0]) if isinstance(reply, tuple) else as_json(reply)

    with served(answer) as url:
        source = HttpSource(f"{url}/act", AgentSettings())
        task = task_of("one")
        episode = run_episode(task, agent=source.agent_for(task), browser=FakeBrowser())
        source.close()
    assert episode.usage == usage


def test_a_judge_counts_what_it_uses(tmp_path: Any) -> None:
    def with_usage(content: str) -> tuple[int, dict[str, str], str]:
        status, headers, body = says(content)
        return status, headers, json.dumps({**json.loads(body), "usage": completion("")["usage"]})

    question = Question(mode="fuzzy", question="Which colour?", reference="red", answer="crimson")
    good = with_usage('{"reason": "so it is", "passed": true}')
    with endpoint(with_usage("no verdict"), good) as at:
        judge = ChatJudge(url=at.url, model="grader-1", cache=VerdictCache(tmp_path), pause=lambda seconds: None)
        with pytest.raises(JudgeError):
            judge.ask(question)
        assert judge.unreported_usage() == used(1)
        judge.ask(question)
        assert judge.unreported_usage() == used(1)
        judge.ask(question)
        assert judge.unreported_usage() == Usage(), "it comes from the cache"


@pytest.mark.parametrize(
    ("lines", "status", "usage"),
    [
        ([{"usage": {"input_tokens": 5}}, "a log", {"answer": "done", **used_up(2)}], 0, Usage(input_tokens=7)),
        ([{"usage": {"input_tokens": 5}}], 3, Usage(input_tokens=5)),
        ([used_up(5), used_up(-1), {"answer": "done"}], 0, Usage(input_tokens=5, complete=False)),
        ([{"answer": "done"}], 0, None),
    ],
)
def test_a_command_that_drives_tells_its_usage_line_by_line(lines: list[Any], status: int, usage: Usage | None) -> None:
    class Connection(FakeBrowser):
        cdp_url = "http://127.0.0.1:1"
        connection: Any

        def watch(self, *, seconds: float) -> bool:
            return True

    browser = Connection()
    browser.connection = browser
    said = "; ".join(f"print({json.dumps(line)!r})" for line in lines)
    command = CommandDriver([sys.executable, "-c", f"{said}; raise SystemExit({status})"], AgentSettings())
    episode = run_episode(task_of("one"), agent=command, browser=browser)
    assert (episode.ending, episode.usage) == ("failed" if status else "terminated", usage)
