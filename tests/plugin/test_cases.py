"""Cases from task files and from the user's own tests: collection, ids, credit, what is shown."""

import json
from html import unescape
from xml.etree import ElementTree

import pytest

from tests.plugin.project import TOKYO, Project

Way = tuple[str, ...]


@pytest.mark.browser
def test_a_folder_of_tasks_is_a_folder_of_cases(project: Project, way: Way) -> None:
    project.task("compare/1")
    project.task("compare/2")
    project.task("normal/1", procedure=[], eval={"reference_answers": {"must_include": ["7770", "kettle"]}})
    result = project.run("tasks", "--mmina-agent", "bots:Plays", *way)
    result.assert_outcomes(passed=3)
    assert result.ret == 0
    episodes = project.episodes()
    assert [(episode["task"], episode["outcome"], episode["credit"]) for episode in episodes] == [
        ("compare/1", "solved", 1.0),
        ("compare/2", "solved", 1.0),
        ("normal/1", "solved", 1.0),
    ]
    assert episodes[0]["case"] == "tasks/compare/1.json::test_task[compare/1-chromium]"
    assert [hop["step"] for hop in episodes[0]["hops"]] == [1, 2]
    assert set(episodes[0]) >= {
        "task", "trial", "subset", "agent", "outcome", "hops", "credit", "steps", "seconds", "reason", "answer",
        "blocked",
    }  # fmt: skip


def test_the_journal_is_the_same_with_and_without_workers(project: Project) -> None:
    for number in range(1, 6):
        project.task(f"compare/{number}", intent="MISCHIEF" if number == 3 else "Go.")
    journals = []
    for way in ((), ("-n2",)):
        project.run("tasks", "--mmina-agent", "bots:Raises", *way)
        journals.append([{**episode, "seconds": 0} for episode in project.episodes()])
    assert journals[0] == journals[1]
    assert [path.name for path in sorted((project.folder / "mmina-results").iterdir())] == [
        "episodes.jsonl",
        "gate.json",
        "planned.json",
        "run.json",
        "session.json",
        "summary.json",
        "summary.md",
        "trajectories",
    ]


def test_selection_is_pytests_own(project: Project, way: Way) -> None:
    project.task("compare/1")
    project.task("normal/7", procedure=[], eval={"reference_answers": {"must_include": ["event"]}})
    result = project.run("tasks", "--mmina-agent", "bots:Plays", "-k", "normal", *way)
    result.assert_outcomes(passed=1, deselected=0 if "-n2" in way else 1)
    assert [episode["task"] for episode in project.episodes()] == ["normal/7"]
    case = "tasks/compare/1.json::test_task[compare/1-chromium]"
    project.run(case, "--mmina-agent", "bots:Plays", *way).assert_outcomes(passed=1)
    assert [episode["case"] for episode in project.episodes()] == [case]


def test_partial_credit_is_shown(project: Project, way: Way) -> None:
    project.task("compare/1")
    report = ("--html=report.html", "--self-contained-html")
    result = project.run("tasks", "--mmina-agent", "bots:Half", "-v", "--junit-xml=junit.xml", *report, *way)
    assert result.ret == 1
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*PARTIAL 1/2*",
            "PARTIAL 1/2 compare/1: the agent stopped",
            "hop * step  what was asked  url, and why",
            f"1    passed  1     event tokyo     {TOKYO}",
            f"2    FAILED  2     7770 kettle     {TOKYO}",
            "*the address lacks the site word '7770'",
            "last actions (of 2):",
            f"*1  goto ?{TOKYO}?   on https://www.eventbrite.com/",
            "hop success rate   50.0%  (1 of 2)",
            "task success rate  0.0%  (0 of 1)",
            "  compare *1 *0 * 0.0% *2 *1 * 50.0%",
            "time: *.* s an episode (median), *.* s the longest",
            "results: mmina-results/ (episodes.jsonl, summary.json)",
        ]
    )
    result.stdout.no_fnmatch_line("*pytest_mmina/*.py*")
    case = ElementTree.parse(project.folder / "junit.xml").find(".//testcase")
    assert case is not None
    properties = {node.get("name"): node.get("value") for node in case.iter("property")}
    assert properties["mmina_outcome"] == "partial"
    assert properties["mmina_hops"] == "1/2"
    assert properties["mmina_credit"] == "0.5"
    assert str(properties["mmina_hop_1"]).startswith("passed at step 1: event tokyo")
    assert str(properties["mmina_hop_2"]).startswith("failed at step 2: 7770 kettle: the address lacks")
    rows = json.loads(unescape((project.folder / "report.html").read_text().split('data-jsonblob="')[1].split('"')[0]))
    (tests,) = rows["tests"].values()
    assert "<td>2</td><td>FAILED</td><td>7770 kettle</td>" in tests[0]["extras"][0]["content"]


