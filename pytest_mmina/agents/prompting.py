"""The prompts of the chat agent: template files with `$names`. A user can replace each file."""

import base64
import json
import mimetypes
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import Any

from pytest_mmina.agents.wire import is_address
from pytest_mmina.core.choices import ChatAnswers
from pytest_mmina.core.errors import AgentSpecError
from pytest_mmina.core.language.trajectory import Observation, Remembered

BUNDLED = Path(__file__).with_name("prompts")
NAMES: dict[str, frozenset[str]] = {
    "system.md": frozenset({"format"}),
    "format_text.md": frozenset(),
    "format_tools.md": frozenset(),
    "step.md": frozenset({"intent", "history", "url", "title", "tabs", "error", "events", "observation"}),
    "memory.md": frozenset({"episodes"}),
}
"""The files, and the names that each can contain."""


class Prompts:
    """The prompts for a model; files in the user's folder replace the bundled ones.

    Raises AgentSpecError if a file cannot be used.
    """

    def __init__(self, own: Path | None, *, answers: ChatAnswers) -> None:
        if own is not None and not own.is_dir():
            raise AgentSpecError(f"--mmina-chat-prompts: there is no folder {own}", names_option=True)
        if own is not None and not any((own / name).is_file() for name in NAMES):
            raise AgentSpecError(f"--mmina-chat-prompts: {own} contains none of {', '.join(NAMES)}", names_option=True)
        self._templates = {name: _template(name, own) for name in NAMES}
        self._format = self._filled(f"format_{answers}.md")

    def system(self, memory: Sequence[Remembered]) -> str:
        """Return the system prompt, with the earlier episodes if there are any."""
        prompt = self._filled("system.md", format=self._format)
        return prompt + "\n" + self._filled("memory.md", episodes=_episodes(memory)) if memory else prompt

    def step(self, observation: Observation, history: Sequence[str]) -> str:
        """Return the prompt for a step."""
        return self._filled(
            "step.md",
            intent=observation.intent,
            history="\n".join(history) or "Nothing yet.",
            url=observation.url,
            title=observation.title,
            tabs=" | ".join(
                f"{number}{' (current)' * tab.current}: {tab.title or tab.url}"
                for number, tab in enumerate(observation.tabs)
            ),
            error=f"Your last action could not be done: {observation.error}\n" if observation.error else "",
            events="".join(f"Meanwhile {event}\n" for event in observation.events),
            observation="\n\n".join([observation.text, *observation.texts.values()]),
        )

    def _filled(self, name: str, **values: str) -> str:
        return self._templates[name].substitute(values)


def with_pictures(text: str, observation: Observation) -> str | list[dict[str, Any]]:
    """Return the content of a message: the text, with the pictures of the task and of the page if there are any."""
    pictures = [*observation.images, *observation.pictures.values()]
    return [{"type": "text", "text": text}, *map(_image, pictures)] if pictures else text


def _image(picture: str) -> dict[str, Any]:
    if is_address(picture):
        return {"type": "image_url", "image_url": {"url": picture}}
    path = Path(picture)
    media_type = mimetypes.guess_type(path.name)[0] or "image/jpeg"
    content = base64.b64encode(path.read_bytes()).decode()
    return {"type": "image_url", "image_url": {"url": f"data:{media_type};base64,{content}"}}


def _episodes(memory: Sequence[Remembered]) -> str:
    return "\n\n".join("\n".join([f"Task: {json.dumps(each.intent)}", *each.steps]) for each in memory)


def _template(name: str, own: Path | None) -> Template:
    file = own / name if own is not None and (own / name).is_file() else BUNDLED / name
    try:
        template = Template(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise AgentSpecError(f"the prompt {file} cannot be read: {error}") from None
    if not template.is_valid():
        raise AgentSpecError(f"the prompt {file} has a $ without a name after it: write $$ for a dollar sign")
    unknown = sorted(set(template.get_identifiers()) - NAMES[name])
    if unknown:
        known = ", ".join(f"${each}" for each in sorted(NAMES[name])) or "no names"
        raise AgentSpecError(
            f"the prompt {file} has the unknown name ${unknown[0]}; it can have {known}, and $$ for a dollar sign"
        )
    return template
