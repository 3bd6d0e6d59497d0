"""A judge behind any OpenAI-compatible chat endpoint."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pytest_mmina.chat_endpoint.endpoint import ChatEndpoint, EndpointError, Naming, message_in, without_price
from pytest_mmina.chat_endpoint.reported_usage import TokenCounts
from pytest_mmina.core.episode.interfaces import Question
from pytest_mmina.core.errors import JudgeError
from pytest_mmina.core.language.trajectory import Judgement, Usage
from pytest_mmina.judges.cache import VerdictCache
from pytest_mmina.judges.prompt import RESPONSE_FORMAT, messages_for, read_verdict

KEY_VARIABLE = "MMINA_JUDGE_KEY"
LONGEST_ANSWER = 20_000
_NAMING = Naming("the judge", "--mmina-judge-url", "--mmina-judge-model", KEY_VARIABLE)


def judge_from(
    *,
    url: str,
    model: str,
    environment: Mapping[str, str],
    cache: Path | None,
    price: Callable[[TokenCounts], Usage] = without_price,
) -> "ChatJudge":
    """Return the judge that the options and the environment name. Raises JudgeError if they are incomplete or wrong."""
    if not (url and model):
        given, missing = (
            ("--mmina-judge-url", "--mmina-judge-model") if url else ("--mmina-judge-model", "--mmina-judge-url")
        )
        raise JudgeError(f"{given} is set without {missing}: a judge needs both")
    key = environment.get(KEY_VARIABLE, "").strip()
    return ChatJudge(url=url, model=model, key=key, cache=VerdictCache(cache), price=price)


class ChatJudge:
    """Asks a model for a verdict as JSON, with temperature 0. A verdict in the cache is not asked for again.

    For retries and the use of the key, see ChatEndpoint. Times are in seconds.
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
        price: Callable[[TokenCounts], Usage] = without_price,
    ) -> None:
        self._model, self._cache = model, cache or VerdictCache(None)
        try:
            self._endpoint = ChatEndpoint(
                url=url,
                model=model,
                key=key,
                naming=_NAMING,
                timeout=timeout,
                attempts=attempts,
                longest_pause=longest_pause,
                pause=pause,
                price=price,
            )
        except EndpointError as error:
            raise JudgeError(str(error)) from None

    def ask(self, question: Question) -> Judgement:
        """Return the verdict from the cache or the endpoint. Raises JudgeError if there is no valid verdict."""
        if len(question.answer) > LONGEST_ANSWER:
            reason = f"not judged: the answer has {len(question.answer)} characters (limit: {LONGEST_ANSWER})"
            return Judgement(passed=False, reason=reason)
        known = self._cache.get(question, model=self._model)
        if known is not None:
            return known
        judgement = self._verdict_in(self._reply_to(messages_for(question)))
        self._cache.keep(question, judgement, model=self._model)
        return judgement

    def unreported_usage(self) -> Usage | None:
        """Return what the replies since the last call cost; nothing for a verdict from the cache."""
        return self._endpoint.spending.take()

    def _reply_to(self, messages: list[dict[str, Any]]) -> Any:
        body = {"model": self._model, "temperature": 0, "messages": messages, "response_format": RESPONSE_FORMAT}
        try:
            return self._endpoint.complete(body)
        except EndpointError as error:
            raise JudgeError(str(error)) from None

    def _verdict_in(self, reply: Any) -> Judgement:
        message, named = message_in(reply), self._endpoint.named
        content = message.get("content") if isinstance(message, dict) else None
        if not isinstance(content, str):
            raise JudgeError(f"{named} did not reply as a chat endpoint does: no choices[0].message.content")
        try:
            verdict = read_verdict(content)
        except ValueError as error:
            excerpt = self._endpoint.without_key(content)[:300]
            raise JudgeError(f"the reply of {named} {error}: {excerpt!r}") from None
        return verdict.model_copy(update={"reason": self._endpoint.without_key(verdict.reason)})
