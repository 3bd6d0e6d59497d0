"""Recorded trajectories in whole sessions."""

from pytest_mmina.trajectories.reading import read_recording, recordings_in
from tests.plugin.project import Project

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


def test_a_session_is_replayed_without_its_agent(project: Project) -> None:
    project.task("compare/1")
    project.task("compare/2", intent="MISCHIEF")
    project.run("tasks", "--mmina-agent=bots:Raises")
    over_itself = project.run("tasks", "--mmina-agent=replay:mmina-results")
    assert over_itself.ret == 4
    over_itself.stderr.fnmatch_lines(["*replay:mmina-results is the folder that this session writes to: move it*"])
    replayed = project.run("tasks", "--mmina-agent=replay:mmina-results", "--mmina-results=again")
    replayed.assert_outcomes(passed=1, failed=1)
    replayed.stdout.fnmatch_lines(["*compare/2: *the recorded episode ended here: the agent raised ValueError*"])
