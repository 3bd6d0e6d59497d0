"""A recorded trajectory as OpenTelemetry's OTLP/JSON, with the GenAI semantic conventions of version 1.41.0.

Source: https://github.com/open-telemetry/semantic-conventions/tree/v1.41.0/docs/gen-ai (status: Development). The
episode is a span `invoke_agent`, each answer of the agent a span `chat`, and each action a span `execute_tool`. Hops
are events `gen_ai.evaluation.result`. Attributes that the conventions do not define begin with `mmina.`.

A recording has one time per step: it is the duration of the answer, and the action is a moment at its end. The texts
of pages are left out.
"""

import json
from hashlib import sha256
from typing import Any, assert_never

from pytest_mmina.core.language.trajectory import Usage
from pytest_mmina.core.record.stored_trajectory import End, StoredStep
from pytest_mmina.core.tasks.hops import HopResult
from pytest_mmina.trajectories.reading import Recorded

SCHEMA_URL = "https://opentelemetry.io/schemas/1.41.0"
_INTERNAL, _CLIENT = 1, 3
_OK, _ERROR = 1, 2

Json = dict[str, Any]
Value = str | int | float | bool


def telemetry_of(recorded: Recorded) -> Json:
    """Return one `TracesData` with a trace of the episode; if it was cut off, with the steps that it has."""
    return {"resourceSpans": [_Trace(recorded).resource()]}


