"""Baselines in the history of a git repository and behind a URL: what is read, and what is never taken for nothing."""

import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pytest_mmina.gate import downloaded_baseline
from pytest_mmina.gate.baseline import Baseline, BaselineError, TaskCounts, write_baseline
from pytest_mmina.gate.baseline_sources import load_baseline, shown_source
from tests.repositories import git

TOKEN = "a-token-that-nobody-sees"


def saved(file: Path, *, agent: str) -> Baseline:
    baseline = Baseline(agent=agent, tasks={"compare/1": TaskCounts(trials=1, solved=1, seconds=2.5)})
    write_baseline(file, baseline)
    return baseline


def committed(folder: Path, *, agent: str, file: str = "kept/baseline.json") -> None:
    saved(folder / file, agent=agent)
    git(folder, "add", ".")
    git(folder, "commit", "-m", agent)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """The branch `work` started from `main` when its baseline was `started`; now both have another one."""
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-b", "main")
    committed(folder, agent="older")
    committed(folder, agent="started")
    git(folder, "checkout", "-b", "work")
    committed(folder, agent="work")
    git(folder, "checkout", "main")
    committed(folder, agent="newer")
    git(folder, "checkout", "work")
    return folder


def test_a_branch_is_compared_with_what_it_started_from(repository: Path) -> None:
    assert load_baseline("git:main:kept/baseline.json", folder=repository).agent == "started"
    assert load_baseline("git:HEAD:kept/baseline.json", folder=repository).agent == "work", "its own merge base"
    below = repository / "kept"
    assert load_baseline("git:main:kept/baseline.json", folder=below).agent == "started", "from the root"
    assert load_baseline("git:main:./baseline.json", folder=below).agent == "started", "from this folder"
    assert load_baseline("kept/baseline.json", folder=repository).agent == "work", "a path is a file, as ever"


def problem(name: str, folder: Path) -> str:
    with pytest.raises(BaselineError) as raised:
        load_baseline(name, folder=folder)
    return str(raised.value)


def test_what_git_does_not_have_is_an_error_with_its_remedy(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no commit 'nowhere' in this repository. If it is a branch, fetch it: git fetch origin nowhere" in problem(
        "git:origin/nowhere:kept/baseline.json", repository
    ).replace("'origin/nowhere'", "'nowhere'")
    assert "the file does not exist in the merge base" in problem("git:main:baseline.json", repository)
    assert "it is not a file in the merge base" in problem("git:main:kept", repository)
    git(repository, "checkout", "--orphan", "alone")
    committed(repository, agent="alone")
    assert "their histories have no commit in common. Name another REF" in problem(
        "git:main:kept/baseline.json", repository
    )
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert "cannot be used as one: fatal: not a git repository" in problem("git:main:b.json", tmp_path / "elsewhere")
    for incomplete in ("git:", "git:main", "git:main:", "git::baseline.json"):
        assert "is not of the form git:REF:PATH" in problem(incomplete, repository)
    monkeypatch.setenv("PATH", str(tmp_path / "elsewhere"))
    assert "there is no command git: install it, or name a file" in problem("git:main:b.json", repository)


def test_a_file_that_is_no_baseline_is_an_error(repository: Path) -> None:
    (repository / "other.json").write_text("{}")
    git(repository, "add", ".")
    git(repository, "commit", "-m", "another file")
    assert "is not a baseline: tasks: Field required. Name another file" in problem("git:HEAD:other.json", repository)


