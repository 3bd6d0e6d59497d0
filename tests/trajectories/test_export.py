"""`mmina export`: other tools' forms of recorded trajectories. tests/browser/test_exported.py runs a script."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from pytest_mmina.commands.main import main
from pytest_mmina.core.language.actions import Action, Target
from pytest_mmina.core.language.elements import NamedElement
from pytest_mmina.core.language.trajectory import Usage
from pytest_mmina.core.record.stored_trajectory import End, Head, StoredStep

HOSTILE = (
    'x\'; import os; os._exit(1)\n"""\\\N{LINE SEPARATOR}# -*- coding: utf-7 -*-\x00'
    "{os}'''\x1b[31m\r\N{RIGHT-TO-LEFT OVERRIDE}"
)
E1 = Target(ref="e1")
POINT = Target(x=10, y=20.5)


def actions(text: str) -> list[Action]:
    """Every kind of action, in all its forms, with this text wherever a text can be."""
    return [
        Action(kind="click", target=E1, button="right", double=True, modifiers=("Shift", "Alt")),
        Action(kind="click", target=POINT, modifiers=("Control",)),
        Action(kind="hover", target=E1),
        Action(kind="hover", target=POINT),
        Action(kind="type", target=E1, text=text, enter=True),
        Action(kind="type", text=text, enter=True),
        Action(kind="type", target=E1, text="[secret]"),
        Action(kind="clear", target=E1),
        Action(kind="select", target=E1, values=(text, text)),
        Action(kind="check", target=E1),
        Action(kind="uncheck", target=E1),
        Action(kind="upload", target=E1, values=("../" + text,)),
        Action(kind="drag", target=E1, to=POINT),
        Action(kind="drag", target=POINT, to=E1),
        Action(kind="focus", target=E1),
        Action(kind="press", text=text),
        Action(kind="press", target=E1, text=text),
        Action(kind="key_down", text=text),
        Action(kind="key_up", text=text),
        Action(kind="mouse_down", target=E1, button="middle"),
        Action(kind="mouse_up", target=POINT),
        Action(kind="scroll", direction="up"),
        Action(kind="scroll", target=E1),
        Action(kind="scroll", target=POINT, dx=1, dy=-2),
        Action(kind="scroll", dy=7),
        Action(kind="wait", seconds=0.5),
        Action(kind="goto", text=f"https://shop.example/{text}"),
        Action(kind="go_back"),
        Action(kind="go_forward"),
        Action(kind="new_tab"),
        Action(kind="tab_focus", tab=1),
        Action(kind="close_tab"),
        Action(kind="goto", text=f"javascript:{text}"),
        Action(kind="stop", text=text),
    ]


def exported(
    folder: Path, capsys: pytest.CaptureFixture[str], form: str, text: str, *, element: bool = True, cut: bool = False
) -> str:
    """A trajectory in which pages, agent and task say `text`, exported."""
    url = f"https://shop.example/{text}"
    named = NamedElement(role=text, name=text, position=2) if element else None
    steps = [
        StoredStep(
            number=number, seconds=number / 2, url=url, title=text, error=text if number == 3 else "", events=(text,),
            console_errors=(text,), failed_requests=(text,), action=action, said=text, note=text,
            element=named if action and action.target == E1 else None, to=named if action and action.to == E1 else None,
            usage=Usage(input_tokens=10, output_tokens=1, cost=0.25), passed=number > 1,
        )
        for number, action in enumerate([*actions(text)[:-1], None, actions(text)[-1]], start=1)
    ]  # fmt: skip
    hops = [
        {"name": text, "passed": True, "step": 2, "reason": text},
        {"name": "other", "passed": False, "reason": text},
    ]
    end = End(
        outcome="partial", ending="terminated", reason=text, answer=text, hops=hops, credit=0.5, steps=len(steps),
        seconds=30, blocked=1, agent_traceback=text,
    )  # fmt: skip
    head = Head(
        plugin=text, began=1_800_000_000.5, detail="full", task=text, subset=text, trial=1, agent=f"chat:{text}",
        browser=text, case=text, intent=text, start_urls=(url,), hops=(text, "other"),
    )  # fmt: skip
    lines = [head, *steps, *([] if cut else [end])]
    file = folder / "1.jsonl"
    file.write_text("".join(f"{line.model_dump_json()}\n" for line in lines), encoding="utf-8")
    assert main(["export", str(file), "--as", form]) == 0
    return capsys.readouterr().out


