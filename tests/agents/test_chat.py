"""The chat agent before a model that is slow, broken, overloaded or talks nonsense."""

import json
from pathlib import Path
from typing import Any

import pytest

from pytest_mmina.agents.chat import KEY_VARIABLE, ChatSource
from pytest_mmina.agents.prices import Price
from pytest_mmina.agents.settings import AgentSettings
from pytest_mmina.chat_endpoint.reported_usage import TokenCounts
from pytest_mmina.core.episode.episode import Episode, run_episode
from pytest_mmina.core.episode.limits import Limits
from pytest_mmina.core.errors import AgentSpecError
from pytest_mmina.core.language.trajectory import Observation, Remembered, Usage
from pytest_mmina.core.record.episode_memory import remembered
from tests.agents.servers import Model, completion, served
from tests.core.fakes import FakeBrowser, task_of
from tests.timing import TRIES

KEY = "sk-planted-secret-0123456789"


class Says(Model):
    """A model that says its lines."""

    def __init__(self, *lines: str | dict[str, Any]) -> None:
        super().__init__()
        self.lines = list(lines)

    def reply(self, request: dict[str, Any]) -> dict[str, Any]:
        said = self.lines.pop(0)
        return completion(said) if isinstance(said, str) else said


def episode_with(model: Model, *, limits: Limits | None = None, intent: str = "Go.", **settings: Any) -> Episode:
    """An episode with an agent that asks this model."""
    chosen = AgentSettings(**{"step_timeout": 5.0, **settings})
    with served(model) as url:
        source = ChatSource("some-model", AgentSettings(**{**vars(chosen), "chat_url": url}))
        task = task_of("one").model_copy(update={"intent": intent})
        limits = limits or Limits(step_timeout=chosen.step_timeout)
        return run_episode(task, agent=source.agent_for(task), browser=FakeBrowser(), limits=limits)


GO = "I will go there.\n```goto [https://one.example/]```"
STOP = "```stop [done]```"


@pytest.mark.parametrize("fault", ["429", "500", "truncated", "malformed", "empty", "closed"])
def test_a_fault_is_survived(fault: str) -> None:
    model = Says(GO, STOP, STOP)
    model.faults = [fault]
    # The fault takes the first reply with it.
    model.lines.insert(0, GO)
    episode = episode_with(model, limits=Limits(step_timeout=10), step_timeout=10.0)
    assert (episode.outcome, episode.answer, episode.reason) == ("solved", "done", "the agent stopped")
    assert len(model.requests) == 3
    # A refusal costs nothing unless it says so; what the other faults cost nobody knows.
    complete = fault in ("429", "500")
    assert episode.usage == Usage(input_tokens=200, output_tokens=20, complete=complete)


def test_the_pause_that_the_server_asks_for_is_kept() -> None:
    pauses: list[float] = []
    while not pauses or (pauses[-1] >= 0.9 and len(pauses) < TRIES):
        model = Says(GO, GO, STOP)
        model.faults = ["429"]
        episode_with(model)
        pauses.append(model.times[1] - model.times[0])
    assert min(pauses) >= 0.2
    assert pauses[-1] < 0.9, "and not the second that comes without one"


def test_a_slow_reply_is_asked_for_again_within_the_step() -> None:
    model = Says(STOP, STOP)
    model.faults = ["slow"]
    episode = episode_with(model, step_timeout=0.8, limits=Limits(step_timeout=5))
    assert (episode.answer, len(model.requests)) == ("done", 2)


def test_a_model_that_never_replies_is_the_agents_failure() -> None:
    episode = episode_with(Says(), limits=Limits(step_timeout=1), step_timeout=60.0)
    assert (episode.ending, episode.outcome) == ("failed", "unsolved")
    assert episode.reason.startswith("the agent did not answer within 1 seconds (step timeout)")


