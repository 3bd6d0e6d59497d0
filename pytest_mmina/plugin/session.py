"""Activate `--mmina`: register the parts of a session, some in every process and some only in the main one."""

import sys
from collections.abc import Mapping

import pytest

from pytest_mmina.plugin import browser_restart
from pytest_mmina.plugin.agent_setup import prepare_agents, remember_run
from pytest_mmina.plugin.budget import Spending
from pytest_mmina.plugin.case_selection import DURATIONS, Partition
from pytest_mmina.plugin.cases import RUN_ID, chosen_judge
from pytest_mmina.plugin.collection import Collection, add_task_paths, hosts_of
from pytest_mmina.plugin.early_stop import EarlyStop
from pytest_mmina.plugin.event_loop import PlaywrightLoop
from pytest_mmina.plugin.gate_options import require_fitting_options
from pytest_mmina.plugin.options import Options
from pytest_mmina.plugin.outcomes import Outcomes
from pytest_mmina.plugin.progress import Progress
from pytest_mmina.plugin.recorder import require_other_replay
from pytest_mmina.plugin.retries import Retries
from pytest_mmina.plugin.run_identity import RunSender, run_of
from pytest_mmina.plugin.session_end import SessionEnd
from pytest_mmina.plugin.session_gate import SessionGate
from pytest_mmina.plugin.session_records import SessionRecords
from pytest_mmina.plugin.snapshot_cases import Snapshots
from pytest_mmina.results.journal import Journal


def activate(config: pytest.Config) -> None:
    """Check the options before a browser starts, then register the hooks; raises UsageError."""
    _require_plugins(config)
    options = Options.of(config)
    # The command `pytest` does not add the current folder to the import path, but agents are imported from it.
    if str(config.invocation_params.dir) not in sys.path:
        sys.path.append(str(config.invocation_params.dir))
    worker = str(getattr(config, "workerinput", {}).get("workerid", ""))
    prepare_agents(config, worker=worker)
    chosen_judge(config)
    hosts_of(config)
    for folder in options.uploads:
        if not folder.is_dir():
            raise pytest.UsageError(
                f"mmina_uploads: there is no folder {folder}: create it, or remove it from the ini file"
            )
    require_fitting_options(config)
    add_task_paths(config)
    resumed, shard = config.getoption("mmina_resume") is not None, config.getoption("mmina_shard")
    run = run_of(config)
    config.stash[RUN_ID] = run.id
    remember_run(config, run.id)
    journal = Journal(options.results, worker=worker, run=run, resumed=resumed)
    finished: dict[str, str] = {}
    plugins: dict[str, object] = {
        "collection": Collection(config),
        "outcomes": Outcomes(config, journal, finished=finished if resumed else None),
        "browser-restart": browser_restart,
        "event-loop": PlaywrightLoop(),
        "snapshots": Snapshots(config),
        "retries": Retries(most=options.retries),
        "spending": Spending(config, worker=worker),
    }
    if worker:
        # A worker does not read the baseline: it may be the answer of a server, and all workers need the same shards.
        seconds: Mapping[str, float] = vars(config)["workerinput"].get(DURATIONS, {})
    else:
        session_records, gate = SessionRecords(config, journal, resumed=resumed), SessionGate(config)
        seconds = gate.seconds
        stopping = _early_stop(session_records, gate, journal) if options.stop_early else None
        require_other_replay(config)
        plugins["run"] = RunSender(config)
        plugins["records"] = session_records
        plugins["end"] = SessionEnd(config, journal, session_records, gate, stopping=stopping, resumed=resumed)
        plugins["progress"] = Progress(records=session_records.records, journal=journal, seconds=gate.seconds)
        if config.pluginmanager.has_plugin("xdist"):
            from pytest_mmina.plugin.scheduling import Scheduling

            plugins["scheduling"] = Scheduling(seconds=gate.seconds, stopping=stopping, journal=journal)
        if stopping is not None:
            plugins["stopping"] = stopping
    if shard is not None or resumed or options.stop_early:
        plugins["partition"] = Partition(
            shard=shard,
            seconds=seconds,
            journal=journal if resumed else None,
            finished=finished,
            trials_first=options.stop_early,
        )
    for name, plugin in plugins.items():
        config.pluginmanager.register(plugin, f"mmina-{name}")


def _early_stop(session_records: SessionRecords, gate: SessionGate, journal: Journal) -> EarlyStop:
    return EarlyStop(
        rules=gate.rules,
        baseline=gate.baseline,
        exemptions=gate.exemptions,
        records=session_records.records,
        skipped=session_records.skipped,
        journal=journal,
    )


def _require_plugins(config: pytest.Config) -> None:
    """Raise UsageError if a plugin that cases need is not loaded: by `-p no:playwright`, or without autoloading."""
    loaded = {getattr(plugin, "__name__", "") for plugin in config.pluginmanager.get_plugins()}
    needed = {"playwright": "pytest_playwright.pytest_playwright"}
    if config.getoption("mmina_snapshot"):
        needed["syrupy"] = "syrupy"
    if missing := [name for name, module in needed.items() if module not in loaded]:
        remedy = " ".join(f"-p {name}" for name in missing)
        raise pytest.UsageError(
            f"--mmina needs pytest's plugin {' and '.join(missing)}, which is not loaded: give {remedy}, or remove "
            f"-p no:{missing[0]} or PYTEST_DISABLE_PLUGIN_AUTOLOAD"
        )
