"""What decides the exit code, each way pytest can run; and what must never turn it green."""

import pytest

from tests.plugin.project import Project

pytestmark = pytest.mark.three_ways

Way = tuple[str, ...]


@pytest.fixture
def two_tasks(project: Project) -> Project:
    """Two tasks of two hops, one of which makes a bot do its mischief."""
    project.task("compare/1")
    project.task("compare/2", intent="MISCHIEF")
    return project


@pytest.mark.parametrize(
    ("arguments", "status", "lines"),
    [
        ([], 1, ["*2 failed*"]),
        (["--mmina-min-hop-rate=0.5"], 0, ["gate: open: hop success rate 50.0% >= 50.0%*", "*2 partial*"]),
        (["--mmina-min-hop-rate=0.51"], 1, ["gate: CLOSED: hop success rate 50.0% < 51.0%*", "*2 partial*"]),
        (["--mmina-min-task-rate=0.01"], 1, ["gate: CLOSED: task success rate 0.0% < 1.0%*"]),
        (["--mmina-fail-on=gate"], 0, ["gate: open*"]),
        (["--mmina-fail-on=task", "--mmina-min-hop-rate=0.5"], 1, ["gate: open*", "*2 failed*"]),
    ],
)
def test_what_fails(two_tasks: Project, way: Way, arguments: list[str], status: int, lines: list[str]) -> None:
    result = two_tasks.run("tasks", "--mmina-agent", "bots:Half", *arguments, *way)
    assert result.ret == status
    result.stdout.fnmatch_lines(lines)
    assert two_tasks.summary()["hop_success_rate"] == 0.5


GATED = ("--mmina-min-hop-rate=0", "--mmina-min-task-rate=0")


@pytest.mark.parametrize(
    ("agent", "outcome", "reason"),
    [
        ("Raises", "partial", "the agent raised ValueError: the model is away"),
        ("Hangs", "partial", "the agent did not answer within 2 seconds (step timeout)"),
        pytest.param("Kills", "errored", "the browser died in mid-episode", marks=pytest.mark.browser),
    ],
)
def test_a_fault_costs_one_episode(two_tasks: Project, way: Way, agent: str, outcome: str, reason: str) -> None:
    two_tasks.task("compare/3")
    result = two_tasks.run("tasks", "--mmina-agent", f"bots:{agent}", "--mmina-step-timeout=2", *way)
    assert result.ret == 1
    result.assert_outcomes(passed=2, failed=1)
    first, second, third = two_tasks.episodes()
    assert (first["outcome"], third["outcome"]) == ("solved", "solved")
    assert (second["outcome"], second["reason"]) == (outcome, reason)


@pytest.mark.parametrize("gate", [(), GATED])
def test_a_worker_that_dies_costs_one_episode(two_tasks: Project, gate: Way) -> None:
    two_tasks.task("compare/3")
    two_tasks.task("compare/4")
    result = two_tasks.run("tasks", "--mmina-agent", "bots:Exits", "-n2", *gate)
    assert result.ret == 1
    outcomes = [episode["outcome"] for episode in two_tasks.episodes()]
    assert outcomes == ["solved", "errored", "solved", "solved"]
    assert two_tasks.episodes()[1]["reason"] == "the worker process crashed in mid-episode"
    summary = two_tasks.summary()
    assert (summary["errored"], summary["hops_total"], summary["hops_passed"]) == (1, 8, 6)
    if gate:
        result.stdout.fnmatch_lines(["gate: CLOSED: 1 episode errored*"])


def test_a_process_that_dies_leaves_what_was_finished(two_tasks: Project) -> None:
    two_tasks.run("tasks", "--mmina-agent", "bots:Exits", "-n0")
    assert [(episode["task"], episode["outcome"]) for episode in two_tasks.episodes()] == [("compare/1", "solved")]


def test_an_errored_episode_closes_the_gate(two_tasks: Project, way: Way) -> None:
    result = two_tasks.run("tasks", "--mmina-agent", "bots:Breaks", *GATED, *way)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["gate: CLOSED: 1 episode errored*"])


def test_a_case_that_skips_itself_closes_the_gate(two_tasks: Project, way: Way) -> None:
    result = two_tasks.run("tasks", "--mmina-agent", "bots:Skips", *GATED, *way)
    assert result.ret == 1
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["gate: CLOSED: 1 selected case gave no episode*"])