def test_without_paths_the_ini_file_says_where_tasks_are(project: Project, way: Way) -> None:
    project.task("compare/1")
    project.file("package.json", '{"name": "not a task"}')
    project.file("data/1.json", '{"answer": "not a task either, and not looked at"}')
    project.pytester.makeini("[pytest]\nmmina_tasks = tasks\nmmina_agent = bots:Plays")
    project.file("test_own.py", "def test_own(): pass")
    project.run(*way).assert_outcomes(passed=2)


def test_a_folder_that_is_searched_may_hold_other_json(project: Project, way: Way) -> None:
    project.task("compare/1")
    project.file("package.json", '{"name": "not a task"}')
    project.file("tsconfig.json", "{ // not even JSON\n}")
    project.run(".", "--mmina-agent", "bots:Plays", *way).assert_outcomes(passed=1)


def test_a_list_of_tasks_in_one_file(project: Project, way: Way) -> None:
    task = json.loads(project.task("compare/1").read_text())
    project.file("travel.json", json.dumps([task, task]))
    result = project.run("travel.json", "--mmina-agent", "bots:Plays", *way)
    result.assert_outcomes(passed=2)
    assert [episode["task"] for episode in project.episodes()] == ["travel/1", "travel/2"]


def test_trials_are_cases(project: Project, way: Way) -> None:
    project.task("compare/1")
    project.run("tasks", "--mmina-agent", "bots:Plays", "--mmina-trials=3", *way).assert_outcomes(passed=3)
    episodes = project.episodes()
    assert [(episode["task"], episode["trial"]) for episode in episodes] == [("compare/1", n) for n in (1, 2, 3)]
    assert episodes[2]["case"].endswith("[compare/1-trial3-chromium]")


@pytest.mark.parametrize("agent", ["bots:function", "bots:ready_made", "bots:Plays"])
def test_an_agent_is_a_class_an_object_or_a_function(project: Project, agent: str) -> None:
    project.task("compare/1")
    project.run("tasks", "--mmina-agent", agent).assert_outcomes(passed=1)
    assert project.episodes()[0]["agent"] == agent


OWN_TESTS = """
    import pytest
    import bots

    @pytest.fixture
    def mmina_agent():
        return bots.Plays()

    @pytest.mark.mmina("compare/*", trials=2)
    def test_solves(mmina_task, mmina_run, mmina_hop):
        episode = mmina_run()
        with mmina_hop("visited Tokyo"):
            assert any("tokyo" in url for url in episode.trajectory.urls)
        episode.require_solved()

    @pytest.mark.mmina("compare/1")
    def test_earns_something(mmina_run, mmina_hop, request):
        episode = mmina_run()
        with mmina_hop("went to Rome"):
            assert "rome" in episode.trajectory.urls, "never went to Rome"
        with mmina_hop("asked for tea"):
            pytest.fail("no tea")
        episode.require_solved()

    @pytest.mark.mmina("multi567/*")
    def test_breaks_in_its_own_words(mmina_run, mmina_hop):
        mmina_run()
        with mmina_hop("has a bug"):
            {}["nothing"]
"""


