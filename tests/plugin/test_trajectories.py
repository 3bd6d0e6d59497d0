"""Recorded trajectories in whole sessions."""

from pytest_mmina.recordings import read_recording, recordings_in
from tests.plugin.conftest import Project

Way = tuple[str, ...]


def test_a_session_leaves_the_trajectories_of_its_episodes_alone(project: Project, way: Way) -> None:
    project.task("compare/1", intent="MISCHIEF")
    project.task("compare/2")
    project.run("tasks", "--mmina-agent=bots:Raises", *way)
    found = recordings_in(project.folder / "mmina-results")
    assert list(found) == ["compare/1/1", "compare/2/1"]
    first = read_recording(found["compare/1/1"])
    assert first.end is not None
    assert (first.end.ending, len(first.steps)) == ("failed", 2)
    project.run("tasks/compare/2.json", "--mmina-agent=bots:Plays", *way)
    assert list(recordings_in(project.folder / "mmina-results")) == ["compare/2/1"]
    project.run("tasks", "--mmina-agent=bots:Plays", "--mmina-record=none", *way)
    assert not list((project.folder / "mmina-results/trajectories").iterdir())
