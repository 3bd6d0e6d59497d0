"""Judge a check on a state. These functions use nothing but their arguments: stored states can be judged again."""

from typing import assert_never
from urllib.parse import unquote_plus

from pytest_mmina.core.language.trajectory import PageState, State, site_value_key
from pytest_mmina.core.models import Model
from pytest_mmina.core.shortening import shortened
from pytest_mmina.core.tasks.checks import (
    PAGE_TEXT,
    AllOf,
    AnswerJudged,
    AnswerMatch,
    AnyJudged,
    AnyOf,
    Check,
    Entity,
    Not,
    PageJudged,
    PageText,
    PictureJudged,
    PlainCheck,
    SelectorText,
    SiteState,
    SiteWord,
    Stopped,
    UrlMatch,
)
from pytest_mmina.core.tasks.end_readings import LAST, PageValue, Reading, SamePicture, UrlReference
from pytest_mmina.core.text.conditions import TextCondition, problem_of_text, text_pattern
from pytest_mmina.core.text.urls import comparable_url, decoded_lower, entity_in, is_contained, site_part


class Verdict(Model):
    """Whether a check holds, the reason in words, and the URL of the page."""

    passed: bool
    reason: str
    url: str = ""


def judge(check: Check, state: State) -> Verdict:
    """Judge a check on a state: it holds if it holds on any of the open pages.

    The verdict names the page on which the check holds; if it holds on none, the verdict is that of the current page.
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


def open_question(check: Check, state: State) -> AnyJudged | None:
    """Return the check that the judge must decide before this check can be judged on a state, or None.

    The judge is not asked if the other parts of the check have already decided.
    """
    questions = []
    for page in state.pages:
        question = _open_on(check, page, state)
        if question is not None:
            questions.append(question)
        elif _judge_page(check, page, state)[0]:
            return None
    return questions[0] if questions else None


def _open_on(check: Check, page: PageState, state: State) -> AnyJudged | None:
    if isinstance(check, PlainCheck):
        return None
    match check:
        case AnswerJudged() | PageJudged() | PictureJudged():
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
            assert_never(check)


def _is_open(check: AnyJudged, state: State) -> bool:
    return check.judgement_key not in state.judgements and not _nothing_to_judge(check, state)


def _judge_page(check: Check, page: PageState, state: State) -> tuple[bool, str]:
    match check:
        case SiteWord():
            passed = decoded_lower(check.word) in site_part(page.url)
            return passed, f"the address {'has' if passed else 'lacks'} the site word {check.word!r}"
        case Entity():
            named = [name for name in check.any_of if entity_in(name, page.url)]
            if named:
                return True, f"the URL names {named[0]!r}"
            return False, f"the URL does not name {' or '.join(map(repr, filter(None, check.any_of))) or 'anything'}"
        case UrlMatch():
            return _judge_url(check, page.url)
        case AnswerMatch():
            if state.answer is None:
                return False, "the agent has not answered"
            return _judge_text(check, "the answer", [_without_outer_quotes(state.answer)])
        case AnswerJudged() | PageJudged() | PictureJudged():
            return _judge_by_judgement(check, state)
        case PageText():
            return _judge_probe(check, "the page text", page, PAGE_TEXT)
        case SelectorText():
            return _judge_probe(check, f"the text of {check.selector!r}", page, check.selector)
        case UrlReference():
            return _judge_url_reference(check, state)
        case PageValue():
            return _judge_page_value(check, state)
        case SamePicture():
            return _judge_picture(check, state)
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
        case _:
            assert_never(check)


def _nothing_to_judge(check: AnyJudged, state: State) -> str:
    match check:
        case PageJudged():
            found_nothing = f"{check.read!r} finds nothing on {'the page' if check.url == LAST else check.url}"
            return _nothing_read(check.reading, state, found_nothing)
        case PictureJudged():
            found_nothing = f"no picture that a judge can be shown is in {check.selector!r}"
            return _nothing_read(check.reading, state, found_nothing)
        case AnswerJudged():
            if state.answer is None:
                return "the agent has not answered"
            return "" if state.answer.strip() else "the answer is empty"
        case _:
            assert_never(check)


def _nothing_read(reading: Reading, state: State, found_nothing: str) -> str:
    if reading.key not in state.readings:
        return "the judge is asked when the agent has stopped"
    return "" if state.readings[reading.key].strip() else found_nothing


def _judge_by_judgement(check: AnyJudged, state: State) -> tuple[bool, str]:
    if problem := _nothing_to_judge(check, state):
        return False, problem
    judgement = state.judgements.get(check.judgement_key)
    if judgement is None:
        return False, "the judge has not been asked"
    return judgement.passed, f"the judge: {shortened(' '.join(judgement.reason.split()), 300)}"


def _judge_site_state(check: SiteState, state: State) -> tuple[bool, str]:
    what = f"{check.path} of the site {check.site!r}"
    key = site_value_key(check.site, check.path)
    if key not in state.site_values:
        return False, f"{what} is not known: the page was only passed through"
    values = state.site_values[key]
    if check.count is not None and len(values) != check.count:
        return False, f"{what} finds {len(values)} values, not {check.count}"
    # In Python, True equals 1; in JSON it does not.
    alike = [
        value for value in values if value == check.equals and isinstance(value, bool) == isinstance(check.equals, bool)
    ]
    if check.equals is not None and not alike:
        return False, f"{what} is {shortened(', '.join(map(repr, values)) or 'nothing')}, not {check.equals!r}"
    if check.equals is None and check.count is None and not values:
        return False, f"{what} is nothing"
    return True, f"{what} matches"


def _judge_probe(check: TextCondition, what: str, page: PageState, selector: str) -> tuple[bool, str]:
    if selector not in page.texts:
        return False, f"{what} is not known: the page was only passed through"
    if not page.texts[selector]:
        return False, f"nothing on the page matches {selector!r}"
    return _judge_text(check, what, list(page.texts[selector]))


def _judge_text(check: TextCondition, what: str, texts: list[str]) -> tuple[bool, str]:
    # No element may contain a text that must be absent; the other conditions need only one element.
    for part in check.lacks:
        for text in texts:
            if problem := problem_of_text(
                TextCondition(lacks=(part,), compare=check.compare, locale=check.locale), text
            ):
                return False, f"{what} {problem}"
    problems = [problem_of_text(check, text) for text in texts]
    if None in problems:
        return True, f"{what} matches"
    return False, f"{what} {problems[0]}"


def _judge_url(check: UrlMatch, url: str) -> tuple[bool, str]:
    seen = comparable_url(url)
    if check.equals is not None and seen != comparable_url(check.equals):
        return False, f"the URL is {shortened(url)!r}, not {check.equals!r}"
    for part in check.contains:
        if decoded_lower(part) not in seen:
            return False, f"the URL lacks {part!r}: {shortened(url)!r}"
    for part in check.lacks:
        if decoded_lower(part) in seen:
            return False, f"the URL has {part!r}, which it must not: {shortened(url)!r}"
    if check.pattern is not None and not text_pattern(check.pattern).isinstance_python(unquote_plus(url)):
        return False, f"the URL does not match the pattern {check.pattern!r}: {shortened(url)!r}"
    return True, "the URL matches"


def _judge_url_reference(check: UrlReference, state: State) -> tuple[bool, str]:
    if state.answer is None:
        return False, "the agent has not stopped"
    url = state.pages[0].url
    if check.match == "exact":
        passed = url.removesuffix("/") in [reference.removesuffix("/") for reference in check.any_of]
    else:
        passed = is_contained(check.any_of, url)
    wanted = " or ".join(map(repr, check.any_of))
    return passed, f"the agent stopped at {shortened(url)!r}{'' if passed else f', not at {wanted}'}"


def _judge_page_value(check: PageValue, state: State) -> tuple[bool, str]:
    what = "the page" if check.url == LAST else f"the page {check.url}"
    what = f"what {check.read!r} finds on {what}" if check.read.strip() else f"the HTML of {what}"
    key = check.reading.key
    if key not in state.readings:
        return False, f"{what} is read when the agent has stopped"
    return _judge_text(check, what, [state.readings[key]])


def _judge_picture(check: SamePicture, state: State) -> tuple[bool, str]:
    key = check.reading.key
    if key not in state.readings:
        return False, "pictures are compared when the agent has stopped"
    if not state.readings[key]:
        return False, f"no picture is in {check.selector!r}"
    likeness = float(state.readings[key])
    return (
        likeness >= check.at_least,
        f"the most similar picture has a similarity of {likeness:.3f} (at least {check.at_least:g} is needed)",
    )


def _without_outer_quotes(answer: str) -> str:
    answer = answer.strip()
    if len(answer) >= 2 and answer[0] == answer[-1] and answer[0] in "'\"":
        return answer[1:-1]
    return answer
