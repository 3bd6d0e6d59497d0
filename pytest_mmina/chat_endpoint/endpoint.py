"""An OpenAI-compatible chat endpoint: requests are retried, every reply is counted, and no message contains the key."""

import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any, NamedTuple, NoReturn
from urllib.parse import SplitResult, urlsplit

import requests
from requests.auth import AuthBase
from requests.exceptions import ChunkedEncodingError, ContentDecodingError
from urllib3.exceptions import ProtocolError

from pytest_mmina.chat_endpoint.reported_usage import TokenCounts, reported_tokens
from pytest_mmina.core.episode.spending import Spending
from pytest_mmina.core.errors import MminaError
from pytest_mmina.core.language.trajectory import Usage

_COMPLETIONS = "/chat/completions"
_MOST_PROBLEMS = 20


class EndpointError(MminaError):
    """An endpoint that cannot be reached, refuses a request, or does not reply as a chat endpoint does.

    With `names_option`, the message begins with the option at fault.
    """

    def __init__(self, problem: str, *, names_option: bool = False) -> None:
        self.names_option = names_option
        super().__init__(problem)


class Naming(NamedTuple):
    """The words for an endpoint in messages: its role, and the options that set its address, model and key."""

    role: str
    url_option: str
    model_option: str
    key_variable: str


def without_price(tokens: TokenCounts) -> Usage:
    """Return the usage of tokens whose price is not known."""
    return Usage(input_tokens=tokens.input, output_tokens=tokens.output, complete=tokens.complete)


class ChatEndpoint:
    """Posts bodies of chat completions; times are in seconds.

    `spending` adds up what all replies cost, also those that are thrown away, with the prices of `price`.
    `usage_problems` are the reports of tokens that could not be understood.

    Connection errors, 429 and 5xx are retried, up to `attempts` requests in all. The pause between them grows, or is
    the one that the server asks for, and is at most `longest_pause`. With `patient`, time-outs and replies that cannot
    be read are retried too. The key is sent to the endpoint only: no message, log or file contains it. Raises
    EndpointError for an invalid address or key.
    """

    def __init__(
        self,
        *,
        url: str,
        model: str,
        key: str,
        naming: Naming,
        timeout: float = 120.0,
        attempts: int = 5,
        longest_pause: float = 30.0,
        patient: bool = False,
        pause: Callable[[float], object] = time.sleep,
        price: Callable[[TokenCounts], Usage] = without_price,
    ) -> None:
        parts = _checked(url, naming)
        path = parts.path.rstrip("/")
        path = path if path.endswith(_COMPLETIONS) else path + _COMPLETIONS
        self._endpoint = parts._replace(path=path, fragment="").geturl()
        self._is_here = is_loopback(parts.hostname or "")
        # The query may contain a key.
        shown = parts._replace(path=path, query="", fragment="").geturl()
        self.named = f"{naming.role} {model!r} at {shown}"
        if not (key.isascii() and key.isprintable() and " " not in key):
            raise EndpointError(
                f"the environment variable {naming.key_variable} is not a valid key: "
                "it contains a blank, a line break or a character outside ASCII"
            )
        self._naming, self._key, self._authorise = naming, key, Bearer(key)
        self._timeout, self._attempts, self._longest_pause, self._pause = timeout, attempts, longest_pause, pause
        self._patient, self._price = patient, price
        self.spending, self.usage_problems = Spending(), list[str]()

    def complete(self, body: Mapping[str, Any]) -> Any:
        """Post a body and return the JSON of the reply; raises EndpointError if there is none."""
        for attempt in range(1, self._attempts + 1):
            response, problem = self._try(body)
            if response is not None and response.status_code == 200:
                found = _json_of(response)
                if _is_completion(found) or not self._patient:
                    return found
                problem = "a reply that is not a chat completion"
            elif response is not None and response.status_code != 429 and response.status_code < 500:
                self._refuse(response)
            if attempt < self._attempts:
                self._pause(self._pause_after(attempt, response))
        raise EndpointError(f"{self.named} cannot be asked: {problem}, {self._attempts} times in a row")

    def without_key(self, text: str) -> str:
        """Remove the key from a text that a server sent."""
        return text.replace(self._key, "[key]") if self._key else text

    def _try(self, body: Mapping[str, Any]) -> tuple[requests.Response | None, str]:
        self.spending.ask()
        # What the endpoint used for a reply that did not arrive is not known.
        used: Usage | None = None
        try:
            with requests.Session() as session:
                session.trust_env = not self._is_here
                response = session.post(
                    self._endpoint,
                    json=body,
                    auth=self._authorise,
                    timeout=(min(10.0, self._timeout), self._timeout),
                    allow_redirects=False,
                )
            used = self._used_by(response)
        except (requests.ConnectTimeout, requests.ReadTimeout) as error:
            used = Usage() if isinstance(error, requests.ConnectTimeout) else None
            problem = f"no answer within {self._timeout:g} seconds"
            if self._patient:
                return None, problem
        except (requests.ConnectionError, ChunkedEncodingError) as error:
            used = None if _was_sent(error) else Usage()
            return None, f"no connection ({type(error).__name__})"
        except (requests.RequestException, ValueError) as error:
            # The text of these errors may contain the address, or the header with the key.
            problem = type(error).__name__
            if self._patient and isinstance(error, ContentDecodingError):
                return None, problem
        else:
            return response, f"HTTP status {response.status_code}"
        finally:
            self.spending.tell(used)
        raise EndpointError(f"{self.named} cannot be asked: {problem}")

    def _used_by(self, response: requests.Response) -> Usage | None:
        """Return what a response cost; None if it does not say so. A refusal costs nothing unless it says so."""
        tokens = reported_tokens(response.content)
        if tokens is None:
            return None if response.status_code == 200 else Usage()
        if tokens.problem and len(self.usage_problems) < _MOST_PROBLEMS:
            self.usage_problems.append(self.without_key(f"{self.named} {tokens.problem}"))
        return self._price(tokens)

    def _refuse(self, response: requests.Response) -> NoReturn:
        if response.status_code in (401, 403):
            remedy = f"set the environment variable {self._naming.key_variable} to a key that it accepts"
        elif response.status_code == 404 or 300 <= response.status_code < 400:
            remedy = f"see {self._naming.url_option} and {self._naming.model_option}"
        else:
            remedy = f"it says {self.without_key(response.text)[:300]!r}"
        raise EndpointError(f"{self.named} refuses the request: HTTP status {response.status_code}; {remedy}")

    def _pause_after(self, attempt: int, response: requests.Response | None) -> float:
        wanted = _retry_after(response.headers.get("Retry-After", "")) if response is not None else None
        return min(2.0 ** (attempt - 1) if wanted is None else wanted, self._longest_pause)