class _Trace:
    def __init__(self, recorded: Recorded) -> None:
        self._head, self._end, self._steps = recorded.head, recorded.end, recorded.stored
        head = self._head
        identity = f"{head.task} {head.trial} {head.case} {head.browser} {head.began}"
        self._trace = sha256(identity.encode()).hexdigest()[:32]
        self._last = self._end.seconds if self._end else (self._steps[-1].seconds if self._steps else 0.0)

    def resource(self) -> Json:
        head = self._head
        named: dict[str, Value] = {"service.name": "pytest-mmina", "service.version": head.plugin}
        spans = [self._episode(), *(span for at in range(len(self._steps)) for span in self._of_step(at))]
        scope = {"name": "pytest_mmina", "version": head.plugin}
        return {
            "resource": {"attributes": _attributes(named)},
            "scopeSpans": [{"scope": scope, "spans": spans, "schemaUrl": SCHEMA_URL}],
            "schemaUrl": SCHEMA_URL,
        }

    def _episode(self) -> Json:
        head, end = self._head, self._end
        used = Usage.total(step.usage for step in self._steps if step.usage is not None)
        attributes: dict[str, Value] = {
            **self._agent("invoke_agent"),
            "gen_ai.input.messages": _messages("user", head.intent),
            "mmina.task": head.task,
            "mmina.trial": head.trial,
            **({"mmina.arm": head.arm} if head.arm else {}),
            "mmina.case": head.case,
            "mmina.browser": head.browser,
            **_usage(used if used.tokens or used.cost else None),
        }
        status: Json = {"code": _ERROR, "message": "cut off"}
        events: list[Json] = []
        if end is not None:
            attributes |= {
                "mmina.outcome": end.outcome,
                "mmina.ending": end.ending,
                "mmina.credit": end.credit,
                "mmina.steps": end.steps,
                "mmina.blocked": end.blocked,
            }
            if end.answer is not None:
                attributes["gen_ai.output.messages"] = _messages("assistant", end.answer, finish_reason="stop")
            status = _status(end)
            if status["code"] == _ERROR:
                attributes["error.type"] = end.ending
            events = [self._hop(hop) for hop in end.hops]
            events += [
                self._event("mmina.violation", self._last, {"mmina.text": str(violation), "mmina.step": violation.step})
                for violation in end.violations
            ]
        else:
            attributes["error.type"] = "cut_off"
        name = f"invoke_agent {head.agent}" if head.agent else "invoke_agent"
        return self._span("episode", name, _INTERNAL, 0.0, self._last, attributes, status=status, events=events)

    def _of_step(self, at: int) -> list[Json]:
        step = self._steps[at]
        begin = self._steps[at - 1].seconds if at else 0.0
        spans = [self._answer(step, begin)] if step.said or step.action is not None else []
        if step.action is not None and step.action.kind != "stop":
            following = self._steps[at + 1] if at + 1 < len(self._steps) else None
            spans.append(self._action(step, following.error if following else ""))
        return spans

    def _answer(self, step: StoredStep, begin: float) -> Json:
        kind, _, model = self._head.agent.partition(":")
        model = model if kind == "chat" else ""
        attributes: dict[str, Value] = {
            **self._agent("chat"),
            **({"gen_ai.request.model": model} if model else {}),
            **_usage(step.usage),
            "gen_ai.output.messages": _messages("assistant", step.said or str(step.action), finish_reason="stop"),
            "mmina.step": step.number,
            "mmina.url": step.url,
            "mmina.title": step.title,
            **({"mmina.note": step.note} if step.note else {}),
        }
        texts_by_event = {
            "event": step.events,
            "console_error": step.console_errors,
            "failed_request": step.failed_requests,
        }
        events = [
            self._event(f"mmina.{name}", begin, {"mmina.text": text})
            for name, texts in texts_by_event.items()
            for text in texts
        ]
        name = f"chat {model}" if model else "chat"
        return self._span(f"chat {step.number}", name, _CLIENT, begin, step.seconds, attributes, events=events)

    def _action(self, step: StoredStep, error: str) -> Json:
        assert step.action is not None, "it is an action"
        arguments = step.action.model_dump(mode="json", exclude_defaults=True, exclude={"kind"})
        attributes: dict[str, Value] = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": step.action.kind,
            "gen_ai.tool.type": "function",
            "gen_ai.tool.call.arguments": json.dumps(arguments),
            "mmina.step": step.number,
            "mmina.hops.passed": step.passed,
        }
        if step.element is not None:
            attributes |= {"mmina.element.role": step.element.role, "mmina.element.name": step.element.name}
        if error:
            attributes["error.type"] = "action_failed"
        status = {"code": _ERROR, "message": error} if error else {"code": _OK}
        name, moment = f"execute_tool {step.action.kind}", step.seconds
        return self._span(f"tool {step.number}", name, _INTERNAL, moment, moment, attributes, status=status)

    def _hop(self, hop: HopResult) -> Json:
        passed_at = None
        if hop.passed and hop.step and hop.step <= len(self._steps):
            passed_at = self._steps[hop.step - 1].seconds
        seconds = passed_at if passed_at is not None else 0.0 if hop.passed else self._last
        attributes: dict[str, Value] = {
            "gen_ai.evaluation.name": hop.name,
            "gen_ai.evaluation.score.value": hop.credit,
            "gen_ai.evaluation.score.label": "passed" if hop.passed else "not passed" if hop.reached else "not reached",
            "gen_ai.evaluation.explanation": hop.reason,
            **({"mmina.step": hop.step} if hop.step is not None else {}),
        }
        return self._event("gen_ai.evaluation.result", seconds, attributes)

    def _agent(self, operation: str) -> dict[str, Value]:
        head = self._head
        # A recording names the agent, but not the company that serves its model.
        provider = head.agent.partition(":")[0] or "pytest_mmina"
        return {
            "gen_ai.operation.name": operation,
            "gen_ai.provider.name": provider,
            "gen_ai.agent.name": head.agent,
            "gen_ai.conversation.id": f"{head.task} trial {head.trial}",
        }

    def _span(
        self,
        identity: str,
        name: str,
        kind: int,
        begin: float,
        end: float,
        attributes: dict[str, Value],
        *,
        status: Json | None = None,
        events: list[Json] | None = None,
    ) -> Json:
        parent = {} if identity == "episode" else {"parentSpanId": self._id("episode")}
        return {
            "traceId": self._trace,
            "spanId": self._id(identity),
            **parent,
            "name": name,
            "kind": kind,
            "startTimeUnixNano": self._moment(begin),
            "endTimeUnixNano": self._moment(max(begin, end)),
            "attributes": _attributes(attributes),
            "events": events or [],
            "status": status or {"code": _OK},
        }

    def _event(self, name: str, seconds: float, attributes: dict[str, Value]) -> Json:
        return {"name": name, "timeUnixNano": self._moment(seconds), "attributes": _attributes(attributes)}

    def _id(self, identity: str) -> str:
        return sha256(f"{self._trace} {identity}".encode()).hexdigest()[:16]

    def _moment(self, seconds: float) -> str:
        # Nanoseconds since 1970 do not fit into a float without rounding.
        return str(round(self._head.began * 1e3) * 1_000_000 + round(seconds * 1e9))


def _status(end: End) -> Json:
    # A span has an error if the agent raised, not if it failed to solve the task.
    match end.ending:
        case "terminated" | "truncated":
            return {"code": _OK}
        case "failed" | "errored":
            return {"code": _ERROR, "message": end.reason}
        case _:
            assert_never(end.ending)


def _usage(usage: Usage | None) -> dict[str, Value]:
    if usage is None:
        return {}
    attributes: dict[str, Value] = {
        "gen_ai.usage.input_tokens": usage.input_tokens,
        "gen_ai.usage.output_tokens": usage.output_tokens,
    }
    # OpenTelemetry has no word for a lower bound.
    attributes |= {} if usage.complete else {"mmina.usage.complete": False}
    return attributes | ({"mmina.cost.usd": usage.cost} if usage.cost is not None else {})


def _messages(role: str, text: str, **more: str) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}], **more}])


def _attributes(values: dict[str, Value]) -> list[Json]:
    return [{"key": name, "value": _value(value)} for name, value in values.items()]


def _value(value: Value) -> Json:
    """Return a value in the form of OTLP/JSON, which writes 64-bit integers as strings."""
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}
