"""The folders of the bundled tasks and sites: inside the installed package, or beside it in the source tree."""

from pathlib import Path


def bundled(name: str) -> Path:
    """Return the folder `tasks` or `fixtures` that belongs to this version of the code."""
    inside = Path(__file__).parent / name
    return inside if inside.is_dir() else Path(__file__).parent.parent / name
