"""One scripted policy for every kind of agent: it plays the solutions of bundled tasks, some of them only in part.

It does not import the plugin, so that it can be started as a process.
"""

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

TASKS = Path(__file__).parents[2] / "tasks"
NAMES = (
    "normal/1", "compare/1", "normal/12", "normal/4", "shopping/2", "wikipedia/3", "normal/8", "compare/7",
    "multi567/1", "compare/4",
)  # fmt: skip
"""The ten tasks that every kind of agent is tested with."""

_ARGUMENT = re.compile(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]")
_TARGET = re.compile(r"(\w+) (['\"])(.*)\2$")


def lines_for(intent: str) -> list[str]:
    """Return the lines for an intent. For every third task, the policy gives up halfway."""
    for number, name in enumerate(NAMES):
        task = json.loads((TASKS / f"{name}.json").read_text(encoding="utf-8"))
        if task["intent"] == intent:
            lines = [str(line) for line in task["oracle"]]
            return lines if number % 3 else [*lines[: len(lines) // 2], "stop []"]
    return ["stop []"]


class Policy:
    """The policy as an agent."""

    def reset(self, intent: str) -> None:
        self.lines = lines_for(intent)
        self.next = 0

    def act(self, observation: Any) -> str:
        self.next += 1
        return self.lines[self.next - 1]


class AsyncPolicy(Policy):
    async def reset(self, intent: str) -> None:  # type: ignore[override]
        super().reset(intent)

    async def act(self, observation: Any) -> str:  # type: ignore[override]
        return super().act(observation)


def reply_to(policies: dict[str, Policy], message: dict[str, Any]) -> dict[str, Any]:
    """Answer a message of the agent protocol with the policy, one episode per session id."""
    match message["type"]:
        case "reset":
            policies[message["session"]] = Policy()
            policies[message["session"]].reset(message["intent"])
            return {}
        case "act":
            action = policies[message["session"]].act(message["observation"])
            return {"action": action, "usage": {"input_tokens": 3, "output_tokens": 1}}
        case _:
            del policies[message["session"]]
            return {}


def plain_line(line: str) -> tuple[str, list[str]]:
    """Return the verb and the arguments of a line."""
    return line.split()[0], _ARGUMENT.findall(line)


def drive(intent: str, page: Any) -> str:
    """Drive the browser with the policy through Playwright's synchronous API, and return the answer."""
    page.set_default_timeout(10_000)
    for line in lines_for(intent):
        verb, arguments = plain_line(line)
        page = page.context.pages[-1]
        if verb == "stop":
            return arguments[0] if arguments else ""
        if verb == "goto":
            page.goto(arguments[0])
        else:
            _use(page, verb, *arguments)
    return ""


def _use(page: Any, verb: str, target: str, text: str = "", enter: str = "1") -> None:
    found = _TARGET.match(target)
    assert found is not None, target
    element = _find(page, found[1], found[3])
    if verb == "type" and element.evaluate("element => element.localName") == "select":
        element.select_option(label=text)
        return
    if verb == "type":
        element.fill(text)
    if verb == "type" and enter == "0":
        return
    # An action that leads to another page starts the navigation at once, in some frame.
    with suppress(Exception), page.expect_event("framenavigated", timeout=700):
        element.click() if verb == "click" else element.press("Enter")


def _find(page: Any, role: str, name: str) -> Any:
    """Find an element in any frame."""
    for _ in range(100):
        for frame in page.frames:
            element = frame.get_by_role(role, name=name, exact=True)
            if element.count():
                return element.first
        page.wait_for_timeout(50)
    raise LookupError(f"no {role} {name!r} on {page.url}")


async def drive_async(intent: str, page: Any) -> str:
    """Do the same through the asynchronous API, but only open pages by their address."""
    for line in lines_for(intent):
        verb, arguments = plain_line(line)
        if verb == "goto":
            await page.goto(arguments[0])
    return ""
