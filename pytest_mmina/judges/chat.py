"""A judge behind any OpenAI-compatible chat endpoint."""

import math
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import SplitResult, urlsplit

import requests
from requests.auth import AuthBase
from requests.exceptions import ChunkedEncodingError

from pytest_mmina.core.errors import JudgeError
from pytest_mmina.core.ports import Question
from pytest_mmina.core.trajectory import Judgement
from pytest_mmina.judges.cache import VerdictCache
from pytest_mmina.judges.prompt import RESPONSE_FORMAT, messages_for, read_verdict

KEY_VARIABLE = "MMINA_JUDGE_KEY"
LONGEST_ANSWER = 20_000
_COMPLETIONS = "/chat/completions"


def judge_from(*, url: str, model: str, environment: Mapping[str, str], cache: Path | None) -> "ChatJudge":
    """Make the judge that options and environment name; raises JudgeError for what cannot be one."""
    if not (url and model):
        given, missing = (
            ("--mmina-judge-url", "--mmina-judge-model") if url else ("--mmina-judge-model", "--mmina-judge-url")
        )
        raise JudgeError(f"{given} is set without {missing}: a judge needs both")
    return ChatJudge(url=url, model=model, key=environment.get(KEY_VARIABLE, "").strip(), cache=VerdictCache(cache))


class ChatJudge:
    """Asks a model, with temperature 0, for a verdict as JSON; what it said once is not asked again.

    Connection errors, 429 and 5xx are tried again, `attempts` times in all, with a growing pause or the one that the
    server asks for, at most `longest_pause`. Times are in seconds. The key is sent to the endpoint and nowhere else:
    no message, log or file has it.
    """

    def __init__(
        self,
        *,
        url: str,
        model: str,
        key: str = "",
        cache: VerdictCache | None = None,
        timeout: float = 120.0,
        attempts: int = 5,
        longest_pause: float = 30.0,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        parts = _checked(url)
        path = parts.path.rstrip("/")
        path = path if path.endswith(_COMPLETIONS) else path + _COMPLETIONS
        self._endpoint = parts._replace(path=path, fragment="").geturl()
        # A query may hold a key too.
        self._shown = parts._replace(path=path, query="", fragment="").geturl()
        if not (key.isascii() and key.isprintable() and " " not in key):
            raise JudgeError(f"the environment variable {KEY_VARIABLE} holds what is no key: a line break, a blank?")
        self._model, self._cache = model, cache or VerdictCache(None)
        self._authorise = _Bearer(key)
        self._timeout, self._attempts, self._longest_pause, self._pause = timeout, attempts, longest_pause, pause

    def ask(self, question: Question) -> Judgement:
        """Answer a question from the cache or the endpoint; raises JudgeError where there is no verdict to be had."""
        if len(question.answer) > LONGEST_ANSWER:
            reason = f"not asked: an answer of {len(question.answer)} characters is not one (limit: {LONGEST_ANSWER})"
            return Judgement(passed=False, reason=reason)
        known = self._cache.get(question, model=self._model)
        if known is not None:
            return known
        judgement = self._verdict_in(self._post(messages_for(question)))
        self._cache.keep(question, judgement, model=self._model)
        return judgement

    def _post(self, messages: list[dict[str, Any]]) -> requests.Response:
        body = {"model": self._model, "temperature": 0, "messages": messages, "response_format": RESPONSE_FORMAT}
        for attempt in range(1, self._attempts + 1):
            response, problem = self._try(body)
            if response is not None and response.status_code == 200:
                return response
            if response is not None and response.status_code != 429 and response.status_code < 500:
                self._refuse(response)
            if attempt < self._attempts:
                self._pause(self._pause_after(attempt, response))
        raise JudgeError(f"{self._named} cannot be asked: {problem}, {self._attempts} times in a row")

    def _try(self, body: Mapping[str, Any]) -> tuple[requests.Response | None, str]:
        try:
            response = requests.post(
                self._endpoint,
                json=body,
                auth=self._authorise,
                timeout=(min(10.0, self._timeout), self._timeout),
                allow_redirects=False,
            )
        except (requests.ConnectionError, ChunkedEncodingError) as error:
            return None, f"no connection ({type(error).__name__})"
        except requests.Timeout:
            problem = f"no answer within {self._timeout:g} seconds"
        except (requests.RequestException, ValueError) as error:
            # What these say may hold the address or the header with the key.
            problem = type(error).__name__
        else:
            return response, f"HTTP status {response.status_code}"
        raise JudgeError(f"{self._named} cannot be asked: {problem}")

    def _refuse(self, response: requests.Response) -> NoReturn:
        if response.status_code in (401, 403):
            remedy = f"set the environment variable {KEY_VARIABLE} to a key that it accepts"
        elif response.status_code == 404 or 300 <= response.status_code < 400:
            remedy = "see --mmina-judge-url and --mmina-judge-model"
        else:
            remedy = f"it says {self._authorise.without_key(response.text)[:300]!r}"
        raise JudgeError(f"{self._named} refuses to be asked: HTTP status {response.status_code}; {remedy}")

    def _pause_after(self, attempt: int, response: requests.Response | None) -> float:
        wanted = _retry_after(response.headers.get("Retry-After", "")) if response is not None else None
        return min(2.0 ** (attempt - 1) if wanted is None else wanted, self._longest_pause)

    def _verdict_in(self, response: requests.Response) -> Judgement:
        try:
            content = response.json()["choices"][0]["message"]["content"]
        except (ValueError, KeyError, IndexError, TypeError, RecursionError):
            content = None
        if not isinstance(content, str):
            raise JudgeError(f"{self._named} did not reply as a chat endpoint does: no choices[0].message.content")
        try:
            verdict = read_verdict(content)
        except ValueError as error:
            said = self._authorise.without_key(content)[:300]
            raise JudgeError(f"the reply of {self._named} {error}: {said!r}") from None
        return verdict.model_copy(update={"reason": self._authorise.without_key(verdict.reason)})

    @property
    def _named(self) -> str:
        return f"the judge {self._model!r} at {self._shown}"


class _Bearer(AuthBase):
    """Puts the key into a request. Given as `auth`, it also keeps requests from looking for one in a .netrc file."""

    def __init__(self, key: str) -> None:
        self._key = key

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._key:
            request.headers["Authorization"] = f"Bearer {self._key}"
        return request

    def without_key(self, text: str) -> str:
        """Take the key out of a text that a server sent."""
        return text.replace(self._key, "[key]") if self._key else text


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        host = parts.hostname
        _ = parts.port
    except ValueError:
        parts, host = SplitResult("", "", "", "", ""), None
    if parts.scheme not in ("http", "https") or not host:
        raise JudgeError("--mmina-judge-url is no http(s) address; give one such as https://api.openai.com/v1")
    if "@" in parts.netloc:
        raise JudgeError(f"--mmina-judge-url holds a user or password: put the key into {KEY_VARIABLE} instead")
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
