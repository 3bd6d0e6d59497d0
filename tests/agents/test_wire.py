"""Agents elsewhere: over HTTP and in a process, and what goes wrong between them and us."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import psutil
import pytest

from pytest_mmina.agents.http_agent import HttpAgent, HttpSource
from pytest_mmina.agents.process_agent import ProcessSource
from pytest_mmina.agents.settings import AgentSettings
from pytest_mmina.agents.wire import agent_schema
from pytest_mmina.core.episode.episode import Episode, run_episode
from pytest_mmina.core.episode.limits import Limits
from pytest_mmina.core.language.trajectory import Observation, Remembered, Usage
from tests.agents.servers import as_json, served
from tests.core.fakes import FakeBrowser, task_of
from tests.processes import commands_below

EARLIER = Remembered(task="compare/7", intent="Find the tea.", steps=("click [e1]",))


def episode_of(source: HttpSource | ProcessSource, *, timeout: float = 5.0) -> Episode:
    task = task_of("one")
    agent = source.agent_for(task)
    return run_episode(task, agent=agent, browser=FakeBrowser(), limits=Limits(step_timeout=timeout), memory=[EARLIER])


def validator(part: str) -> jsonschema.Draft202012Validator:
    schema = agent_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator({"$ref": f"#/$defs/{part}", "$defs": schema["$defs"]})


def test_an_episode_over_http_is_the_exchange_that_the_schema_says(tmp_path: Path) -> None:
    heard: list[dict[str, Any]] = []
    headers_heard: list[dict[str, str]] = []
    replies: list[dict[str, Any]] = [
        {"anything": 1},
        {"action": {"kind": "goto", "text": "https://one.example/"}, "note": "I will", "usage": {"input_tokens": 5}},
        {"action": "stop [done]"},
        {},
    ]
    for reply in replies[1:3]:
        validator("reply").validate(reply)

    def answer(message: dict[str, Any], headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        heard.append(message)
        headers_heard.append(headers)
        return as_json(replies.pop(0))

    with served(answer) as url:
        source = HttpSource(f"{url}/act", AgentSettings(environment={"MMINA_AGENT_KEY": "key-0123456789"}))
        episode = episode_of(source)
        source.close()
    assert (episode.solved, episode.answer, episode.usage) == (True, "done", Usage(input_tokens=5, complete=False))
    assert episode.trajectory.steps[0].note == "I will"
    for message in heard:
        validator("message").validate(message)
    assert [message["type"] for message in heard] == ["reset", "act", "act", "end"]
    assert len({message["session"] for message in heard}) == 1
    assert heard[0]["intent"] == "Go there."
    assert heard[0]["memory"] == [EARLIER.model_dump(mode="json")]
    assert [message["step"] for message in heard[1:3]] == [1, 2]
    assert heard[2]["observation"]["url"] == "https://one.example/"
    assert {headers["Authorization"] for headers in headers_heard} == {"Bearer key-0123456789"}
    assert episode.trajectory.memory == (EARLIER,)


@pytest.mark.parametrize("how", ["path", "base64"])
def test_pictures(tmp_path: Path, how: Any) -> None:
    file = tmp_path / "001-screenshot.jpg"
    file.write_bytes(b"a picture")
    heard: list[dict[str, Any]] = []

    def answer(message: dict[str, Any], headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        heard.append(message)
        return as_json({"action": "stop"})

    with served(answer) as url:
        source = HttpSource(url, AgentSettings(pictures=how))
        agent = source.agent_for(task_of("one"))
        images = (str(file), "https://a.example/cat.png")
        agent.act(Observation(url="https://a.example/", title="", images=images, pictures={"screenshot": str(file)}))
        source.close()
    picture, (image, on_the_web) = heard[0]["observation"]["pictures"]["screenshot"], heard[0]["observation"]["images"]
    assert on_the_web == {"url": "https://a.example/cat.png", "path": "", "media_type": "", "base64": ""}
    assert (
        image
        == picture
        == {
            "url": "",
            "path": str(file) if how == "path" else "",
            "media_type": "image/jpeg",
            "base64": "YSBwaWN0dXJl" if how == "base64" else "",
        }
    )


def test_only_what_may_mend_itself_is_tried_again() -> None:
    outcomes: dict[int, list[int]] = {}
    for status in (500, 0, 404):
        asked: list[int] = []

        def answer(
            message: dict[str, Any], headers: dict[str, str], status: int = status, asked: list[int] = asked
        ) -> tuple[int, dict[str, str], bytes]:
            if message["type"] != "act":
                return as_json({})
            asked.append(message["step"])
            return (status, {}, b"no") if len(asked) == 1 else as_json({"action": "stop [done]"})

        with served(answer) as url:
            source = HttpSource(url, AgentSettings())
            episode = episode_of(source)
            source.close()
        outcomes[status] = asked
        if status == 404:
            assert episode.reason.endswith("replied with HTTP status 404: 'no'")
            assert episode.ending == "failed"
        else:
            assert episode.answer == "done"
    assert outcomes == {500: [1, 1], 0: [1, 1], 404: [1]}


def test_a_server_that_stays_broken_is_given_up() -> None:
    pauses: list[float] = []
    with served(lambda message, headers: (503, {}, b"full")) as url:
        source = HttpSource(url, AgentSettings())
        agent = HttpAgent(url, source._session, settings=AgentSettings(), timeout=2, pause=pauses.append)
        episode = run_episode(task_of("one"), agent=agent, browser=FakeBrowser())
        source.close()
    assert episode.reason.endswith("replied with HTTP status 503: 'full', 3 times in a row")
    assert len(pauses) == 2


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<h1>hello</h1>", "sent a reply that is not JSON: '<h1>hello</h1>'"),
        (b"[1]", """sent a reply that is not a JSON object: '[1]'. Send {"action": "click [e12]"}"""),
        (b"{}", """sent a reply without an action. Send {"action": "click [e12]"}"""),
        (b'{"action": 7}', "sent a reply with an invalid 'action"),
        (b'{"action": "stop", "usage": {"input_tokens": -1}}', "sent a reply with an invalid 'usage.input_tokens'"),
        (b'{"error": "no model"}', "cannot continue: no model"),
        (b"\xff\xfe", "sent a reply that is not JSON"),
        (b'{"action": "' + b"x" * 1_000_001, "replied with more than 1000000 bytes"),
    ],
)
def test_a_reply_that_cannot_be_used(body: bytes, reason: str) -> None:
    def answer(message: dict[str, Any], headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        return (200, {}, body) if message["type"] == "act" else (204, {}, b"")

    with served(answer) as url:
        source = HttpSource(url, AgentSettings())
        episode = episode_of(source)
        source.close()
    assert (episode.ending, episode.agent_traceback) == ("failed", "")
    assert reason in episode.reason
    assert episode.reason.startswith(f"the agent at {url} ")


def test_a_server_that_trickles_is_not_waited_for_for_ever() -> None:
    def answer(message: dict[str, Any], headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        if message["type"] == "act":
            time.sleep(1.5)
        return as_json({"action": "stop"})

    with served(answer) as url:
        source = HttpSource(url, AgentSettings(step_timeout=0.3))
        episode = episode_of(source, timeout=0.3)
        source.close()
    assert episode.reason == "the agent did not answer within 0.3 seconds (step timeout)"


AGENT = """
import json, os, subprocess, sys, time
for line in sys.stdin:
    message = json.loads(line)
    step = message.get("step", 0)
    reply = {{}}
    if step == 1:
        reply = {{"action": "goto [https://one.example/]"}}
    elif step == 2:
        {mischief}
        reply = {{"action": "stop [" + str(os.getpid()) + "]"}}
    print("log of", message["type"], file=sys.stderr, flush=True)
    print(json.dumps(reply), flush=True)
