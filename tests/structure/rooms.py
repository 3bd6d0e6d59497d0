"""The rooms of each package, and the floors they stand on: `python -m tests.structure.rooms [PACKAGE ...]`.

A room is a package or module directly inside another package. It stands on floor 1 if it imports no other room there,
otherwise one floor above the highest room that it imports. All imports count: those inside functions, and those for
type checkers alone.
"""

import sys
from typing import NamedTuple

import grimp

PACKAGE = "pytest_mmina"


class Rooms(NamedTuple):
    """The rooms of one package: the floor of each, and what each imports."""

    package: str
    floors: dict[str, int]
    imports: dict[str, frozenset[str]]

    def __str__(self) -> str:
        lines = [f"{self.package}: {len(self.floors)} rooms on {max(self.floors.values())} floors"]
        for room, floor in sorted(self.floors.items(), key=lambda item: (-item[1], item[0])):
            imported = ", ".join(sorted(self.imports[room]))
            lines.append(f"  {floor}  {room}{f'  imports {imported}' if imported else ''}")
        return "\n".join(lines)


class CircleError(Exception):
    """Rooms that import each other."""


def build_graph() -> grimp.ImportGraph:
    """All modules of the package and all imports between them."""
    return grimp.build_graph(PACKAGE, exclude_type_checking_imports=False, cache_dir=None)


def packages_in(graph: grimp.ImportGraph) -> list[str]:
    """Every package that holds at least two rooms."""
    return sorted(module for module in graph.modules if len(graph.find_children(module)) > 1)


def rooms_of(graph: grimp.ImportGraph, package: str) -> Rooms:
    """The rooms of a package; raises CircleError if some of them import each other."""
    owner = {
        module: room.removeprefix(f"{package}.")
        for room in graph.find_children(package)
        for module in (room, *graph.find_descendants(room))
    }
    imports = {room: set[str]() for room in owner.values()}
    for module, room in owner.items():
        imported = {owner[other] for other in graph.find_modules_directly_imported_by(module) if other in owner}
        imports[room] |= imported - {room}
    floors: dict[str, int] = {}
    while len(floors) < len(imports):
        ready = {room for room, below in imports.items() if room not in floors and below <= floors.keys()}
        if not ready:
            raise CircleError(f"{package}: a circle among {', '.join(sorted(imports.keys() - floors.keys()))}")
        floors |= {room: 1 + max((floors[below] for below in imports[room]), default=0) for room in ready}
    return Rooms(package, floors, {room: frozenset(below) for room, below in imports.items()})


def main() -> None:
    """Print the rooms of the packages that the command line names, or of all."""
    graph = build_graph()
    for package in sys.argv[1:] or packages_in(graph):
        print(rooms_of(graph, package), end="\n\n")


if __name__ == "__main__":
    main()