def test_a_shallow_clone_is_told_how_to_get_its_history(repository: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--depth=1", "--no-single-branch", repository.as_uri(), str(clone))
    found = problem("git:origin/main:kept/baseline.json", clone)
    assert (
        "have no merge base: the clone is shallow. Fetch the whole history: with actions/checkout set fetch-dep"
        in found
    )


@pytest.mark.parametrize(
    "reference", ["--output=taken", "-h", "^main", "main..work", "main:kept", "$(touch taken)", "a;b"]
)
def test_no_reference_becomes_an_option_or_a_command(repository: Path, reference: str) -> None:
    before = sorted(repository.rglob("*"))
    assert problem(f"git:{reference}:kept/baseline.json", repository)
    assert [file for file in sorted(repository.rglob("*")) if file not in before] == []


@pytest.mark.parametrize(
    "path", ["--help", "-p", "../outside.json", "/etc/passwd", "./../../outside.json", "$(touch x)"]
)
def test_no_path_leaves_the_repository(repository: Path, path: str) -> None:
    saved(repository.parent / "outside.json", agent="outside")
    assert "does not exist" in problem(f"git:main:{path}", repository)


Reply = Callable[[http.server.BaseHTTPRequestHandler], None]


class Server:
    """A server on loopback that replies by path and keeps the headers of the requests."""

    def __init__(self) -> None:
        self.replies: dict[str, Reply] = {}
        self.headers: list[dict[str, str]] = []
        served = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                served.headers.append({name: str(value) for name, value in self.headers.items()})
                served.replies[self.path.partition("?")[0]](self)

            def log_message(self, *arguments: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def content(body: bytes, *, status: int = 200, location: str = "") -> Reply:
    def reply(request: http.server.BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        if location:
            request.send_header("Location", location)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return reply


def test_a_baseline_is_downloaded_with_a_token(server: Server, tmp_path: Path) -> None:
    baseline = saved(tmp_path / "b.json", agent="there")
    server.replies["/b.json"] = content((tmp_path / "b.json").read_bytes())
    server.replies["/moved"] = content(b"", status=302, location="/b.json")
    environment = {"MMINA_BASELINE_TOKEN": TOKEN}
    assert load_baseline(f"{server.address}/moved", folder=tmp_path, environment=environment) == baseline
    assert [headers["Authorization"] for headers in server.headers] == [f"Bearer {TOKEN}"] * 2
    assert load_baseline(f"{server.address}/b.json", folder=tmp_path, environment={}) == baseline
    assert "Authorization" not in server.headers[-1]


def test_a_token_stays_with_the_host_that_it_is_for(server: Server, tmp_path: Path) -> None:
    other = Server()
    saved(tmp_path / "b.json", agent="there")
    other.replies["/b.json"] = content((tmp_path / "b.json").read_bytes())
    server.replies["/moved"] = content(
        b"", status=302, location=f"{other.address}/b.json".replace("127.0.0.1", "localhost")
    )
    assert load_baseline(f"{server.address}/moved", folder=tmp_path, environment={"MMINA_BASELINE_TOKEN": TOKEN})
    other.close()
    assert ["Authorization" in headers for headers in (server.headers[0], other.headers[0])] == [True, False]


def refused(address: str, **environment: str) -> str:
    with pytest.raises(BaselineError) as raised:
        load_baseline(address, folder=Path.cwd(), environment=environment)
    assert raised.value.__cause__ is None
    return str(raised.value)


def test_a_download_that_fails_is_an_error_without_a_secret(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "local.json").write_text("{}")
    server.replies.update(
        {
            "/gone": content(b"", status=404),
            "/failing": content(b"", status=500),
            "/page": content(b"<html>sign in</html>"),
            "/file": content(b"", status=302, location=(tmp_path / "local.json").as_uri()),
            "/round": content(b"", status=302, location="/round"),
            "/large": content(b" " * 2_000),
        }
    )
    secret = "?key=a-key-that-nobody-sees"
    for path, cause in (
        ("gone", "cannot be downloaded: HTTP status 404; set MMINA_BASELINE_TOKEN to a token that it accepts"),
        ("failing", "cannot be downloaded: HTTP status 500"),
        ("page", "is not a baseline: Invalid JSON"),
        ("file", "it redirects to an address that is not http(s)"),
        ("round", "more than 5 redirects"),
    ):
        found = refused(f"{server.address}/{path}{secret}", MMINA_BASELINE_TOKEN=TOKEN)
        assert found.startswith(f"{server.address}/{path}?[secret] ")
        assert cause in found
        assert "nobody-sees" not in found
    monkeypatch.setattr(downloaded_baseline, "_MOST_BYTES", 1_000)
    assert "so it is not a baseline" in refused(f"{server.address}/large")
    closed = server.address.replace("127.0.0.1", "me:a-password-that-nobody-sees@127.0.0.1").rpartition(":")[0] + ":1/b"
    assert "nobody-sees" not in (found := refused(closed))
    assert "ConnectionError" in found


def test_a_token_is_not_sent_where_others_can_read_it() -> None:
    assert "is sent over https only" in refused("http://baselines.example/b.json", MMINA_BASELINE_TOKEN=TOKEN)
    assert "use one of both" in refused("https://me:word@baselines.example/b.json", MMINA_BASELINE_TOKEN=TOKEN)
    assert "is not a valid token" in refused("https://baselines.example/b.json", MMINA_BASELINE_TOKEN="a\nb")
    assert "it names no host" in refused("https:///b.json")


def test_a_server_that_drips_its_headers_is_given_up(server: Server) -> None:
    ended = threading.Event()

    def drip(request: http.server.BaseHTTPRequestHandler) -> None:
        request.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        ended.wait(10)

    server.replies["/slow"] = drip
    with pytest.raises(BaselineError, match=r"/slow cannot be downloaded: it did not arrive within 0\.2 seconds"):
        downloaded_baseline.download(
            f"{server.address}/slow", shown=f"{server.address}/slow", environment={}, within=0.2
        )
    ended.set()


def test_the_shown_name_is_what_was_written_without_secrets() -> None:
    assert shown_source("git:origin/main:baseline.json") == "git:origin/main:baseline.json"
    assert (
        shown_source("https://me:wo@rd@here.example/b.json?token=x#y")
        == "https://[secret]@here.example/b.json?[secret]"
    )
