"""An agent behind an address: one POST for each message, the reply in its answer (see `wire`)."""

import socket
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from urllib.parse import SplitResult, urlsplit

import requests

from pytest_mmina.agents.settings import AgentSettings
from pytest_mmina.agents.wire import (
    LONGEST_REPLY,
    ActMessage,
    EndMessage,
    Message,
    ResetMessage,
    answer_in,
    read_reply,
    seen_by,
)
from pytest_mmina.chat_endpoint import Bearer, is_loopback
from pytest_mmina.core.episode.ports import Reply
from pytest_mmina.core.errors import AgentError, AgentSpecError
from pytest_mmina.core.language.trajectory import Observation, Remembered
from pytest_mmina.core.tasks.task import Task

KEY_VARIABLE = "MMINA_AGENT_KEY"
_ATTEMPTS = 3
_CONNECT_TIMEOUT = 5.0
_PAUSE = 0.3


class HttpAgent:
    """Speaks to the server at `url`; connection errors and 5xx are tried again, with the same step number.

    Times are in seconds: an answer has to be complete within `timeout`.
    """

    def __init__(
        self,
        url: str,
        session: requests.Session,
        *,
        settings: AgentSettings,
        timeout: float,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        self._url, self._named, self._session = url, f"the agent at {_shown(urlsplit(url))}", session
        self._settings, self._timeout = settings, timeout
        self._authorise = Bearer(settings.environment.get(KEY_VARIABLE, "").strip())
        self._interrupted = threading.Event()
        self._pause = pause or self._interrupted.wait
        self._id, self._step = "", 0

    wants_memory = True

    def reset(self, intent: str, memory: Sequence[Remembered] = ()) -> None:
        """Begin an episode."""
        self._id, self._step = uuid.uuid4().hex, 0
        self._acknowledged(ResetMessage(session=self._id, intent=intent, memory=tuple(memory)))

    def act(self, observation: Observation) -> Reply:
        """Ask for an action."""
        self._step += 1
        seen = seen_by(observation, pictures=self._settings.pictures)
        body = self._post(ActMessage(session=self._id, step=self._step, observation=seen))
        return answer_in(body, named=self._named)

    def end(self) -> None:
        """Say that it is over."""
        if self._id:
            self._acknowledged(EndMessage(session=self._id), attempts=1)

    def interrupt(self) -> None:
        """Try nothing again."""
        self._interrupted.set()

    def _acknowledged(self, message: Message, *, attempts: int = _ATTEMPTS) -> None:
        if body := self._post(message, attempts=attempts).strip():
            read_reply(body, named=self._named)

    def _post(self, message: Message, *, attempts: int = _ATTEMPTS) -> bytes:
        content = message.model_dump_json().encode()
        for attempt in range(1, attempts + 1):
            try:
                with self._session.post(
                    self._url,
                    data=content,
                    headers={"Content-Type": "application/json"},
                    auth=self._authorise,
                    timeout=(_CONNECT_TIMEOUT, self._timeout),
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    body = self._body_of(response)
            except requests.ReadTimeout:
                raise AgentError(f"{self._named} did not answer within {self._timeout:g} seconds") from None
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
                problem = f"cannot be reached ({type(error).__name__})"
            except requests.RequestException as error:
                # What these say may hold the address or the header with the key.
                raise AgentError(f"{self._named} cannot be asked: {type(error).__name__}") from None
            else:
                if response.status_code < 300:
                    return body
                told = body[:200].decode("utf-8", "replace").strip()
                problem = f"replied with HTTP status {response.status_code}: {told!r}"
                if response.status_code < 500:
                    raise AgentError(f"{self._named} {problem}")
            if self._interrupted.is_set():
                break
            if attempt < attempts:
                self._pause(_PAUSE * attempt)
        raise AgentError(f"{self._named} {problem}, {attempts} times in a row")

    def _body_of(self, response: requests.Response) -> bytes:
        """Read an answer; the limit of requests is for a pause between two bytes, ours is for all of them."""
        body, deadline = bytearray(), time.monotonic() + self._timeout
        for part in response.iter_content(65_536):
            body += part
            if len(body) > LONGEST_REPLY:
                raise AgentError(f"{self._named} replied with more than {LONGEST_REPLY} bytes")
            if time.monotonic() > deadline or self._interrupted.is_set():
                raise AgentError(f"{self._named} did not answer in full within {self._timeout:g} seconds")
        return bytes(body)


class HttpSource:
    """Agents behind one address; raises AgentSpecError for what is none, or where nobody listens."""

    def __init__(self, spec: str, settings: AgentSettings) -> None:
        self._url, self._settings = spec, settings
        parts = _checked(spec)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        try:
            socket.create_connection((host, port), timeout=_CONNECT_TIMEOUT).close()
        except OSError as error:
            raise AgentSpecError(
                f"agent {_shown(parts)!r}: nobody listens at {host}:{port} ({error.strerror or error}); "
                "start the agent before the session"
            ) from None
        self._session = requests.Session()
        # A proxy of the environment knows nothing of this machine's own ports.
        self._session.trust_env = not is_loopback(host)

    def agent_for(self, task: Task) -> HttpAgent:
        """One for each case, over the same connection."""
        # A second more than the core waits, whose words for it are the better ones.
        return HttpAgent(self._url, self._session, settings=self._settings, timeout=self._settings.step_timeout + 1)

    def close(self) -> None:
        """Close the connection."""
        self._session.close()


def _checked(spec: str) -> SplitResult:
    try:
        parts = urlsplit(spec)
        host = parts.hostname
        _ = parts.port
    except ValueError as error:
        raise AgentSpecError(f"agent {spec!r}: is no address ({error}); write http://127.0.0.1:8000/act") from None
    if not host:
        raise AgentSpecError(f"agent {spec!r}: names no host; write http://127.0.0.1:8000/act")
    if "@" in parts.netloc:
        raise AgentSpecError(
            f"agent {_shown(parts)!r}: holds a user or password: put a key into the environment variable {KEY_VARIABLE}"
        )
    return parts


def _shown(parts: SplitResult) -> str:
    # A query may hold a key, too.
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
