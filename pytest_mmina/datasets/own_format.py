"""Our own task format: its version, and its JSON Schema for editors."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from pytest_mmina.core.errors import TaskError
from pytest_mmina.core.tasks.task import Hop, NamedCheck
from pytest_mmina.core.text.locales import DEFAULT_LOCALE
from pytest_mmina.datasets.fields import Document

SCHEMA_VERSION = 1
SCHEMA_FIELD = "schema_version"


class TaskFile(BaseModel):
    """A task of pytest-mmina: an intent, start pages, and hops, each with the check that it has to pass.

    A task can also have the fields of MMInA, WebArena and VisualWebArena. Unknown fields are kept.
    """

    model_config = ConfigDict(extra="allow", title="pytest-mmina task")

    schema_version: int = Field(
        default=SCHEMA_VERSION, ge=1, le=SCHEMA_VERSION, description="The version of the format of this task."
    )
    intent: str = Field(min_length=1, description="What the agent is asked to do.")
    start_url: str = Field(
        pattern="^(https?://|__[A-Z])",
        description="The page where the agent starts; several pages, separated by ' |AND| ', open in a tab each.",
    )
    hops: list[Hop] = Field(
        default=[],
        min_length=1,
        description="The subgoals; each one is judged once those in its 'after' have passed, or the one above it.",
    )
    never: list[NamedCheck] = Field(
        default=[], min_length=1, description="What must not happen at any moment: no check here may ever hold."
    )
    finally_: list[NamedCheck] = Field(
        default=[],
        min_length=1,
        alias="finally",
        description="What has to hold when the agent stops, apart from the hops.",
    )
    oracle: list[str] = Field(default=[], description="Action lines that solve the task, for the agent 'oracle'.")
    oracles: dict[str, Annotated[list[str], Field(min_length=1)]] = Field(
        default={}, description="Other solutions by name, each with its action lines; `mmina validate` tries them all."
    )
    locale: str = Field(
        default=DEFAULT_LOCALE, description="How 1,234 and 3/2/22 are read in texts, e.g. en-US or de-DE."
    )
    procedure: list[str] = Field(
        default=[], description="MMInA: one URL word for each hop, then 'end'; instead of hops."
    )
    city: str = Field(default="", description="MMInA: the place whose name the addresses contain.")
    flight: str = Field(default="", description="MMInA: the code of an airport.")
    shop: str = Field(default="", description="MMInA: what the agent searches for in the shop.")
    eval: dict[str, JsonValue] = Field(default={}, description="MMInA and WebArena: the evaluators; instead of hops.")
    sites: list[str] = Field(default=[], description="WebArena: the sites that the task needs.")
    require_login: bool = Field(default=False, description="WebArena: whether the task needs its storage_state.")
    storage_state: str | None = Field(
        default=None, description="WebArena: the file of a login, as Playwright saves it."
    )
    geolocation: dict[str, float] | None = Field(default=None, description="WebArena: latitude and longitude.")
    viewport_size: dict[str, int] | None = Field(default=None, description="VisualWebArena: width and height.")
    image: str | list[str] | None = Field(
        default=None, description="VisualWebArena: pictures that belong to the intent."
    )


def task_schema() -> dict[str, Any]:
    """Return the JSON Schema of a task file: one task, or a list of tasks."""
    schema = TaskFile.model_json_schema()
    definitions = schema.pop("$defs", {})
    definitions["Task"] = schema
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"pytest-mmina task file, version {SCHEMA_VERSION}",
        "anyOf": [{"$ref": "#/$defs/Task"}, {"type": "array", "items": {"$ref": "#/$defs/Task"}, "minItems": 1}],
        "$defs": definitions,
    }


def require_version(document: Document) -> None:
    """Raise TaskError if the version of a task is unknown. A task without a version has version 1."""
    version = document.get(SCHEMA_FIELD, SCHEMA_VERSION)
    if isinstance(version, bool) or not isinstance(version, int) or not 1 <= version <= SCHEMA_VERSION:
        problem = (
            f"must be a whole number from 1 to {SCHEMA_VERSION}, not {version!r}: a newer pytest-mmina may support it"
        )
        raise TaskError(problem, place=SCHEMA_FIELD)