def test_tests_of_the_users_own(project: Project, way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    project.task("compare/1")
    project.task("compare/2")
    project.task("multi567/1")
    project.pytester.makeini("[pytest]\nmmina_tasks = tasks")
    project.pytester.makepyfile(test_own=OWN_TESTS)
    result = project.run("test_own.py", "-v", *way)
    result.assert_outcomes(passed=4, failed=2)
    result.stdout.fnmatch_lines_random(
        [
            "*PARTIAL 2/4*",
            "*SOLVED 3/3*",
            "3    FAILED *went to Rome *",
            "*never went to Rome*",
            "4    FAILED *asked for tea*",
            "*no tea*",
            "*KeyError: 'nothing'",
            "::error file=test_own.py,line=15,title=compare/1::PARTIAL 2/4: the agent stopped%0Ahop 3, went to Rome:*",
            "::error file=test_own.py,line=24,title=multi567/1::PARTIAL 2/3: *",
        ]
    )
    episodes = {episode["case"].partition("::")[2]: episode for episode in project.episodes()}
    assert len(episodes) == 6
    partial = episodes["test_earns_something[compare/1-chromium]"]
    assert (partial["outcome"], partial["credit"], partial["agent"]) == ("partial", 0.5, "Plays")
    broken = episodes["test_breaks_in_its_own_words[multi567/1-chromium]"]
    assert broken["hops"][-1]["reason"] == "raised KeyError: 'nothing'"


def test_a_case_carries_its_credit_as_a_marker(project: Project) -> None:
    project.task("compare/1")
    project.add_to_conftest(
        """
        def pytest_runtest_teardown(item):
            for marker in item.iter_markers("partial_credit"):
                print("CREDIT", marker.kwargs)
        """
    )
    result = project.run("tasks", "--mmina-agent", "bots:Half", "-s")
    result.stdout.fnmatch_lines(["*CREDIT {'passed': 1, 'total': 2, 'score': 0.5}*"])


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("pass", "the test asks for mmina_run and never calls it"),
        ("mmina_run(); mmina_run()", "*mmina_run() runs one episode per case*"),
    ],
)
def test_one_case_is_one_episode(project: Project, body: str, message: str) -> None:
    project.task("compare/1")
    project.pytester.makeini("[pytest]\nmmina_tasks = tasks\nmmina_agent = bots:Plays")
    project.file("test_own.py", f"def test_own(mmina_run):\n    {body}\n")
    result = project.run("test_own.py")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([message])


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("'comapre/*'", "*@pytest.mark.mmina('comapre/*') matches no task. Did you mean 'compare'? Subsets: compare"),
        ("'compare/*', trails=2", "*@pytest.mark.mmina has no argument 'trails'. Did you mean 'trials'?"),
        ("'compare/*', trials=0", "*trials must be a whole number, at least 1"),
        ("7", "*@pytest.mark.mmina takes task id patterns*"),
    ],
)
def test_a_marker_that_means_nothing_is_an_error(project: Project, way: Way, marker: str, message: str) -> None:
    project.task("compare/1")
    project.pytester.makeini("[pytest]\nmmina_tasks = tasks")
    project.file("test_own.py", f"import pytest\n@pytest.mark.mmina({marker})\ndef test_own(mmina_run): pass\n")
    result = project.run("test_own.py", *way)
    assert result.ret != 0
    result.stdout.fnmatch_lines([message])


def test_what_cannot_run_is_skipped_with_its_reason(project: Project, way: Way) -> None:
    project.task("compare/1")
    judged = {"eval_types": ["string_match"], "reference_answers": {"fuzzy_match": "red"}}
    project.task("wikipedia/1", procedure=None, eval=judged)
    result = project.run("tasks", "--mmina-agent", "oracle", "-rs", *way)
    result.assert_outcomes(skipped=2)
    result.stdout.fnmatch_lines_random(
        ["*compare/1 has no field 'oracle'*", "*wikipedia/1 cannot run: * needs a judge*"]
    )
    assert project.summary()["skipped"] == 2


def test_several_browsers_are_several_cases(project: Project, way: Way) -> None:
    project.task("compare/1")
    result = project.run("tasks", "--collect-only", "-q", "--browser", "chromium", "--browser", "firefox", *way)
    result.stdout.fnmatch_lines(["*[[]compare/1-chromium]", "*[[]compare/1-firefox]"])
    assert not (project.folder / "mmina-results").exists(), "listing cases leaves results as they are"


@pytest.mark.browser
def test_what_the_agent_sees_is_chosen_by_options(project: Project) -> None:
    project.task("compare/1")
    project.file(
        "reader.py",
        """from pathlib import Path

def look(observation):
    print(observation.text.splitlines()[0], len(observation.text), list(observation.texts))
    for path in observation.pictures.values():
        print(path, Path(path).is_file())
    return "stop"
""",
    )
    options = ("--mmina-observation=webarena,marks,html", "--mmina-observation-limit=300", "--mmina-viewport-only")
    result = project.run("tasks", "--mmina-agent=reader:look", "-s", *options)
    picture = "mmina-results/pictures/compare/test_task-compare-1-chromium/001-marks.jpg"
    result.stdout.fnmatch_lines(["*Tab 0 (current): * 2?? [[]'marks', 'html'[]]", f"*{picture} True"])


def test_a_folder_may_be_a_link(project: Project) -> None:
    project.task("compare/1")
    (project.folder / "elsewhere").symlink_to(project.folder / "tasks")
    project.run("elsewhere/compare/1.json", "--mmina-agent", "bots:Plays").assert_outcomes(passed=1)
