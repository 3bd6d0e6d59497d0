"""The `mmina` command, for everything outside of a session."""

import argparse
import json
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from pytest_mmina import __version__
from pytest_mmina.commands.history import add_history_commands
from pytest_mmina.commands.power import add_power_command
from pytest_mmina.commands.results import add_result_commands
from pytest_mmina.commands.trajectories import add_trajectory_commands
from pytest_mmina.commands.validate import add_validate_command
from pytest_mmina.core.errors import MminaError
from pytest_mmina.core.numbers import port

SCHEMAS = {
    "task": "the format of task files",
    "summary": "summary.json: the rates of a session",
    "gate": "gate.json: what was decided, and what changed against the baseline",
    "action": "an action that an agent can answer with, as one object",
    "agent": "the messages to and from an agent over HTTP or a pipe",
    "trajectory": "a line of a recorded trajectory",
    "tools": "the same as a list of tools for a model, one for each kind of action",
}

_BROKEN_PIPE = 141
"""The exit status of a program that SIGPIPE ends, as a shell reports it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit status: 1 for an error, which is printed on stderr."""
    parser = argparse.ArgumentParser(
        prog="mmina", description="Tools for `pytest --mmina`: tasks, results, trajectories, sites."
    )
    parser.add_argument("--version", action="version", version=f"pytest-mmina {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)
    browser = commands.add_parser("browser", help="print which Chromium would be used", description=_browser.__doc__)
    browser.add_argument("--install", action="store_true", help="install one if none can be started")
    browser.set_defaults(run=_browser)
    inspect = commands.add_parser(
        "inspect", help="describe the tasks of a file or folder", description=_inspect.__doc__
    )
    inspect.add_argument("path", type=Path, metavar="PATH", help="a task file, a list of tasks, or a folder")
    inspect.add_argument(
        "--host",
        action="append",
        default=[],
        metavar="NAME=URL",
        help="an address for a placeholder: SHOPPING=http://...",
    )
    inspect.add_argument("--all", action="store_true", help="name every task, not only the first few")
    inspect.set_defaults(run=_inspect)
    schema = commands.add_parser("schema", help="print a JSON Schema", description=_schema.__doc__)
    schema.add_argument(
        "name", choices=list(SCHEMAS), help="; ".join(f"{name}: {about}" for name, about in SCHEMAS.items())
    )
    schema.set_defaults(run=_schema)
    serve = commands.add_parser("serve", help="serve the hermetic web", description=_serve.__doc__)
    serve.add_argument(
        "--port", type=port, default=0, help="the port of the proxy on this machine (default: any free port)"
    )
    serve.add_argument(
        "--sites", action="append", type=Path, default=[], metavar="DIR", help="also serve sites of your own"
    )
    serve.set_defaults(run=_serve)
    add_result_commands(commands)
    add_history_commands(commands)
    add_power_command(commands)
    add_trajectory_commands(commands)
    add_validate_command(commands)
    options = parser.parse_args(arguments)
    try:
        status: int | None = options.run(options)
        sys.stdout.flush()
    except MminaError as error:
        print(f"mmina: {error}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader has enough (`| head`). Python would complain when it flushes what is left.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _BROKEN_PIPE
    return status or 0


def _browser(options: argparse.Namespace) -> None:
    """Print which Chromium a session would use: Playwright's download, or the first one on PATH."""
    from pytest_mmina.browser.install import ensure_chromium
    from pytest_mmina.browser.launch import find_chromium

    print(f"Chromium: {ensure_chromium() if options.install else find_chromium()}")


def _inspect(options: argparse.Namespace) -> None:
    """List the tasks of a file or folder, those that cannot run with the reason, and possible mistakes."""
    from pytest_mmina.commands.inspect_tasks import inspection
    from pytest_mmina.datasets.hosts import Hosts

    for line in inspection(options.path, hosts=Hosts.of_lines(options.host, source="--host"), name_all=options.all):
        print(line)


def _serve(options: argparse.Namespace) -> None:
    """Serve the bundled sites behind a proxy until interrupted, and print the address of the proxy. Use it for a script
    of `mmina export`, or to open the sites in your own browser. The sites keep their state until the end.
    """
    from pytest_mmina.bundled import bundled
    from pytest_mmina.sites.registry import load_sites
    from pytest_mmina.sites.web import HermeticWeb

    try:
        web = HermeticWeb(load_sites([bundled("fixtures") / "sites", *options.sites]), port=options.port)
    except (OSError, OverflowError) as error:
        raise MminaError(f"--port {options.port}: {getattr(error, 'strerror', '') or error}") from None
    print(web.proxy_address, flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        web.close()


def _schema(options: argparse.Namespace) -> None:
    """Print the JSON Schema of a file or message."""
    from pytest_mmina.agents.wire import agent_schema
    from pytest_mmina.core.language.action_schema import action_schema, action_tools
    from pytest_mmina.core.record.metrics import summary_schema
    from pytest_mmina.core.record.stored_trajectory import recording_schema
    from pytest_mmina.datasets.own_format import task_schema
    from pytest_mmina.gate.record import gate_schema

    schemas = {
        "task": task_schema,
        "summary": summary_schema,
        "gate": gate_schema,
        "action": action_schema,
        "agent": agent_schema,
        "trajectory": recording_schema,
        "tools": action_tools,
    }
    print(json.dumps(schemas[options.name](), indent=2))
