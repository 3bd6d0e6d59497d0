"""The environment of a session, as its results keep it."""

import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from pytest_mmina.core.record.command_line import stored_command
from pytest_mmina.core.record.environment import Environment, tasks_fingerprint
from pytest_mmina.core.record.metrics import EpisodeRecord
from pytest_mmina.plugin.agent_setup import secrets_of

_PACKAGES = ("pytest-mmina", "pytest", "playwright", "pytest-playwright", "pytest-xdist", "syrupy")


def environment_of(config: pytest.Config, records: Sequence[EpisodeRecord]) -> Environment:
    """Return versions, platform, browsers and the command line without secrets."""
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            # A package that runs from its source tree has no version.
            continue
    command = stored_command("pytest", config.invocation_params.args, secrets=secrets_of(config), home=str(Path.home()))
    return Environment(
        versions=versions,
        platforms=(f"{platform.system()} {platform.machine()}",),
        browsers=tuple(sorted({record.browser for record in records if record.browser})),
        commands=(command,),
        tasks=tasks_fingerprint((record.task, record.fingerprint) for record in records),
    )
