"""The messages to an agent outside this process: one JSON object for each, and one as reply, over HTTP or a pipe."""

import base64
import json
import mimetypes
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, assert_never

from pydantic import Field, TypeAdapter, ValidationError

from pytest_mmina.core.choices import PictureTransfer
from pytest_mmina.core.episode.interfaces import Reply
from pytest_mmina.core.episode.spending import Spending
from pytest_mmina.core.errors import AgentError
from pytest_mmina.core.language.action_schema import action_schema
from pytest_mmina.core.language.trajectory import Observation, Remembered, Tab, Usage
from pytest_mmina.core.models import Model, Text

PROTOCOL = 1
LONGEST_REPLY = 1_000_000


class Picture(Model):
    """A picture: the path of a file on this machine, its content, or its address on the web."""

    url: str = Field(default="", description="Its address, for a picture of a task on the web.")
    path: str = Field(default="", description="The path of the file; with --mmina-agent-pictures=path.")
    media_type: str = Field(default="", description="The media type, for example image/jpeg.")
    base64: str = Field(default="", description="The content; with --mmina-agent-pictures=base64.")


class Seen(Model):
    """The observation that the agent gets."""

    intent: str = Field(description="The task.")
    images: tuple[Picture, ...] = Field(description="The pictures of the task.")
    url: str
    title: str
    tabs: tuple[Tab, ...]
    error: str = Field(description="Why the last action was refused or failed; empty otherwise.")
    events: tuple[str, ...] = Field(description="Dialogs and downloads since the last observation.")
    text: str = Field(description="The page in the first requested format, with references such as e12.")
    texts: dict[str, str] = Field(description="The page in the other requested formats.")
    pictures: dict[str, Picture] = Field(description="screenshot and marks, if they were requested.")


class ResetMessage(Model):
    """An episode begins. The reply is any object, such as {}."""

    type: Literal["reset"] = "reset"
    protocol: int = PROTOCOL
    session: str = Field(description="The id of this episode; it differs from that of every other one.")
    intent: str = Field(description="The task.")
    memory: tuple[Remembered, ...] = Field(default=(), description="Earlier episodes; with --mmina-memory.")


class ActMessage(Model):
    """The agent has to choose the next action. The reply is an object with an `action`."""

    type: Literal["act"] = "act"
    session: str
    step: int = Field(description="The number of the step, from 1; a message that is sent again has the same number.")
    observation: Seen


class EndMessage(Model):
    """The episode is over. The reply is any object, such as {}."""

    type: Literal["end"] = "end"
    session: str


Message = ResetMessage | ActMessage | EndMessage


class WireReply(Model):
    """The reply of an agent."""

    action: Text | dict[str, Any] | None = Field(default=None, description="A text such as click [e12], or an object.")
    usage: Usage | None = Field(default=None, description="The tokens and the cost of the action.")
    note: Text = Field(default="", description="A text to record with the step, for example a thought.")
    error: Text = Field(default="", description="Why the agent cannot continue. It ends the episode.")


def sent_observation(observation: Observation, *, pictures: PictureTransfer) -> Seen:
    """Return the observation in the form that is sent to an agent; raises AgentError if a picture cannot be read."""
    fields = {name: value for name, value in observation if name in Seen.model_fields}
    fields["images"] = [_picture(place, pictures) for place in observation.images]
    fields["pictures"] = {name: _picture(path, pictures) for name, path in observation.pictures.items()}
    return Seen.model_validate(fields)


def is_address(place: str) -> bool:
    """Whether a picture of a task is on the web."""
    return place.startswith(("http://", "https://"))


class NotJson(AgentError):
    """Raised for a reply that is not JSON."""


def read_reply(text: str | bytes, *, sender: str, spending: Spending) -> WireReply:
    """Read the reply of an agent, and add its usage to `spending`, also if it reports an error.

    Raises AgentError if it is invalid or reports an error, NotJson if it is not JSON.
    """
    excerpt = (text if isinstance(text, str) else text.decode("utf-8", "replace")).strip()
    if len(excerpt) > 200:
        excerpt = f"{excerpt[:200]}…"
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        spending.tell(None)
        raise NotJson(f"{sender} sent a reply that is not JSON: {excerpt!r}") from None
    if not isinstance(content, dict):
        spending.tell(None)
        raise AgentError(
            f'{sender} sent a reply that is not a JSON object: {excerpt!r}. Send {{"action": "click [e12]"}}'
        )
    # Other fields are ignored: a later version may define them.
    known = {name: value for name, value in content.items() if name in WireReply.model_fields}
    # Also what cannot be used has cost something.
    add_usage(known, spending)
    try:
        reply = WireReply.model_validate(known)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise AgentError(f"{sender} sent a reply with an invalid {place!r}: {first['msg']}: {excerpt!r}") from None
    if reply.error:
        raise AgentError(f"{sender} cannot continue: {reply.error}")
    return reply


def add_usage(content: Mapping[str, Any], spending: Spending) -> None:
    """Add the `usage` in a message to a sum; one that is invalid leaves the sum incomplete."""
    if content.get("usage") is not None:
        try:
            spending.add(Usage.model_validate(content["usage"]))
        except ValidationError:
            spending.tell(None)


def reported(spending: Spending) -> Usage | None:
    """Return what a sum has; None if that is nothing, because an agent that reports nothing may have used something."""
    taken = spending.take()
    return None if taken is None or taken.is_nothing else taken


def read_action(text: str | bytes, *, sender: str, spending: Spending) -> Reply:
    """Return the action in the reply of an agent. Raises AgentError if there is none.

    Its usage is all that `spending` has by then: also what came with other replies since the last action.
    """
    reply = read_reply(text, sender=sender, spending=spending)
    if reply.action is None:
        raise AgentError(f'{sender} sent a reply without an action. Send {{"action": "click [e12]"}}')
    if reply.usage is None:
        spending.tell(None)
    return Reply(action=reply.action, usage=spending.take(), note=reply.note)


def agent_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the protocol: an agent gets a `message` and sends back a `reply`."""
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


def _picture(location: str, transfer: PictureTransfer) -> Picture:
    if is_address(location):
        return Picture(url=location)
    path = Path(location)
    media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    match transfer:
        case "path":
            return Picture(path=str(path.resolve()), media_type=media_type)
        case "base64":
            return Picture(media_type=media_type, base64=base64.b64encode(path.read_bytes()).decode())
        case _:
            assert_never(transfer)
