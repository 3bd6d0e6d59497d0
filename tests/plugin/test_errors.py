"""What a user gets to read when something is wrong, before any browser starts."""

import subprocess
import sys

import pytest

from tests.plugin.project import Project

Way = tuple[str, ...]


@pytest.fixture
def no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """A browser that starts would fail the session in another way."""
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", "/nonexistent")


@pytest.mark.usefixtures("no_browser")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--mmina-agent=orcale"], "*--mmina-agent: unknown agent 'orcale'. Did you mean 'oracle'? Give one of *"),
        (["--mmina-agent=nowhere.at:all"], "*agent 'nowhere.at:all': there is no module 'nowhere'*"),
        (["--mmina-agent=bots:Playz"], "*'bots' has no 'Playz'. Did you mean 'Plays'?"),
        (["--mmina-agent=bots:no_agent"], "*agent 'bots:no_agent': int has no method 'act' and cannot be called"),
        (["--mmina-agent=broken:Agent"], "*importing it raised ZeroDivisionError*"),
        (["--mmina-agent=needy:Agent"], "*its module needs 'a_missing_package', which is not installed"),
        (["--mmina-min-hop-rate=1.5"], "*--mmina-min-hop-rate: '1.5' is not a rate from 0 to 1*"),
        (["--mmina-min-hop-rate=60%"], "*--mmina-min-hop-rate: '60%' is not a rate from 0 to 1 (write 0.5 for 50 %)"),
        (["--mmina-results=bots.py"], "*--mmina-results: */bots.py cannot be used: *File exists*"),
        (["--mmina-agent=leaves:Agent"], "*agent 'leaves:Agent': importing it raised SystemExit: 3"),
        (["--mmina-min-task-rate=nan"], "*--mmina-min-task-rate: 'nan' is not a rate from 0 to 1*"),
        (["--mmina-max-steps=0"], "*--mmina-max-steps: '0' is not a whole number from 1, such as 30"),
        (["--mmina-step-timeout=-1"], "*--mmina-step-timeout: '-1' is not a number of seconds above 0, such as 2.5"),
        (["--mmina-trials=two"], "*--mmina-trials: 'two' is not a whole number from 1, such as 30"),
        (
            ["--mmina-observation=aria,htlm"],
            "*--mmina-observation: 'htlm' is not a format. Did you mean 'html'? Formats:*",
        ),
        (["--mmina-observation-limit=0"], "*--mmina-observation-limit: '0' is not a whole number from 1, such as 30"),
        (["--mmina-settle=never"], "*--mmina-settle: 'never' is not a number of seconds above 0, such as 2.5"),
        (["--mmina-fail-on=both"], "*--mmina-fail-on: invalid choice: 'both'*"),
    ],
)
def test_a_bad_option(project: Project, way: Way, arguments: list[str], message: str) -> None:
    project.task("compare/1")
    project.file("broken.py", "1 / 0")
    project.file("leaves.py", "raise SystemExit(3)")
    project.file("needy.py", "import a_missing_package")
    result = project.run("tasks", *arguments, *way)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([message])
    assert "Traceback" not in result.stderr.str() + result.stdout.str()


@pytest.mark.usefixtures("no_browser")
@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "tasks/travel/12.json: is not JSON: *line 1, column 2"),
        ('{"intent": "x", "start_url": "http://a/", "hops": [{"name": "a", "check": {"kind": "url_mach"}}]}',
         "tasks/travel/12.json: hops[[]0].check: unknown check 'url_mach'. Did you mean 'url_match'?*"),
        ('{"intent": "x", "start_url": "http://a/", "hops": [{"name": "a"}]}',
         "tasks/travel/12.json: hops[[]0]: has no condition. Give 'check'*"),
    ],
)  # fmt: skip
def test_a_bad_task_file(project: Project, way: Way, content: str, message: str) -> None:
    project.task("compare/1")
    project.file("tasks/travel/12.json", content)
    result = project.run("tasks", "--mmina-agent", "bots:Plays", *way)
    assert result.ret not in (0, pytest.ExitCode.INTERNAL_ERROR)
    result.stdout.fnmatch_lines([message])
    assert "Traceback" not in result.stdout.str()
    assert "pytest_mmina/" not in result.stdout.str()


