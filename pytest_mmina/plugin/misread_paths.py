"""Refuse options whose value pytest has taken for a path to tests.

pytest looks for its root folder and ini file before plugins declare their options. In `--mmina-results DIR` it takes
DIR, if that exists, for a path to collect from, and may find another ini file or none.
"""

import os
import shlex
from itertools import pairwise
from pathlib import Path

import pytest
from _pytest.config.findpaths import determine_setup

_PREFIX = "--mmina-"


def require_own_root(config: pytest.Config) -> None:
    """Raise UsageError if a value of an option of ours, written with a space, has moved pytest's root folder."""
    option, base = config.option, config.invocation_params.dir
    if not hasattr(option, "file_or_dir"):  # --help ends the parsing before there are paths
        return
    given = [*shlex.split(os.environ.get("PYTEST_ADDOPTS", "")), *map(str, config.invocation_params.args)]
    misread = [
        (name, value)
        for name, value in pairwise(given)
        if name.startswith(_PREFIX) and "=" not in name and value not in option.file_or_dir
        if not value.startswith("-") and Path(base / value).exists()
    ]
    if not misread:
        return
    root, ini, *_ = determine_setup(
        inifile=option.inifilename,
        override_ini=option.override_ini,
        args=option.file_or_dir,
        rootdir_cmd_arg=option.rootdir or None,
        invocation_dir=base,
    )
    if (root, ini) == (config.rootpath, config.inipath):
        return
    named = " and ".join(f"{name}={value}" for name, value in misread)
    read = f"reads {config.inipath or 'no ini file'} instead of {ini or 'no ini file'}"
    raise pytest.UsageError(
        f"{misread[0][0]}: pytest takes {misread[0][1]} for a path to tests, so its root folder is {config.rootpath} "
        f"instead of {root}, and it {read}: write {named}, with = instead of a space"
    )
