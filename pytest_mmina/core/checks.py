"""Judging: a check and a state give a verdict. Pure, so that a stored trajectory can be judged again."""

import re
from functools import lru_cache
from urllib.parse import unquote_plus

from pytest_mmina.core.models import Model
from pytest_mmina.core.tasks import (
    PAGE_TEXT,
    AllOf,
    AnswerJudged,
    AnswerMatch,
    AnyOf,
    Check,
    Entity,
    Not,
    PageText,
    SelectorText,
    SiteState,
    SiteWord,
    Stopped,
    TextCondition,
    UrlMatch,
    text_pattern,
)
from pytest_mmina.core.trajectory import Page, State, judgement_key, site_value_key


class Verdict(Model):
    """Whether a check holds, and why or why not, in words."""

    passed: bool
    reason: str
    url: str = ""


def judge(check: Check, state: State) -> Verdict:
    """Judge a check on a state: it holds when it holds on any one of the open pages.

    The verdict of a check that holds names the page it holds on; otherwise that of the current page.
    """
    verdicts = []
    for page in state.pages:
        if _open_on(check, page, state) is not None:
            passed, reason = False, "the judge has not been asked"
        else:
            passed, reason = _judge_page(check, page, state)
        verdict = Verdict(passed=passed, reason=reason, url=page.url)
        if passed:
            return verdict
        verdicts.append(verdict)
    return verdicts[0] if verdicts else Verdict(passed=False, reason="no page was open")


def open_question(check: Check, state: State) -> AnswerJudged | None:
    """The question that has to be put to the judge before a check can be judged on a state, or None.

    A question whose answer changes nothing is none: the other parts of the check have decided already.
    """
    questions = []
    for page in state.pages:
        question = _open_on(check, page, state)
        if question is not None:
            questions.append(question)
        elif _judge_page(check, page, state)[0]:
            return None
    return questions[0] if questions else None


def _open_on(check: Check, page: Page, state: State) -> AnswerJudged | None:
    match check:
        case AnswerJudged():
            return check if _is_open(check, state) else None
        case AllOf() | AnyOf():
            questions = [_open_on(inner, page, state) for inner in check.checks]
            decided = (inner for inner, asked in zip(check.checks, questions, strict=True) if asked is None)
            deciding = isinstance(check, AnyOf)
            if any(_judge_page(inner, page, state)[0] is deciding for inner in decided):
                return None
            return next((asked for asked in questions if asked is not None), None)
        case Not():
            return _open_on(check.check, page, state)
        case _:
            return None


def _is_open(check: AnswerJudged, state: State) -> bool:
    key = judgement_key(check.mode, check.question, check.reference)
    return bool(state.answer and state.answer.strip()) and key not in state.judgements


def _judge_page(check: Check, page: Page, state: State) -> tuple[bool, str]:
    match check:
        case SiteWord():
            passed = plain(check.word) in _site_part(page.url)
            return passed, f"the address {'has' if passed else 'lacks'} the site word {check.word!r}"
        case Entity():
            named = [name for name in check.any_of if entity_in(name, page.url)]
            if named:
                return True, f"the URL names {named[0]!r}"
            return False, f"the URL does not name {' or '.join(map(repr, filter(None, check.any_of))) or 'anything'}"
        case UrlMatch():
            return _judge_text(check, "the URL", [page.url], url=True)
        case AnswerMatch():
            if state.answer is None:
                return False, "the agent has not answered"
            return _judge_text(check, "the answer", [_without_outer_quotes(state.answer)])
        case AnswerJudged():
            return _judge_judged(check, state)
        case PageText():
            return _judge_probe(check, "the page text", page, PAGE_TEXT)
        case SelectorText():
            return _judge_probe(check, f"the text of {check.selector!r}", page, check.selector)
        case SiteState():
            return _judge_site_state(check, state)
        case Stopped():
            stopped = state.answer is not None
            return stopped, f"the agent has {'' if stopped else 'not '}stopped"
        case AllOf():
            judged = [_judge_page(inner, page, state) for inner in check.checks]
            failed = [reason for passed, reason in judged if not passed]
            return not failed, failed[0] if failed else "; ".join(reason for _, reason in judged)
        case AnyOf():
            judged = [_judge_page(inner, page, state) for inner in check.checks]
            held = [reason for passed, reason in judged if passed]
            return bool(held), held[0] if held else ", and ".join(reason for _, reason in judged)
        case Not():
            passed, reason = _judge_page(check.check, page, state)
            return not passed, reason