@pytest.mark.usefixtures("no_browser")
def test_a_machine_without_a_browser_gets_one_error_with_two_commands(project: Project, way: Way) -> None:
    (project.folder / "conftest.py").unlink()  # which replaces the browser
    project.task("compare/1")
    project.task("compare/2")
    result = project.run("tasks", "--mmina-agent", "bots:Plays", *way)
    assert result.ret not in (0, pytest.ExitCode.INTERNAL_ERROR)
    output = result.stdout.str() + result.stderr.str()
    assert "playwright install --with-deps --only-shell chromium" in output
    assert "apt-get install -y chromium-headless-shell" in output
    assert "Traceback" not in output


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        (["-p", "no:playwright"], "playwright"),
        (["-p", "no:playwright", "-p", "no:syrupy", "--mmina-snapshot"], "playwright and syrupy"),
    ],
)
def test_a_plugin_that_is_not_loaded(project: Project, way: Way, arguments: list[str], missing: str) -> None:
    project.task("compare/1")
    result = project.run("tasks", *arguments, *way)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*--mmina needs pytest's plugin {missing}, which is not loaded: give -p playwright*"])


@pytest.mark.new_interpreter
@pytest.mark.browser
def test_plugins_can_be_named_instead_of_loaded_by_themselves(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    project.task("compare/1")
    own = ("-p", "pytest_mmina.plugin")
    result = project.run(*own, "tasks", "--mmina-agent=null", "--mmina-fail-on=gate")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*PYTEST_DISABLE_PLUGIN_AUTOLOAD*"])
    assert project.run(*own, "-p", "playwright", "tasks", "--mmina-agent=null", "--mmina-fail-on=gate").ret == 0


def test_a_path_of_the_ini_file_that_is_not_there(project: Project, way: Way) -> None:
    project.pytester.makeini("[pytest]\nmmina_tasks = taks")
    result = project.run(*way)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*mmina_tasks: */taks does not exist*"])


FULL_DISK = """
import errno
from pytest_mmina.results.journal import Journal

def full(self, what, real=Journal.{method}):
    if getattr(what, "task", "compare/2") == "compare/2":
        raise OSError(errno.ENOSPC, "No space left on device")
    real(self, what)

Journal.{method} = full
"""


def fill_disk(project: Project, method: str) -> None:
    """Have no room for what a method of the journal writes of compare/2, or of the plan."""
    project.add_to_conftest(FULL_DISK.format(method=method))


UNWRITTEN = "*the results could not be written while the session ran: *No space left on device"


def test_an_episode_that_could_not_be_written_fails_the_session(project: Project, way: Way) -> None:
    for number in (1, 2, 3):
        project.task(f"compare/{number}")
    fill_disk(project, "append")
    result = project.run("tasks", "--mmina-agent", "bots:Plays", "--mmina-min-task-rate=1", *way)
    assert result.ret == 1
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines([UNWRITTEN, "gate: open: *"])
    assert len(project.episodes()) == 3, "there was room again at the end"


def test_nothing_is_run_that_could_be_lost_unseen(project: Project, way: Way) -> None:
    project.task("compare/1")
    fill_disk(project, "plan")
    result = project.run("tasks", "--mmina-agent", "bots:Plays", "--mmina-min-task-rate=0", *way)
    assert result.ret != 0
    result.assert_outcomes()
    result.stdout.fnmatch_lines([UNWRITTEN, "gate: CLOSED: no episode was recorded*"])


@pytest.mark.browser
def test_a_proxy_of_the_users_own_is_refused(project: Project) -> None:
    project.task("compare/1")
    project.pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def browser_context_args(browser_context_args):
            return {**browser_context_args, "proxy": {"server": "http://127.0.0.1:1"}}
        """
    )
    result = project.run("tasks", "--mmina-agent", "bots:Plays")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*browser_context_args sets a proxy, but --mmina puts its own*"])
    assert project.episodes()[0]["outcome"] == "errored"


def test_help_markers_and_fixtures_explain_themselves(pytester: pytest.Pytester) -> None:
    shown = pytester.runpytest_subprocess("--help").stdout.str()
    group = shown.partition("mmina: benchmark web agents on multihop tasks:")[2].partition("\n\n")[0]
    for option in ("--mmina-agent", "--mmina-results", "--mmina-max-steps", "--mmina-step-timeout", "--mmina-fail-on"):
        assert option in group
    assert "@pytest.mark.mmina(*patterns, trials=1)" in pytester.runpytest_subprocess("--markers").stdout.str()
    fixtures = pytester.runpytest_subprocess("--fixtures").stdout.str()
    for name in ("mmina_task", "mmina_run", "mmina_hop", "mmina_agent", "mmina_browser", "mmina_web"):
        assert f"\n{name}" in fixtures
    assert 'with mmina_hop("looked both cities up"):' in fixtures


@pytest.mark.new_interpreter
def test_without_the_option_nothing_happens(project: Project) -> None:
    project.task("compare/1")
    project.pytester.makeconftest(
        """
        import sys

        def pytest_unconfigure():
            ours = {name for name in sys.modules if name.startswith("pytest_mmina")}
            plugin = "pytest_mmina.plugin"
            names = (
                "agent_options", "autouse", "fixtures", "gate_options", "hook_declarations", "hooks", "options",
                "trajectory_options",
            )
            light = {plugin, *(f"{plugin}.{name}" for name in names)}
            light |= {"pytest_mmina.gate", "pytest_mmina.gate.arguments", "pytest_mmina.agents"}
            # What the options name: the kinds of agents, the choices, the formats, and how numbers are written.
            light |= {"pytest_mmina.agents.load", "pytest_mmina.core", "pytest_mmina.core.language"}
            light |= {f"pytest_mmina.core.{name}" for name in ("choices", "errors", "language.formats", "numbers")}
            assert ours <= {"pytest_mmina", *light}, ours
            heavy = {"pydantic", "flask", "requests", "scipy", "trustme"} & set(sys.modules)
            assert not heavy, heavy
        """
    )
    project.file("test_own.py", "def test_own(): pass\ndef test_episode(mmina_run): pass\n")
    result = project.pytester.runpytest_subprocess("-p", "no:cacheprovider", "-rs", ".", "tasks/compare/1.json")
    result.stdout.fnmatch_lines(["*runs a browser episode only with --mmina*"])
    assert not (project.folder / "mmina-results").exists()
    result = project.pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, skipped=1)
    assert result.ret == 0


def test_importing_the_package_costs_nothing() -> None:
    code = (
        "import sys; before = set(sys.modules); import pytest_mmina; "
        "print(sorted(name for name in set(sys.modules) - before if name.startswith('pytest_mmina')))"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "['pytest_mmina']"


def test_the_public_names_are_there() -> None:
    import pytest_mmina

    assert pytest_mmina.__all__ == [
        "Action", "Agent", "Episode", "Hop", "Limits", "MminaError", "Observation", "ProtocolError", "Remembered",
        "Reply", "Site", "Target", "Task", "TaskError", "Trajectory", "Usage", "action_schema", "action_tools",
        "judge_urls", "load_tasks", "parse_action",
    ]  # fmt: skip
    assert all(getattr(pytest_mmina, name) is not None for name in pytest_mmina.__all__)
    assert set(pytest_mmina.__all__) <= set(dir(pytest_mmina))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        pytest_mmina.nothing  # type: ignore[attr-defined]  # noqa: B018
