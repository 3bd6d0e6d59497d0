"""The properties of a case, as a report of JUnit has them."""

from pytest_mmina.reports.junit import case_properties
from tests.gate.records import record


def test_a_case_has_its_credit_and_a_property_a_hop() -> None:
    episode = record("a/1", 2, 4)
    own = episode.hops[1].model_copy(update={"step": None, "reason": "asserted by the test"})
    lost = episode.hops[2].model_copy(update={"reason": "the address lacks 'x'"})
    rest = episode.hops[3].model_copy(update={"step": None, "reached": False, "reason": "hop 3 comes first"})
    episode = episode.model_copy(update={"hops": (episode.hops[0], own, lost, rest)})
    assert case_properties(episode) == [
        ("mmina_task", "a/1"),
        ("mmina_outcome", "partial"),
        ("mmina_hops", "2/4"),
        ("mmina_credit", 2 / 4),
        ("mmina_hop_1", "passed at step 0: hop 0: "),
        ("mmina_hop_2", "passed: hop 1: asserted by the test"),
        ("mmina_hop_3", "failed at step 2: hop 2: the address lacks 'x'"),
        ("mmina_hop_4", "not reached: hop 3: hop 3 comes first"),
    ]
