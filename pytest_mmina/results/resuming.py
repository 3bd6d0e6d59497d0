"""What a resumed session must not add to its run: episodes of another agent."""

from collections.abc import Iterable, Sequence

from pytest_mmina.core.choices import Arm
from pytest_mmina.core.record.metrics import EpisodeRecord


def of_other_agents(before: Sequence[EpisodeRecord], all_of: Iterable[EpisodeRecord]) -> dict[str, str]:
    """Return the cases whose agent is not that of the run, each with the name of its agent.

    `before` are the episodes that the run had when it was resumed. An agent that a fixture or a hook makes has no
    option that could be compared, so the agents of the same test are: if none of them ran before, it is another one.
    """
    kept = {record.case for record in before}
    agents: dict[tuple[str, Arm], set[str]] = {}
    now: dict[tuple[str, Arm], list[EpisodeRecord]] = {}
    for record in all_of:
        # What errored without an episode does not name its agent.
        if record.outcome == "errored":
            continue
        test = (record.case.partition("[")[0], record.arm)
        if record.case in kept:
            agents.setdefault(test, set()).add(record.agent)
        else:
            now.setdefault(test, []).append(record)
    return {
        record.case: record.agent
        for test, records in now.items()
        if test in agents and agents[test].isdisjoint({record.agent for record in records})
        for record in records
    }
