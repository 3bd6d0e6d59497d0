"""How an agent outside this process is spoken to: one JSON object there, one back, over HTTP or a pipe alike."""

import base64
import json
import mimetypes
from pathlib import Path
from typing import Annotated, Any, Literal, assert_never

from pydantic import Field, TypeAdapter, ValidationError

from pytest_mmina.core.choices import PictureTransfer
from pytest_mmina.core.episode.ports import Reply
from pytest_mmina.core.errors import AgentError
from pytest_mmina.core.language.action_schema import action_schema
from pytest_mmina.core.language.trajectory import Observation, Remembered, Tab, Usage
from pytest_mmina.core.models import Model, Text

PROTOCOL = 1
LONGEST_REPLY = 1_000_000


class Picture(Model):
    """A picture: the path of a file on this machine, or what is in it, or where it is on the web."""

    url: str = Field(default="", description="Its address, for a picture that a task names by that.")
    path: str = Field(default="", description="Where the file is; with --mmina-agent-pictures=path.")
    media_type: str = Field(default="", description="image/jpeg, for instance.")
    base64: str = Field(default="", description="The content; with --mmina-agent-pictures=base64.")


class Seen(Model):
    """What the agent sees."""

    intent: str = Field(description="The task.")
    images: tuple[Picture, ...] = Field(description="The pictures that belong to the task.")
    url: str
    title: str
    tabs: tuple[Tab, ...]
    error: str = Field(description="Why the last action was refused or failed; empty otherwise.")
    events: tuple[str, ...] = Field(description="Dialogs and downloads since the last observation.")
    text: str = Field(description="The page in the first format asked for, with references such as e12.")
    texts: dict[str, str] = Field(description="The other formats that were asked for.")
    pictures: dict[str, Picture] = Field(description="screenshot and marks, where they were asked for.")


class ResetMessage(Model):
    """An episode begins. Answered by any object, such as {}."""

    type: Literal["reset"] = "reset"
    protocol: int = PROTOCOL
    session: str = Field(description="Tells this episode from every other one, also from those under way at once.")
    intent: str = Field(description="The task.")
    memory: tuple[Remembered, ...] = Field(default=(), description="Earlier episodes; with --mmina-memory.")


class ActMessage(Model):
    """What is to be done next? Answered by an object with an `action`."""

    type: Literal["act"] = "act"
    session: str
    step: int = Field(description="Counted from 1; a message that is sent again has the same number.")
    observation: Seen


class EndMessage(Model):
    """The episode is over. Answered by any object, such as {}."""

    type: Literal["end"] = "end"
    session: str


Message = ResetMessage | ActMessage | EndMessage


class WireReply(Model):
    """What an agent sends back."""

    action: Text | dict[str, Any] | None = Field(default=None, description="A text such as click [e12], or an object.")
    usage: Usage | None = Field(default=None, description="What the answer has cost.")
    note: Text = Field(default="", description="What is to be kept with the step: a thought, say.")
    error: Text = Field(default="", description="Why the agent cannot go on; it has failed then.")


def seen_by(observation: Observation, *, pictures: PictureTransfer) -> Seen:
    """An observation as it is sent; raises AgentError where a picture cannot be read."""
    fields = {name: value for name, value in observation if name in Seen.model_fields}
    fields["images"] = [_picture(place, pictures) for place in observation.images]
    fields["pictures"] = {name: _picture(path, pictures) for name, path in observation.pictures.items()}
    return Seen.model_validate(fields)


def is_address(place: str) -> bool:
    """Whether a picture of a task is on the web."""
    return place.startswith(("http://", "https://"))


class NotJson(AgentError):
    """A reply that is not JSON at all."""


def read_reply(text: str | bytes, *, named: str) -> WireReply:
    """Read what an agent sent back; raises AgentError saying what is wrong with it, NotJson among them."""
    shown = (text if isinstance(text, str) else text.decode("utf-8", "replace")).strip()
    if len(shown) > 200:
        shown = f"{shown[:200]}…"
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        raise NotJson(f"{named} replied with what is not JSON: {shown!r}") from None
    if not isinstance(content, dict):
        raise AgentError(f'{named} replied with JSON that is no object: {shown!r}. Send {{"action": "click [e12]"}}')
    # What an agent says for itself beside is its own matter: a later version may know it.
    known = {name: value for name, value in content.items() if name in WireReply.model_fields}
    try:
        reply = WireReply.model_validate(known)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise AgentError(f"{named} replied with a wrong {place!r}: {first['msg']}: {shown!r}") from None
    if reply.error:
        raise AgentError(f"{named} says it cannot go on: {reply.error}")
    return reply


def answer_in(text: str | bytes, *, named: str) -> Reply:
    """The action in what an agent sent back; raises AgentError where there is none."""
    reply = read_reply(text, named=named)
    if reply.action is None:
        raise AgentError(f'{named} replied without an action. Send {{"action": "click [e12]"}}')
    return Reply(action=reply.action, usage=reply.usage, note=reply.note)


def agent_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the exchange: `message` is what an agent gets, `reply` what it sends back."""
    message = TypeAdapter(Annotated[Message, Field(discriminator="type")]).json_schema(ref_template="#/$defs/{model}")
    reply = WireReply.model_json_schema(ref_template="#/$defs/{model}")
    action = action_schema()
    del action["$schema"]
    definitions = {**message.pop("$defs"), **reply.pop("$defs"), **action.pop("$defs"), "Action": action}
    reply["properties"]["action"] = {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Action"}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The exchange with an agent over HTTP or a pipe",
        "oneOf": [{"$ref": "#/$defs/message"}, {"$ref": "#/$defs/reply"}],
        "$defs": {**definitions, "message": message, "reply": reply},
    }


def _picture(place: str, how: PictureTransfer) -> Picture:
    if is_address(place):
        return Picture(url=place)
    path = Path(place)
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    match how:
        case "path":
            return Picture(path=str(path.resolve()), media_type=media_type)
        case "base64":
            return Picture(media_type=media_type, base64=base64.b64encode(path.read_bytes()).decode())
        case _:
            assert_never(how)