def _judge_judged(check: AnswerJudged, state: State) -> tuple[bool, str]:
    if state.answer is None:
        return False, "the agent has not answered"
    if not state.answer.strip():
        return False, "the answer is empty"
    judgement = state.judgements.get(judgement_key(check.mode, check.question, check.reference))
    if judgement is None:
        return False, "the judge has not been asked"
    return judgement.passed, f"the judge: {_shortened(' '.join(judgement.reason.split()), 300)}"


def _judge_site_state(check: SiteState, state: State) -> tuple[bool, str]:
    what = f"{check.path} of the site {check.site!r}"
    key = site_value_key(check.site, check.path)
    if key not in state.site_values:
        return False, f"{what} is not known: the page was only passed through"
    values = state.site_values[key]
    if check.count is not None and len(values) != check.count:
        return False, f"{what} finds {len(values)} values, not {check.count}"
    # Python holds True for 1; JSON does not.
    alike = [
        value for value in values if value == check.equals and isinstance(value, bool) == isinstance(check.equals, bool)
    ]
    if check.equals is not None and not alike:
        return False, f"{what} is {_shortened(', '.join(map(repr, values)) or 'nothing')}, not {check.equals!r}"
    if check.equals is None and check.count is None and not values:
        return False, f"{what} is nothing"
    return True, f"{what} matches"


def _judge_probe(check: TextCondition, what: str, page: Page, selector: str) -> tuple[bool, str]:
    if selector not in page.texts:
        return False, f"{what} is not known: the page was only passed through"
    if not page.texts[selector]:
        return False, f"nothing on the page matches {selector!r}"
    return _judge_text(check, what, list(page.texts[selector]))


def _judge_text(check: TextCondition, what: str, texts: list[str], *, url: bool = False) -> tuple[bool, str]:
    reasons = []
    for text in texts:
        problem = _text_problem(check, text, url=url)
        if problem is None:
            return True, f"{what} matches"
        reasons.append(problem)
    return False, f"{what} {reasons[0]}"


def _text_problem(check: TextCondition, text: str, *, url: bool) -> str | None:
    normalise = _comparable_url if url else _comparable_text
    if check.equals is not None and normalise(text) != normalise(check.equals):
        return f"is {_shortened(text)!r}, not {check.equals!r}"
    for part in check.contains:
        if (plain(part) if url else _comparable_text(part)) not in normalise(text):
            return f"lacks {part!r}: {_shortened(text)!r}"
    if check.pattern is not None and not text_pattern(check.pattern).isinstance_python(_decoded(text) if url else text):
        return f"does not match the pattern {check.pattern!r}: {_shortened(text)!r}"
    return None


def plain(text: str) -> str:
    """Lower-case and percent-decode a text, `+` read as a space: the form in which `queue` compares."""
    return unquote_plus(text).lower()


def entity_in(entity: str, url: str) -> bool:
    """Say whether an entity's words follow one another, as whole words, in what comes after the host of a URL."""
    pattern = _entity_pattern(entity)
    return pattern is not None and pattern.search(plain(_after_host(url))) is not None


@lru_cache(maxsize=1024)
def _entity_pattern(entity: str) -> re.Pattern[str] | None:
    # A run of letters beyond a-z (a city in its own script) is a word too: it must stand as it is.
    words = re.findall(r"[a-z0-9]+|[^\W0-9a-z_]+", plain(entity))
    if not words:
        return None
    return re.compile(r"(?<![a-z0-9])" + r"[^a-z0-9]*?".join(map(re.escape, words)) + r"(?![a-z0-9])")


def _site_part(url: str) -> str:
    host, path = _split_at_host(url)
    return plain(host + re.split(r"[?#]", path, maxsplit=1)[0])


def _after_host(url: str) -> str:
    return _split_at_host(url)[1]


def _split_at_host(url: str) -> tuple[str, str]:
    # urlsplit refuses URLs that a browser shows, and a judge must never raise on what a page did.
    rest = url.partition("://")[2] if "://" in url else url
    cut = re.search(r"[/?#]", rest)
    host, path = (rest[: cut.start()], rest[cut.start() :]) if cut else (rest, "")
    return host.rpartition("@")[2], path


def _decoded(url: str) -> str:
    return unquote_plus(url)


def _comparable_url(url: str) -> str:
    return plain(url).removesuffix("/")


def _comparable_text(text: str) -> str:
    return " ".join(text.split()).lower()


def _without_outer_quotes(answer: str) -> str:
    answer = answer.strip()
    if len(answer) >= 2 and answer[0] == answer[-1] and answer[0] in "'\"":
        return answer[1:-1]
    return answer


def _shortened(text: str, limit: int = 120) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"
