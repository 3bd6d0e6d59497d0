"""The names that tasks may give in `sites`. A name that nothing knows is a mistake: its task would be skipped."""

import re

import pytest

from pytest_mmina.core.errors import did_you_mean
from pytest_mmina.datasets.hosts import SITES, Hosts
from pytest_mmina.datasets.listing import ListedTask
from pytest_mmina.plugin.cases import all_sites
from pytest_mmina.plugin.options import Options

_NAMED = pytest.StashKey[frozenset[str]]()
_SERVED = pytest.StashKey[tuple[int, frozenset[str] | None]]()
_WORDS = re.compile(r"[^\W_][\w-]*")


def unknown_sites(task: ListedTask, config: pytest.Config) -> str:
    """Return the problem with the names in a task's `sites`; an empty text if all of them are known.

    Known are the sites of WebArena and VisualWebArena, those in `mmina_hosts` and `--mmina-serial`, and every site of
    the hermetic web: by its name, its host, or a word of its address, such as `eventbrite` for the site `events`.
    """
    # Most names are known without a look at the hermetic web, which takes longer than all other work on a task.
    unknown = [name for name in task.sites if name.upper() not in SITES]
    unknown = [name for name in unknown if name.upper() not in _named_by_user(config)]
    if not unknown or (served := _served(config)) is None:
        return ""
    unknown = [name for name in unknown if name.lower() not in served]
    if not unknown:
        return ""
    known = {name.lower() for name in (*SITES, *_named_by_user(config))} | served
    name = unknown[0]
    return (
        f"no site is called {name!r}.{did_you_mean(name.lower(), sorted(known))} Name a site of the hermetic web, "
        "one of WebArena's, or one whose address is set in mmina_hosts"
    )


def _named_by_user(config: pytest.Config) -> frozenset[str]:
    """Return the names in `mmina_hosts` and `--mmina-serial`, in capitals."""
    if (names := config.stash.get(_NAMED, None)) is None:
        lines = config.getini("mmina_hosts")
        names = frozenset({*Hosts.of_lines(lines).named, *(site.upper() for site in Options.of(config).serial)})
        config.stash[_NAMED] = names
    return names


def _served(config: pytest.Config) -> frozenset[str] | None:
    """Return the names and the words of addresses of all sites; None if the sites cannot be loaded."""
    # A conftest.py in a folder can add sites when the folder is collected.
    hooks = len(config.hook.pytest_mmina_sites.get_hookimpls())
    if config.stash.get(_SERVED, (-1, None))[0] != hooks:
        try:
            sites = all_sites(config)
        except (Exception, pytest.fail.Exception):
            # The first case that needs the sites reports the problem.
            config.stash[_SERVED] = hooks, None
        else:
            addresses = [address for site in sites for address in (*site.hosts, *site.paths)]
            words = {word for address in addresses for word in _WORDS.findall(address)}
            hosts = {host.partition(":")[0] for site in sites for host in site.hosts}
            names = {*words, *hosts, *(site.name for site in sites)}
            config.stash[_SERVED] = hooks, frozenset(name.lower() for name in names)
    return config.stash[_SERVED][1]
