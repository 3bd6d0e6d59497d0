"""The JSON Schema of actions, with one object for each kind, and the same as tools for a model."""

from typing import Any

from pytest_mmina.core.language.actions import ACTION_KINDS, Action, ActionKind, Target


def action_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of an action as a mapping: one object for each kind, with its fields.

    Other fields are not allowed.
    """
    kinds = [_object_of(kind, properties={"kind": {"const": kind}}) for kind in ACTION_KINDS]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Action",
        "type": "object",
        "oneOf": kinds,
        "$defs": {"Target": Target.model_json_schema()},
    }


def action_tools() -> list[dict[str, Any]]:
    """Return the actions as tools for a model: a name, a description and a schema of parameters for each kind.

    When the model calls a tool, the agent answers with `{"kind": name, **arguments}`.
    """
    tools = []
    for kind in ACTION_KINDS:
        parameters = _object_of(kind, properties={})
        if "target" in parameters["properties"]:
            parameters["$defs"] = {"Target": Target.model_json_schema()}
        tools.append({"name": kind, "description": parameters.pop("description"), "parameters": parameters})
    return tools


def _object_of(kind: ActionKind, *, properties: dict[str, Any]) -> dict[str, Any]:
    fields = Action.model_json_schema()["properties"]
    needs, takes = ACTION_KINDS[kind].needs, ACTION_KINDS[kind].takes
    for name in (*needs, *takes):
        field = {key: value for key, value in fields[name].items() if key not in ("title", "default", "anyOf")}
        alternatives = [option for option in fields[name].get("anyOf", []) if option != {"type": "null"}]
        properties[name] = {**(alternatives[0] if alternatives else {}), **field}
        if "default" in fields[name] and name in takes and fields[name]["default"] is not None:
            properties[name]["default"] = fields[name]["default"]
        if name in needs and kind != "type" and properties[name].get("type") in ("array", "string"):
            properties[name]["minItems" if properties[name]["type"] == "array" else "minLength"] = 1
    return {
        "type": "object",
        "description": ACTION_KINDS[kind].does,
        "properties": properties,
        "required": [name for name in properties if name == "kind" or name in needs],
        "additionalProperties": False,
    }
