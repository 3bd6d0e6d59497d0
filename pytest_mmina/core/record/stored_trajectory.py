"""The stored form of a trajectory, one JSON object per line: head, steps with their texts, end, snapshots."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, Self, assert_never

from pydantic import AfterValidator, Field, TypeAdapter, ValidationInfo, model_validator

from pytest_mmina.core.choices import Arm, RecordedDetail
from pytest_mmina.core.episode.episode import Episode, Outcome
from pytest_mmina.core.episode.episode_run import Ending
from pytest_mmina.core.language.actions import Action
from pytest_mmina.core.language.elements import NamedElement, describe_element
from pytest_mmina.core.language.trajectory import Box, Observation, State, Step, Tab, Usage, arrival_text
from pytest_mmina.core.models import Model, Text
from pytest_mmina.core.record.canonical import Level
from pytest_mmina.core.tasks.constraints import Violation
from pytest_mmina.core.tasks.hops import HopResult

SCHEMA = 1
"""The version of this form. It increases if a reader of the previous version would misunderstand a file."""


def digest_of(text: str) -> str:
    """Return the SHA-256 digest under which a text is stored once."""
    return sha256(text.encode()).hexdigest()


def _relative_path(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or PurePosixPath(path).is_absolute() or ".." in parts or "\\" in path or ":" in path or "\0" in path:
        raise ValueError("leaves the folder it belongs to: a path must be relative, without '..'")
    return path


Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
RelativePath = Annotated[str, AfterValidator(_relative_path), Field(max_length=1000)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
UnixTime = Annotated[float, Field(ge=0, le=1e11, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, le=1e9, allow_inf_nan=False)]


class Head(Model):
    """The first line: the task, the agent, and how much is recorded.

    `arm` tells the episodes of a session's control from those of the agent to test. `began` is the start time in
    seconds since 1970 (UTC).
    """

    line: Literal["head"] = "head"
    schema_version: Annotated[int, Field(ge=1, le=SCHEMA)] = SCHEMA
    plugin: Text = ""
    began: UnixTime = 0.0
    detail: RecordedDetail
    task: Text
    subset: Text
    trial: Annotated[int, Field(ge=1, le=1_000_000)]
    agent: Text
    arm: Arm = ""
    browser: Text = ""
    case: Text = ""
    intent: Text
    start_urls: tuple[Text, ...]
    hops: tuple[Text, ...]


class StoredText(Model):
    """A text of observations, stored before the first step that needs it; `digest` is its SHA-256."""

    line: Literal["text"] = "text"
    digest: Digest
    text: Text


class StoredStep(Model):
    """A finished step: the observation and the action. `number` counts from 1, `seconds` from the start.

    `text` and `texts` are digests, `pictures` are files relative to the folder of the results. `element` and `to`
    describe the elements of the action, `box` is the place of the element in the pictures. `passed` is how many hops
    had passed after the step, `passed_hops` their numbers if they are not the first ones. With the detail `actions`,
    states, texts, pictures and boxes are left out.
    """

    line: Literal["step"] = "step"
    number: Annotated[int, Field(ge=1, le=1_000_000)]
    seconds: Seconds
    url: Text
    title: Text
    tabs: tuple[Tab, ...] = ()
    error: Text = ""
    blocked: bool = False
    events: tuple[Text, ...] = ()
    console_errors: tuple[Text, ...] = ()
    failed_requests: tuple[Text, ...] = ()
    text: Digest | None = None
    texts: dict[str, Digest] = Field(default_factory=dict)
    pictures: dict[str, RelativePath] = Field(default_factory=dict)
    states: tuple[State, ...] = ()
    action: Action | None = None
    element: NamedElement | None = None
    to: NamedElement | None = None
    box: Box | None = None
    said: Text = ""
    arrived: bool = False
    note: Text = ""
    usage: Usage | None = None
    passed: Count = 0
    passed_hops: tuple[Count, ...] = ()

    @property
    def passed_numbers(self) -> Sequence[int]:
        """The numbers, from 1, of the hops that have passed: the first ones, unless `passed_hops` are others."""
        return self.passed_hops or range(1, self.passed + 1)

    @model_validator(mode="after")
    def _of_an_older_file(self, info: ValidationInfo) -> Self:
        # Older files do not have these fields; there, the words are the only sign.
        if info.mode != "json" or {"arrived", "blocked"} <= self.model_fields_set:
            return self
        arrived = self.action is None and self.said == arrival_text(self.url)
        derived = {"arrived": arrived, "blocked": self.error.startswith("blocked:")}
        return self.model_copy(
            update={name: value for name, value in derived.items() if name not in self.model_fields_set}
        )


class End(Model):
    """The line after the last step: how the episode ended, the results of its hops, and the broken constraints."""

    line: Literal["end"] = "end"
    outcome: Outcome
    ending: Ending
    reason: Text
    answer: Text | None = None
    hops: tuple[HopResult, ...]
    violations: tuple[Violation, ...] = ()
    unjudged: tuple[Text, ...] = ()
    credit: Annotated[float, Field(ge=0, le=1)]
    steps: Count
    seconds: Seconds
    blocked: Count = 0
    agent_traceback: Text = ""

    @classmethod
    def of(cls, episode: Episode) -> "End":
        """Return the line for an episode."""
        return cls(**episode.model_dump(include=set(cls.model_fields) - {"line"}))


class StoredSnapshot(Model):
    """A snapshot of the episode, after its end: the file, relative to where pytest was called, and its text.

    If nothing was compared, `text` is left out: it is the canonical text of the episode at this level.
    """

    line: Literal["snapshot"] = "snapshot"
    file: RelativePath
    level: Level
    text: Text | None = None


AnyLine = Head | StoredText | StoredStep | End | StoredSnapshot
StoredLine = Annotated[AnyLine, Field(discriminator="line")]
LINE: TypeAdapter[AnyLine] = TypeAdapter(StoredLine)


def recording_schema() -> dict[str, Any]:
    """Return the JSON Schema of one line of a trajectory file."""
    return LINE.json_schema()


def stored_step(
    step: Step, *, number: int, seconds: float, passed: Sequence[int], detail: RecordedDetail
) -> StoredStep:
    """Return a step in its stored form, without pictures: the caller adds their relative paths.

    `passed` are the numbers of the hops that have passed.
    """
    observation = step.observation
    full = _keeps_pages(detail)
    target, to = (step.action.target, step.action.to) if step.action is not None else (None, None)
    return StoredStep(
        number=number,
        seconds=round(seconds, 3),
        url=observation.url,
        title=observation.title,
        tabs=observation.tabs if full else (),
        error=observation.error,
        blocked=observation.blocked,
        events=observation.events,
        console_errors=step.console_errors,
        failed_requests=step.failed_requests,
        text=digest_of(observation.text) if full and observation.text else None,
        texts={name: digest_of(text) for name, text in observation.texts.items()} if full else {},
        states=step.states if full else (),
        action=step.action,
        element=describe_element(target, observation),
        to=describe_element(to, observation),
        box=step.box if full else None,
        said=step.said,
        arrived=step.arrived,
        note=step.note,
        usage=step.usage,
        passed=len(passed),
        passed_hops=tuple(passed) if tuple(passed) != tuple(range(1, len(passed) + 1)) else (),
    )


def _keeps_pages(detail: RecordedDetail) -> bool:
    match detail:
        case "actions":
            return False
        case "full":
            return True
        case _:
            assert_never(detail)


def restored_step(step: StoredStep, *, intent: str, texts: dict[str, str]) -> Step:
    """Return the step that was stored; raises KeyError if a text is missing."""
    observation = Observation(
        intent=intent,
        url=step.url,
        title=step.title,
        tabs=step.tabs,
        error=step.error,
        blocked=step.blocked,
        events=step.events,
        text=texts[step.text] if step.text is not None else "",
        texts={name: texts[digest] for name, digest in step.texts.items()},
        pictures=dict(step.pictures),
    )
    return Step(
        observation=observation,
        states=step.states,
        console_errors=step.console_errors,
        failed_requests=step.failed_requests,
        action=step.action,
        said=step.said,
        arrived=step.arrived,
        usage=step.usage,
        note=step.note,
        box=step.box,
    )
