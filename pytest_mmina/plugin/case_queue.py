"""Which case a worker runs next: the longest first, and a serial site in one worker at a time."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from pytest_mmina.core.errors import did_you_mean
from pytest_mmina.core.record.metrics import EpisodeRecord


class Job(NamedTuple):
    """A test and its index in the collection. Jobs of one chain never run at the same time; "" means no chain."""

    place: int
    seconds: float = 0.0
    trial: int = 1
    chain: str = ""


class Queue:
    """The jobs that no worker has been given yet.

    A chain belongs to one worker until it is done or the worker is lost. Its jobs must run one after the other, so
    each of them counts as long as all that is left of the chain. A worker has one chain at a time.
    """

    def __init__(self, jobs: Iterable[Job], *, is_left_out: Callable[[int], bool] = lambda place: False) -> None:
        self._is_left_out = is_left_out
        self._jobs = {job.place: job for job in jobs}
        self._lines: dict[str, deque[Job]] = {}
        for job in sorted(self._jobs.values(), key=lambda job: (job.trial, -job.seconds, job.place)):
            self._lines.setdefault(job.chain, deque()).append(job)
        self._left = {chain: sum(job.seconds for job in line) for chain, line in self._lines.items()}
        self._owners: dict[str, str] = {}

    def __bool__(self) -> bool:
        """Whether any job is left."""
        return any(self._lines.values())

    def take(self, worker: str) -> int | None:
        """Return the index of the job that a worker runs next; None if nothing is left that it may run."""
        for line in self._lines.values():
            while line and self._is_left_out(line[0].place):
                self._left[line[0].chain] -= line.popleft().seconds
        waiting = [chain for chain, line in self._lines.items() if line]
        has_chain = any(self._owners.get(chain) == worker for chain in waiting)
        open_to = [
            chain
            for chain in waiting
            if not chain or self._owners.get(chain) == worker or (chain not in self._owners and not has_chain)
        ]
        if not open_to:
            return None
        chain = max(open_to, key=lambda chain: (self._left[chain] if chain else self._lines[""][0].seconds, chain))
        job = self._lines[chain].popleft()
        self._left[chain] -= job.seconds
        if chain:
            self._owners[chain] = worker
        return job.place

    def give_back(self, places: Iterable[int]) -> None:
        """Take back jobs that a worker was given and did not start."""
        for place in reversed(list(places)):
            job = self._jobs[place]
            self._lines.setdefault(job.chain, deque()).appendleft(job)
            self._left[job.chain] = self._left.get(job.chain, 0.0) + job.seconds

    def release(self, worker: str) -> None:
        """Free the chains of a worker that is gone."""
        self._owners = {chain: owner for chain, owner in self._owners.items() if owner != worker}


def jobs_of(
    collection: Sequence[str],
    planned: Mapping[str, EpisodeRecord],
    *,
    seconds: Mapping[str, float],
    serial: Sequence[str],
    trials_first: bool,
) -> list[Job]:
    """Make jobs of a collection. Tests that are no case come last; an unknown duration counts as the mean."""
    known = [seconds[record.task] for record in planned.values() if seconds.get(record.task)]
    mean = sum(known) / len(known) if known else 1.0
    chains = chains_of((record.sites for record in planned.values()), serial)
    jobs = []
    for place, case in enumerate(collection):
        if (record := planned.get(case)) is None:
            jobs.append(Job(place, trial=max((record.trial for record in planned.values()), default=1)))
            continue
        chain = next((chains[site] for site in record.sites if site in chains), "")
        jobs.append(Job(place, seconds.get(record.task) or mean, record.trial if trials_first else 1, chain))
    return jobs


def chains_of(tasks: Iterable[Sequence[str]], serial: Sequence[str]) -> dict[str, str]:
    """Return the chain of every serial site: sites that one task visits share a chain."""
    chains = {site: site for site in serial}
    for sites in tasks:
        met = sorted({chains[site] for site in sites if site in chains})
        for site, chain in chains.items():
            if chain in met:
                chains[site] = met[0]
    return chains


def unvisited(serial: Sequence[str], planned: Iterable[EpisodeRecord]) -> list[str]:
    """Return a message for every serial site that no selected task visits: its name may be misspelt."""
    visited = {site for record in planned for site in record.sites}
    return [
        f"--mmina-serial {site}: no selected task visits {site!r}.{did_you_mean(site, visited)}"
        for site in dict.fromkeys(serial)
        if site not in visited
    ]
