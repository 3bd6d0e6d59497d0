"""The run that a session belongs to: made by the process that begins it, sent to its workers, or continued."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from pytest_mmina import __version__
from pytest_mmina.core.record.command_line import cleaned
from pytest_mmina.core.record.run import Run
from pytest_mmina.datasets.hosts import SITES
from pytest_mmina.gate.arguments import ARGUMENTS
from pytest_mmina.plugin.agent_setup import secrets_of
from pytest_mmina.plugin.cases import site_folders
from pytest_mmina.plugin.collection import SEARCHED, hosts_of
from pytest_mmina.plugin.gate_options import fixtures_fingerprint
from pytest_mmina.plugin.options import Options
from pytest_mmina.results.files import SESSION
from pytest_mmina.results.plan import ResultsError, read_plan, read_run

SITES_SETTING = "mmina_sites"
"""The setting with the fingerprint of the content of all sites."""

_RUN = pytest.StashKey[Run]()
_SENT = "mmina_run"

# Options that cannot change an episode. Any other option of ours is a setting, and so is one that is added later.
_WITHOUT_EFFECT = frozenset(
    {
        "mmina", "mmina_agent", "mmina_results", "mmina_resume", "mmina_no_html", "mmina_serial", "mmina_budget",
        "mmina_fail_on", "mmina_save_baseline", "mmina_record", "mmina_snapshot", "mmina_snapshot_level",
        "mmina_tolerate", SEARCHED, "mmina_unwritten",
        *(f"mmina_{name.replace('-', '_')}" for name in ARGUMENTS),
    }
)  # fmt: skip
# Options of pytest-playwright that change what an agent meets.
_OF_THE_BROWSER = ("browser", "browser_channel", "device")
_FILES = ("mmina_chat_prompts", "mmina_chat_prices")


def run_of(config: pytest.Config) -> Run:
    """Return the run of this session; raises UsageError if a run cannot be continued."""
    if _RUN not in config.stash:
        sent = getattr(config, "workerinput", {}).get(_SENT)
        if sent is not None:
            config.stash[_RUN] = Run.model_validate_json(sent)
        elif config.getoption("mmina_resume") is not None:
            config.stash[_RUN] = _continued(config)
        else:
            config.stash[_RUN] = _new(config)
    return config.stash[_RUN]


class RunSender:
    """Sends the run to workers, which may be on another machine."""

    def __init__(self, config: pytest.Config) -> None:
        self._run = run_of(config)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Give a worker the run before it starts."""
        node.workerinput[_SENT] = self._run.model_dump_json()


def _new(config: pytest.Config) -> Run:
    secrets, home = secrets_of(config), str(Path.home())
    settings = {name: cleaned(value, secrets, home) for name, value in _settings(config).items()}
    agent = secrets.removed_from(Options.of(config).agent)
    return Run(id=uuid4().hex, plugin=__version__, agent=agent, settings=settings)


def _continued(config: pytest.Config) -> Run:
    options = Options.of(config)
    folder, shown = options.results, options.shown_results
    try:
        there, plan = read_run(folder), read_plan(folder)
    except ResultsError as error:
        raise pytest.UsageError(f"--mmina-resume: {error}") from None
    if there is None and plan is None and not (folder / SESSION).exists():
        raise pytest.UsageError(f"--mmina-resume: {shown} contains no session that could be resumed")
    if there is None:
        raise pytest.UsageError(
            f"--mmina-resume: the results in {shown} are of pytest-mmina 0.1, or merged. Run the session again"
        )
    differences = [f"{found.name}: {found.one} there, {found.other} here" for found in there.differences(_new(config))]
    if differences:
        raise pytest.UsageError(
            f"--mmina-resume: the run in {shown} is another one: {'; '.join(differences)}. Resume it with what it had, "
            "or begin a new run without --mmina-resume"
        )
    if plan is None or plan.run != there.id:
        raise pytest.UsageError(
            f"--mmina-resume: the session in {shown} left no list of its cases. Run it again without --mmina-resume"
        )
    return there


def _settings(config: pytest.Config) -> dict[str, str]:
    options = vars(config.option)
    names = sorted(name for name in options if name.startswith("mmina_") and name not in {*_WITHOUT_EFFECT, *_FILES})
    given = {_option_name(name): _shown(options[name]) for name in names}
    given |= {_option_name(name): _shown(options[name]) for name in _OF_THE_BROWSER if options.get(name)}
    for name in _FILES:
        if options.get(name) is not None:
            given[_option_name(name)] = _fingerprint(config.invocation_params.dir / options[name])
    chosen = Options.of(config)
    given |= {"--mmina-judge-url": chosen.judge_url, "--mmina-judge-model": chosen.judge_model}
    given["--mmina-chat-url"] = str(options.get("mmina_chat_url") or config.getini("mmina_chat_url")).strip()
    hosts = hosts_of(config)
    addresses = {name: hosts.address_of(name) for name in sorted({*SITES, *hosts.named})}
    given["mmina_hosts"] = ", ".join(f"{name}={address}" for name, address in addresses.items() if address)
    given[SITES_SETTING] = fixtures_fingerprint(site_folders(config))
    given["mmina_uploads"] = fixtures_fingerprint(chosen.uploads) if chosen.uploads else ""
    return {name: value for name, value in given.items() if value}


def _option_name(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _shown(value: object) -> str:
    if value is None or value is False:
        return ""
    if isinstance(value, tuple | list):
        return "/".join(map(str, value)) if all(isinstance(part, int) for part in value) else ",".join(map(str, value))
    if isinstance(value, dict):
        return json.dumps(value, sort_keys=True)
    return "given" if value is True else str(value)


def _fingerprint(path: Path) -> str:
    if path.is_dir():
        return fixtures_fingerprint([path])
    return sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else str(path)