def test_an_error_that_no_repetition_mends_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def refuses(message: dict[str, Any], headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        asked.append(message)
        return 401, {}, f"the key {KEY} is not known".encode()

    with served(refuses) as url:
        source = ChatSource("some-model", AgentSettings(chat_url=url, environment={KEY_VARIABLE: KEY}))
        episode = run_episode(task_of("one"), agent=source.agent_for(None), browser=FakeBrowser())
    assert len(asked) == 1
    assert episode.reason.startswith("the model 'some-model' at http://127.0.0.1:")
    assert "HTTP status 401; set the environment variable MMINA_CHAT_KEY to a key that it accepts" in episode.reason
    assert KEY not in episode.model_dump_json()


def test_what_is_no_action_is_fed_back() -> None:
    model = Says("I do not know what to do.", "```clack [e12]```", STOP)
    episode = episode_with(model)
    assert (episode.steps, episode.answer) == (3, "done")
    assert "Your last action could not be done: 'clack" in Model.prompt(model.requests[2])
    assert "Did you mean 'click'?" in Model.prompt(model.requests[2])
    history = "1. I do not know what to do.   (on https://start.example/)  -> could not be done: "
    assert history in Model.prompt(model.requests[2])


@pytest.mark.parametrize(
    ("function", "kinds"),
    [
        ({"name": "goto", "arguments": '{"text": "https://one.example/"}'}, ["goto"]),
        ({"name": "goto", "arguments": "{"}, [None]),
        ({"name": "fly", "arguments": "{}"}, [None]),
        ({"name": "goto", "arguments": "[1]"}, [None]),
        ({}, [None]),
    ],
)
def test_calls_of_tools(function: dict[str, str], kinds: list[str | None]) -> None:
    call = completion("", tool_calls=[{"id": "1", "type": "function", "function": function}])
    model = Says(call, STOP)
    episode = episode_with(model, answers="tools")
    assert [step.action.kind if step.action else None for step in episode.trajectory.steps] == [*kinds, "stop"]
    assert {tool["function"]["name"] for tool in model.requests[0]["tools"]} >= {"click", "type", "goto", "stop"}


def test_the_key_goes_into_the_header_and_the_body_is_the_users() -> None:
    model = Says(STOP)
    episode_with(model, environment={KEY_VARIABLE: KEY}, chat_body={"temperature": 1, "seed": 7})
    assert model.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert {"model": "some-model", "temperature": 1, "seed": 7}.items() <= model.requests[0].items()
    assert KEY not in json.dumps(model.requests)


def test_the_key_for_one_address_goes_to_no_other() -> None:
    model = Says(STOP)
    episode_with(model, environment={"OPENAI_API_KEY": KEY})
    assert "Authorization" not in model.headers[0]


def test_pictures_go_along(tmp_path: Path) -> None:
    picture = tmp_path / "001-screenshot.jpg"
    picture.write_bytes(b"a picture")
    model = Says(STOP)
    with served(model) as url:
        source = ChatSource("some-model", AgentSettings(chat_url=url))
        agent = source.agent_for(None)
        agent.reset("Go.")
        pictures = {"screenshot": str(picture)}
        agent.act(
            Observation(url="https://a.example/", title="", images=("https://a.example/cat.png",), pictures=pictures)
        )
    images = [part["image_url"]["url"] for part in model.requests[0]["messages"][1]["content"][1:]]
    assert images == ["https://a.example/cat.png", "data:image/jpeg;base64,YSBwaWN0dXJl"]


def test_cost_is_told_by_the_price_table_and_the_limits_hold(tmp_path: Path) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text('["some-model"]\ninput = 10\noutput = 100\n')
    lines = [GO, "```scroll [down]```", GO, STOP]
    episode = episode_with(Says(*lines), prices=prices, needs_cost=True)
    assert episode.usage is not None
    assert episode.usage.tokens == 440
    assert episode.usage.cost == pytest.approx(0.008)
    assert [step.usage.cost for step in episode.trajectory.steps if step.usage] == [pytest.approx(0.002)] * 4
    cheap = episode_with(Says(*lines), prices=prices, limits=Limits(max_cost=0.004))
    assert (cheap.ending, cheap.reason) == ("truncated", "limit of 0.004 US dollars reached (0.004 spent)")
    short = episode_with(Says(*lines), limits=Limits(max_tokens=300))
    assert (short.steps, short.reason) == (3, "limit of 300 tokens reached (330 used)")


def test_a_limit_that_cannot_be_kept_is_not_kept_quiet() -> None:
    silent = {"choices": [{"message": {"content": STOP}}]}
    episode = episode_with(Says(silent), needs_usage=True)
    assert episode.reason.endswith("does not report how many tokens it used, which a limit on tokens or costs needs")
    assert episode_with(Says(silent)).usage is None


def test_prompts_are_files_of_the_users(tmp_path: Path) -> None:
    (tmp_path / "step.md").write_text("Do $intent at $url for 5 $$.")
    model = Says(STOP)
    episode_with(model, prompts=tmp_path, intent="win $100")
    assert model.requests[0]["messages"][1]["content"] == "Do win $100 at https://start.example/ for 5 $."
    assert "Answer with one action." in model.requests[0]["messages"][0]["content"]


@pytest.mark.parametrize(
    ("files", "settings", "message"),
    [
        ({"step.md": "$intend"}, {}, r"step.md has the unknown name \$intend; it can have \$error, "),
        ({"step.md": "5 $"}, {}, r"step.md has a \$ without a name after it: write \$\$"),
        ({"steps.md": ""}, {}, "contains none of system.md, "),
        ({}, {"prompts": Path("nowhere")}, "there is no folder nowhere"),
        ({}, {"chat_url": "ftp://a"}, r"--mmina-chat-url is not an http\(s\) address"),
        ({}, {"environment": {KEY_VARIABLE: "a b"}}, "MMINA_CHAT_KEY is not a valid key"),
        ({}, {"needs_cost": True}, "need the price of 'some-model', which is not known: .*--mmina-chat-prices"),
        ({"prices.toml": "["}, {"prices": "prices.toml"}, "the prices in .* cannot be used"),
        ({"prices.toml": "[m]\ninput = -1\noutput = 1"}, {"prices": "prices.toml"}, "m.input: .* greater than or"),
    ],
)
def test_settings_that_cannot_be_used(
    tmp_path: Path, files: dict[str, str], settings: dict[str, Any], message: str
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    if "prices" in settings:
        settings = {"prices": tmp_path / settings["prices"]}
    elif files:
        settings = {"prompts": tmp_path}
    with pytest.raises(AgentSpecError, match=message):
        ChatSource("some-model", AgentSettings(**settings))


def test_a_reminder_stands_in_the_prompt_and_in_the_trajectory() -> None:
    earlier = Remembered(task="compare/7", intent="Find the tea.", steps=("On https://tea.example/: click [e1]",))
    model = Says(STOP)
    with served(model) as url:
        source = ChatSource("some-model", AgentSettings(chat_url=url))
        agent = source.agent_for(None)
        episode = run_episode(task_of("one"), agent=agent, browser=FakeBrowser(), memory=[earlier])
    assert 'Task: "Find the tea."\nOn https://tea.example/: click [e1]' in Model.prompt(model.requests[0])
    assert episode.trajectory.memory == (earlier,)


def test_what_is_remembered_says_nothing_of_how_it_was_judged() -> None:
    episode = episode_with(Says(GO, STOP))
    kept = remembered(task_of("one"), episode.trajectory, limit=4000)
    assert kept.steps == (
        "On https://start.example/ (a page), which showed '': goto [https://one.example/]",
        "On https://one.example/ (a page), which showed '': stop [done]",
    )
    short = remembered(task_of("one"), episode.trajectory, limit=90)
    assert sum(map(len, short.steps)) <= 90 + len("(1 steps left out)")


def test_a_price_is_per_million() -> None:
    tokens = TokenCounts(input=1_000_000, output=100_000, cached=400_000)
    used = Usage(input_tokens=1_000_000, output_tokens=100_000, cost=3.5)
    assert Price(input=2.5, output=10).of(tokens) == used
    assert Price(input=2.5, output=10, cached_input=0.25).of(tokens) == used.model_copy(update={"cost": 2.6})
    beyond = Price(input=1e300, output=0).of(tokens)
    assert (beyond.cost, beyond.complete) == (1e12, False)