class Bearer(AuthBase):
    """Adds a key to a request. As `auth`, it also keeps requests from reading a key from a .netrc file."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Add the header."""
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key}"
        return request


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, which a proxy from the environment cannot reach."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _was_sent(error: requests.RequestException) -> bool:
    """Whether a connection broke after it had been made, so that the request may have arrived."""
    return isinstance(error, ChunkedEncodingError) or bool(error.args and isinstance(error.args[0], ProtocolError))


def message_in(reply: Any) -> Any:
    """Return the `choices[0].message` of a reply, or None."""
    try:
        return reply["choices"][0]["message"]
    except (KeyError, IndexError, TypeError):
        return None


def _is_completion(reply: Any) -> bool:
    message = message_in(reply)
    return isinstance(message, dict) and (isinstance(message.get("content"), str) or bool(message.get("tool_calls")))


def _json_of(response: requests.Response) -> Any:
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None


def _checked(url: str, naming: Naming) -> SplitResult:
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        parts, host = SplitResult("", "", "", "", ""), None
    if parts.scheme not in ("http", "https") or not host:
        raise EndpointError(
            f"{naming.url_option} is not an http(s) address; use one such as https://api.openai.com/v1",
            names_option=True,
        )
    if "@" in parts.netloc:
        raise EndpointError(
            f"{naming.url_option} contains a user or password; put the key into {naming.key_variable} instead",
            names_option=True,
        )
    return parts


def _retry_after(text: str) -> float | None:
    """Read the header, a number of seconds or a date; None for anything else."""
    try:
        seconds = float(text)
    except ValueError:
        try:
            when = parsedate_to_datetime(text)
        except ValueError:
            return None
        seconds = ((when if when.tzinfo else when.replace(tzinfo=UTC)) - datetime.now(UTC)).total_seconds()
    return max(seconds, 0.0) if math.isfinite(seconds) else None