def test_a_session_that_is_broken_off_closes_the_gate(two_tasks: Project, way: Way) -> None:
    two_tasks.file("tasks/compare/0.json", "{")
    two_tasks.file("test_own.py", "def test_own(): assert False")
    result = two_tasks.run("test_own.py", "tasks/compare/1.json", "-x", "--mmina-agent", "bots:Plays", *GATED, *way)
    assert result.ret != 0
    assert "gate: open" not in result.stdout.str() or "-n2" in way


@pytest.mark.parametrize("selection", [("tasks", "-k", "nothing_like_it"), ("empty",)])
def test_an_empty_selection_closes_the_gate(two_tasks: Project, way: Way, selection: Way) -> None:
    (two_tasks.folder / "empty").mkdir()
    result = two_tasks.run(*selection, "--mmina-agent", "bots:Plays", *GATED, *way)
    assert result.ret not in (0,)
    result.stdout.fnmatch_lines(["*no task was selected*", "gate: CLOSED: no episode was recorded*"])


def test_tests_without_tasks_do_not_open_the_gate(two_tasks: Project, way: Way) -> None:
    two_tasks.file("test_own.py", "def test_own(): pass")
    assert two_tasks.run("test_own.py", *GATED, *way).ret == 1
    assert two_tasks.run("test_own.py", *way).ret == 0, "no gate was asked for"


def test_an_old_journal_is_not_counted(two_tasks: Project, way: Way) -> None:
    two_tasks.run("tasks", "--mmina-agent", "bots:Plays")
    two_tasks.file("mmina-results/episodes.gw7.jsonl", '{"cut short')
    two_tasks.file("mmina-results/mine.txt", "kept")
    result = two_tasks.run("tasks/compare/1.json", "--mmina-agent", "bots:Nothing", "--mmina-min-hop-rate=0.1", *way)
    assert result.ret == 1
    assert [episode["outcome"] for episode in two_tasks.episodes()] == ["unsolved"]
    assert sorted(path.name for path in (two_tasks.folder / "mmina-results").iterdir()) == [
        "episodes.jsonl",
        "gate.json",
        "mine.txt",
        "planned.json",
        "run.json",
        "session.json",
        "summary.json",
        "summary.md",
        "trajectories",
    ]


def test_a_gate_without_the_plugin_is_an_error(two_tasks: Project) -> None:
    for option in ("--mmina-min-hop-rate=0.5", "--mmina-min-task-rate=1", "--mmina-fail-on=gate"):
        result = two_tasks.pytester.runpytest_subprocess(option)
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([f"*{option.partition('=')[0]} asks for a gate, which needs --mmina"])


def test_results_of_the_last_session_stay_if_this_one_never_began(two_tasks: Project, way: Way) -> None:
    two_tasks.run("tasks/compare/1.json", "--mmina-agent", "bots:Plays")
    before = two_tasks.episodes(), two_tasks.summary()
    assert two_tasks.run("nowhere.json", "--mmina-agent", "bots:Plays", *way).ret != 0
    assert (two_tasks.episodes(), two_tasks.summary()) == before


@pytest.mark.parametrize("way_out", ["pytest.xfail('known')", "pytest.skip('late')"])
def test_an_episode_counts_however_its_test_ends(two_tasks: Project, way: Way, way_out: str) -> None:
    two_tasks.pytester.makeini("[pytest]\nmmina_tasks = tasks\nmmina_agent = bots:Half")
    two_tasks.file(
        "test_own.py",
        f"import pytest\n@pytest.mark.mmina('compare/1')\ndef test_own(mmina_run):\n    mmina_run()\n    {way_out}\n",
    )
    two_tasks.run("test_own.py", *way)
    summary = two_tasks.summary()
    assert (summary["episodes"], summary["partial"], summary["not_run"]) == (1, 1, 0)


def test_a_case_that_needs_a_judge_closes_the_gate_without_one(two_tasks: Project, way: Way) -> None:
    judged = {"name": "said", "check": {"kind": "answer_judged", "question": "Which?", "reference": "This one."}}
    two_tasks.task("compare/3", hops=[judged])
    result = two_tasks.run("tasks", "--mmina-agent", "bots:Plays", *GATED, *way)
    result.stdout.fnmatch_lines(
        [
            "gate: CLOSED: 1 task skipped and not counted, 0 allowed (--mmina-allow-skipped): 1 task (compare/3)",
            "*skipped 1 case of 1 task (compare/3), no judge: cannot run: it needs a judge; *",
        ]
    )
    assert result.ret == 1