"""

Started = Callable[..., ProcessSource]


@pytest.fixture
def started(tmp_path: Path) -> Started:
    def start(mischief: str = "pass", *, once: bool = False) -> ProcessSource:
        # With `once`, the process does it in its first life only.
        done = tmp_path / "done"
        guarded = f"if not os.path.exists({str(done)!r}): open({str(done)!r}, 'w').close(); {mischief}"
        file = tmp_path / "agent.py"
        file.write_text(AGENT.format(mischief=guarded if once else mischief))
        return ProcessSource(f"cmd:{sys.executable} {file}", AgentSettings(folder=tmp_path))

    return start


def agents_left() -> list[str]:
    """The command lines of agents that still run."""
    return [command for command in commands_below() if "agent.py" in command]


def test_one_process_serves_all_episodes_and_keeps_its_stderr(started: Started) -> None:
    source = started()
    first, second = episode_of(source), episode_of(source)
    assert first.solved
    assert first.answer == second.answer
    assert first.agent_log == second.agent_log == "log of reset\nlog of act\nlog of act\nlog of end\n"
    source.close()
    assert not agents_left()


HANGS = "the agent did not answer within 3 seconds (step timeout)"


@pytest.mark.parametrize(
    ("mischief", "reason"),
    [
        ("sys.exit('no model here')", "the agent's process ended with exit status 1; end of its stderr: "),
        ("os._exit(7)", "the agent's process ended with exit status 7"),
        ("print('thinking ...')", "the agent's process sent a reply that is not JSON: 'thinking ...'; its stdout is"),
        ("time.sleep(600)", HANGS),
        (
            "subprocess.Popen([sys.executable, '-c', 'input()', 'agent.py'], stdin=-1, start_new_session=True); "
            "time.sleep(600)",
            HANGS,
        ),
    ],
)
def test_a_process_that_breaks_is_killed_with_its_children_and_started_again(
    started: Started, mischief: str, reason: str
) -> None:
    source = started(mischief, once=True)
    # A process that has just been started may take its time on a busy machine.
    broken = episode_of(source, timeout=3 if reason == HANGS else 60)
    assert broken.reason.startswith(reason)
    assert broken.hops[0].passed, "what it earned before stays"
    if "no model" in mischief:
        assert broken.reason.endswith("log of reset | log of act | no model here")
    assert not agents_left()
    assert episode_of(source, timeout=60).solved
    source.close()
    assert not agents_left()


@pytest.mark.parametrize(
    ("mischief", "ending"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "errored"),
        ("os.kill(os.getpid(), signal.SIGTERM)", "errored"),
        ("os.kill(os.getppid(), signal.SIGKILL); os._exit(0)", "errored"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "failed"),
    ],
    ids=["killed", "terminated", "guard", "crashed"],
)
def test_a_process_that_somebody_else_kills_is_not_the_agents_failure(
    started: Started, mischief: str, ending: str
) -> None:
    source = started(f"import signal; {mischief}; time.sleep(600)", once=True)
    episode = episode_of(source, timeout=60)
    assert (episode.ending, episode.errored) == (ending, "agent-process" if ending == "errored" else None)
    if ending == "errored":
        assert "was killed by somebody else, or by the system because memory ran out" in episode.reason
    assert episode_of(source, timeout=60).solved
    source.close()


def test_what_a_killed_worker_leaves_is_killed_too(started: Started, tmp_path: Path) -> None:
    source = started()
    worker = tmp_path / "worker.py"
    worker.write_text(
        "import os, sys, signal\n"
        "from pytest_mmina.agents.child_process import ChildProcess\n"
        "from pathlib import Path\n"
        f"running = ChildProcess({source._command!r}, folder=Path({str(tmp_path)!r}))\n"
        'running.stdin.write(b\'{"type": "act", "step": 2}\\n\'); running.stdin.flush()\n'
        "print(running.stdout.readline().decode(), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    shown = subprocess.run([sys.executable, str(worker)], capture_output=True, text=True, check=False)
    assert shown.stdout, shown.stderr
    pid = int(json.loads(shown.stdout)["action"].removeprefix("stop [").removesuffix("]"))
    for _ in range(100):
        if not psutil.pid_exists(pid):
            break
        time.sleep(0.05)
    assert not psutil.pid_exists(pid)
