"""An agent behind an HTTP server: one POST request for each message, with the reply in its response (see `wire`)."""

import json
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
    add_usage,
    read_action,
    read_reply,
    reported,
    sent_observation,
)
from pytest_mmina.chat_endpoint.endpoint import Bearer, is_loopback
from pytest_mmina.core.episode.interfaces import Reply
from pytest_mmina.core.episode.spending import Spending
from pytest_mmina.core.errors import AgentError, AgentSpecError
from pytest_mmina.core.language.trajectory import Observation, Remembered, Usage
from pytest_mmina.core.tasks.task import Task

KEY_VARIABLE = "MMINA_AGENT_KEY"
_ATTEMPTS = 3
_CONNECT_TIMEOUT = 5.0
_RETRY_PAUSE = 0.3


class HttpAgent:
    """Sends messages to the server at `url`. Connection errors and 5xx are retried, with the same step number.

    A response has to be complete within `timeout` seconds.
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
        self._url, self._name, self._session = url, f"the agent at {_without_secrets(urlsplit(url))}", session
        self._settings, self._timeout = settings, timeout
        self._auth = Bearer(settings.environment.get(KEY_VARIABLE, "").strip())
        self._interrupted = threading.Event()
        self._pause = pause or self._interrupted.wait
        self._id, self._step, self._spending = "", 0, Spending()

    wants_memory = True

    def reset(self, intent: str, memory: Sequence[Remembered] = ()) -> None:
        """Start an episode."""
        self._id, self._step = uuid.uuid4().hex, 0
        self._send(ResetMessage(session=self._id, intent=intent, memory=tuple(memory)))

    def act(self, observation: Observation) -> Reply:
        """Send an observation and return the action in the reply."""
        self._step += 1
        sent = sent_observation(observation, pictures=self._settings.pictures)
        body = self._post(ActMessage(session=self._id, step=self._step, observation=sent))
        return read_action(body, sender=self._name, spending=self._spending)

    def end(self) -> None:
        """Report the end of the episode."""
        if self._id:
            self._send(EndMessage(session=self._id), attempts=1)

    def interrupt(self) -> None:
        """Stop retrying."""
        self._interrupted.set()

    def unreported_usage(self) -> Usage | None:
        """Return the usage of replies that contained no action; None if there is none."""
        return reported(self._spending)

    def _send(self, message: Message, *, attempts: int = _ATTEMPTS) -> None:
        if body := self._post(message, attempts=attempts).strip():
            read_reply(body, sender=self._name, spending=self._spending)

    def _post(self, message: Message, *, attempts: int = _ATTEMPTS) -> bytes:
        content = message.model_dump_json().encode()
        for attempt in range(1, attempts + 1):
            try:
                with self._session.post(
                    self._url,
                    data=content,
                    headers={"Content-Type": "application/json"},
                    auth=self._auth,
                    timeout=(_CONNECT_TIMEOUT, self._timeout),
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    body = self._body_of(response)
            except requests.ReadTimeout:
                self._spending.tell(None)
                raise AgentError(f"{self._name} did not answer within {self._timeout:g} seconds") from None
            except (requests.ConnectionError, requests.exceptions.ChunkedEncodingError) as error:
                problem = f"cannot be reached ({type(error).__name__})"
            except requests.RequestException as error:
                # The text of these errors can contain the address or the header with the key.
                raise AgentError(f"the request to {self._name} failed: {type(error).__name__}") from None
            else:
                if response.status_code < 300:
                    return body
                self._count_refused(body)
                excerpt = body[:200].decode("utf-8", "replace").strip()
                problem = f"replied with HTTP status {response.status_code}: {excerpt!r}"
                if response.status_code < 500:
                    raise AgentError(f"{self._name} {problem}")
            if self._interrupted.is_set():
                break
            if attempt < attempts:
                self._pause(_RETRY_PAUSE * attempt)
        raise AgentError(f"{self._name} {problem}, {attempts} times in a row")

    def _count_refused(self, body: bytes) -> None:
        """Count what a response with an error reports."""
        try:
            content = json.loads(body)
        except (ValueError, RecursionError):
            return
        if isinstance(content, dict):
            add_usage(content, self._spending)

    def _body_of(self, response: requests.Response) -> bytes:
        """Read a whole response within the timeout; the timeout of `requests` is for the time between two bytes."""
        body, deadline = bytearray(), time.monotonic() + self._timeout
        for part in response.iter_content(65_536):
            body += part
            if len(body) > LONGEST_REPLY:
                raise AgentError(f"{self._name} replied with more than {LONGEST_REPLY} bytes")
            if time.monotonic() > deadline or self._interrupted.is_set():
                raise AgentError(f"{self._name} did not answer in full within {self._timeout:g} seconds")
        return bytes(body)


class HttpSource:
    """Makes agents behind one address. Raises AgentSpecError if the address is invalid or no server listens there."""

    def __init__(self, spec: str, settings: AgentSettings) -> None:
        self._url, self._settings = spec, settings
        parts = _parsed_address(spec)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        try:
            socket.create_connection((host, port), timeout=_CONNECT_TIMEOUT).close()
        except OSError as error:
            raise AgentSpecError(
                f"agent {_without_secrets(parts)!r}: no server listens at {host}:{port} ({error.strerror or error}); "
                "start the agent before the session"
            ) from None
        self._session = requests.Session()
        # A proxy that the environment names cannot reach the ports of this machine.
        self._session.trust_env = not is_loopback(host)

    def agent_for(self, task: Task) -> HttpAgent:
        """Return a new agent for a case; all agents share the connection."""
        # One second more than the core waits, so that the error message is the core's, which is clearer.
        return HttpAgent(self._url, self._session, settings=self._settings, timeout=self._settings.step_timeout + 1)

    def close(self) -> None:
        """Close the connection."""
        self._session.close()


def _parsed_address(spec: str) -> SplitResult:
    try:
        parts = urlsplit(spec)
        host = parts.hostname
        _ = parts.port
    except ValueError as error:
        raise AgentSpecError(f"agent {spec!r}: is not an address ({error}); write http://127.0.0.1:8000/act") from None
    if not host:
        raise AgentSpecError(f"agent {spec!r}: has no host; write http://127.0.0.1:8000/act")
    if "@" in parts.netloc:
        raise AgentSpecError(
            f"agent {_without_secrets(parts)!r}: contains a user or password: put a key into the environment variable "
            f"{KEY_VARIABLE}"
        )
    return parts


def _without_secrets(parts: SplitResult) -> str:
    # A query can contain a key, too.
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