def shape_of(source: str) -> str:
    """What a program does, whatever texts it does it with."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node.value = ""
    return ast.dump(tree)


def test_no_text_gets_out_of_its_literal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile, tame = (exported(tmp_path, capsys, "script", text) for text in (HOSTILE, "tame"))
    assert shape_of(hostile) == shape_of(tame)
    told = [node.value for node in ast.walk(ast.parse(hostile)) if isinstance(node, ast.Constant)]
    assert HOSTILE in told
    assert not set(hostile) & set("\x00\x1b\r\N{LINE SEPARATOR}\N{RIGHT-TO-LEFT OVERRIDE}")
    assert compile(hostile, "script.py", "exec")


def test_a_script_does_what_was_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = exported(tmp_path, capsys, "script", "tame")
    steps = source.partition("def steps(run: Run)")[2]
    for part in (
        ".click(button='right', click_count=2, modifiers=['Shift', 'Alt']), then='https://shop.example/tame'",
        "(page.keyboard.down('Control'), page.mouse.click(10.0, 20.5), page.keyboard.up('Control'))",
        "run.fill(run.find('tame', 'tame', 2), 'tame', enter=True)",
        "run.fill(run.find('tame', 'tame', 2), secret())",
        "(page.keyboard.type('tame'), page.keyboard.press('Enter'))",
        "run.upload(run.find('tame', 'tame', 2), ['../tame'])",
        "run.drag(run.middle(run.find('tame', 'tame', 2)), (10.0, 20.5))",
        "lambda page: run.scroll(0, -1)",
        "(page.mouse.move(10.0, 20.5), page.mouse.wheel(1.0, -2.0))",
        "then='https://shop.example/tame', failed='tame')",
        "(cannot be repeated: blocked: javascript: addresses are refused, only http and https are allowed)",
        "(no action)  (cannot be repeated: it was no action)",
    ):
        assert part in steps
    assert steps.count("run.step(") == len(actions("x")) - 2, "neither the address that is refused, nor the end"
    unknown = exported(tmp_path, capsys, "script", "tame", element=False, cut=True)
    assert "(cannot be repeated: what e1 was is not known)" in unknown


def attributes(of: dict[str, Any]) -> dict[str, Any]:
    return {each["key"]: next(iter(each["value"].values())) for each in of["attributes"]}


def test_telemetry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = exported(tmp_path, capsys, "otel", HOSTILE)
    assert text.isascii()
    (resource,) = json.loads(text)["resourceSpans"]
    (scope,) = resource["scopeSpans"]
    episode, *others = scope["spans"]
    assert scope["schemaUrl"] == "https://opentelemetry.io/schemas/1.41.0"
    assert episode["startTimeUnixNano"] == "1800000000500000000"
    assert episode["endTimeUnixNano"] == "1800000030500000000"
    assert len({span["spanId"] for span in scope["spans"]}) == len(scope["spans"])
    assert {span["parentSpanId"] for span in others} == {episode["spanId"]}
    assert {len(span["traceId"]) for span in scope["spans"]} == {32}
    told = attributes(episode)
    assert (told["gen_ai.operation.name"], told["gen_ai.provider.name"]) == ("invoke_agent", "chat")
    assert (told["gen_ai.usage.input_tokens"], told["mmina.cost.usd"]) == ("350", 8.75)
    assert json.loads(told["gen_ai.input.messages"])[0]["parts"][0]["content"] == HOSTILE
    hops = [attributes(event) for event in episode["events"]]
    assert [event["name"] for event in episode["events"]] == ["gen_ai.evaluation.result"] * 2
    assert [hop["gen_ai.evaluation.score.label"] for hop in hops] == ["passed", "not passed"]
    assert episode["events"][0]["timeUnixNano"] == "1800000001500000000"
    by_kind = {kind: [span for span in others if span["kind"] == kind] for kind in (3, 1)}
    assert len(by_kind[3]) == len(actions("x")) + 1
    assert len(by_kind[1]) == len(actions("x")) - 1
    chat, tool = by_kind[3][1], by_kind[1][1]
    assert attributes(chat)["gen_ai.request.model"] == HOSTILE
    assert [event["name"] for event in chat["events"]] == [
        "mmina.event", "mmina.console_error", "mmina.failed_request",
    ]  # fmt: skip
    assert (chat["startTimeUnixNano"], chat["endTimeUnixNano"]) == ("1800000001000000000", "1800000001500000000")
    assert tool["name"] == "execute_tool click"
    assert json.loads(attributes(tool)["gen_ai.tool.call.arguments"])["modifiers"] == ["Control"]
    assert tool["status"] == {"code": 2, "message": HOSTILE}, "the next observation says that it failed"
    cut = json.loads(exported(tmp_path, capsys, "otel", "tame", cut=True))["resourceSpans"][0]["scopeSpans"][0]
    assert cut["spans"][0]["status"] == {"code": 2, "message": "cut off"}
