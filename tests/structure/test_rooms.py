"""How the package is divided: few rooms, few floors, no circle."""

import grimp
import pytest

from tests.structure.rooms import CircleError, build_graph, packages_in, rooms_of


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return build_graph()


def test_the_top_has_at_most_18_rooms_on_6_floors(graph: grimp.ImportGraph) -> None:
    rooms = rooms_of(graph, "pytest_mmina")
    assert len(rooms.floors) <= 18
    assert max(rooms.floors.values()) <= 6, str(rooms)


def test_core_has_at_most_5_floors(graph: grimp.ImportGraph) -> None:
    rooms = rooms_of(graph, "pytest_mmina.core")
    assert max(rooms.floors.values()) <= 5, str(rooms)


def test_no_package_holds_a_circle(graph: grimp.ImportGraph) -> None:
    assert len(packages_in(graph)) > 10
    for package in packages_in(graph):
        rooms_of(graph, package)


def test_a_circle_is_found_and_named() -> None:
    graph = grimp.ImportGraph()
    for module in ("house", "house.hall", "house.attic", "house.attic.box", "house.cellar"):
        graph.add_module(module)
    graph.add_import(importer="house.attic.box", imported="house.hall")
    graph.add_import(importer="house.hall", imported="house.cellar")
    assert rooms_of(graph, "house").floors == {"cellar": 1, "hall": 2, "attic": 3}
    graph.add_import(importer="house.cellar", imported="house.attic")
    with pytest.raises(CircleError, match="house: a circle among attic, cellar, hall"):
        rooms_of(graph, "house")
