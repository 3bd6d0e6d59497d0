"""Judge the checks that a capture alone decides: addresses, texts, answers, and the states of sites."""

from collections.abc import Sequence
from typing import assert_never
from urllib.parse import unquote_plus

from pydantic import JsonValue

from pytest_mmina.core.language.trajectory import PageState, State, site_value_key
from pytest_mmina.core.shortening import shortened
from pytest_mmina.core.tasks.address import AddressCheck
from pytest_mmina.core.tasks.checks import (
    PAGE_TEXT,
    AnswerMatch,
    Entity,
    PageText,
    PlainCheck,
    SelectorText,
    SiteState,
    SiteWord,
    Stopped,
    UrlMatch,
)
from pytest_mmina.core.tasks.download import Download
from pytest_mmina.core.tasks.end_readings import LAST, PageValue, SamePicture, UrlReference
from pytest_mmina.core.tasks.judging_addresses import find_address
from pytest_mmina.core.tasks.judging_downloads import find_download
from pytest_mmina.core.tasks.verdict import Finding
from pytest_mmina.core.text.conditions import TextCondition, examine, text_pattern
from pytest_mmina.core.text.urls import comparable_url, decoded_lower, entity_in, is_contained, site_part


def find(check: PlainCheck, page: PageState, state: State) -> Finding:
    """Judge a check on one page of a state."""
    match check:
        case SiteWord():
            passed = decoded_lower(check.word) in site_part(page.url)
            return Finding.of(passed, f"the address {'has' if passed else 'lacks'} the site word {check.word!r}")
        case Entity():
            return _find_entity(check, page.url)
        case AddressCheck():
            return find_address(check, page)
        case UrlMatch():
            return _find_url(check, page.url)
        case AnswerMatch():
            if state.answer is None:
                return Finding.unknown("the agent has not answered")
            return _find_text(check, "the answer", [_without_outer_quotes(state.answer)])
        case PageText():
            return _find_probe(check, "the page text", page, PAGE_TEXT)
        case SelectorText():
            return _find_probe(check, f"the text of {check.selector!r}", page, check.selector)
        case UrlReference():
            return _find_url_reference(check, state)
        case PageValue():
            return _find_page_value(check, state)
        case SamePicture():
            return _find_picture(check, state)
        case SiteState():
            return _find_site_state(check, state)
        case Download():
            return find_download(check, state)
        case Stopped():
            stopped = state.answer is not None
            return Finding.of(stopped, f"the agent has {'' if stopped else 'not '}stopped")
        case _:
            assert_never(check)


def _find_entity(check: Entity, url: str) -> Finding:
    named = [name for name in check.any_of if entity_in(name, url)]
    if named:
        return Finding.of(True, f"the URL names {named[0]!r}")
    wanted = " or ".join(map(repr, filter(None, check.any_of))) or "anything"
    return Finding(False, f"the URL does not name {wanted}")


def _find_site_state(check: SiteState, state: State) -> Finding:
    what = f"{check.path} of the site {check.site!r}"
    key = site_value_key(check.site, check.path)
    compares = check.count is not None or check.equals is not None
    asked = 2 if compares else 1
    if key not in state.site_values:
        return Finding.unknown(f"{what} is not known: the page was only passed through", asked=asked)
    values = state.site_values[key]
    if check.score:
        return _find_score(what, values)
    met = int(compares and bool(values))
    if check.count is not None and len(values) != check.count:
        return Finding(False, f"{what} finds {len(values)} values, not {check.count}", met, asked)
    # In Python, True equals 1; in JSON it does not.
    alike = [
        value for value in values if value == check.equals and isinstance(value, bool) == isinstance(check.equals, bool)
    ]
    if check.equals is not None and not alike:
        found = shortened(", ".join(map(repr, values)) or "nothing")
        return Finding(False, f"{what} is {found}, not {check.equals!r}", met, asked)
    if not compares and not values:
        return Finding(False, f"{what} is nothing", met, asked)
    found = f": {shortened(', '.join(map(repr, values)))}" if values else ""
    return Finding(True, f"{what} matches{found}", asked, asked)


def _find_score(what: str, values: Sequence[JsonValue]) -> Finding:
    score = values[0] if len(values) == 1 else None
    if isinstance(score, bool) or not isinstance(score, int | float) or not 0 <= score <= 1:
        found = shortened(", ".join(map(repr, values)) or "nothing")
        return Finding(False, f"{what} is {found}, not a number from 0 to 1")
    return Finding(score == 1, f"{what} is {score:g}", int(score == 1), 1, float(score))


def _find_probe(check: TextCondition, what: str, page: PageState, selector: str) -> Finding:
    if selector not in page.texts:
        return Finding.unknown(f"{what} is not known: the page was only passed through")
    if not page.texts[selector]:
        return Finding(False, f"nothing on the page matches {selector!r}")
    return _find_text(check, what, page.texts[selector])


def _find_text(check: TextCondition, what: str, texts: "list[str] | tuple[str, ...]") -> Finding:
    problem, met, asked = examine(check, texts)
    return Finding(problem is None, f"{what} {'matches' if problem is None else problem}", met, asked)


def _find_url(check: UrlMatch, url: str) -> Finding:
    seen = comparable_url(url)
    problems = []
    if check.equals is not None and seen != comparable_url(check.equals):
        problems.append(f"is {shortened(url)!r}, not {check.equals!r}")
    problems += [f"lacks {part!r}: {shortened(url)!r}" for part in check.contains if decoded_lower(part) not in seen]
    present = [part for part in check.lacks if decoded_lower(part) in seen]
    problems += [f"has {part!r}, which it must not: {shortened(url)!r}" for part in present]
    if check.pattern is not None and not text_pattern(check.pattern).isinstance_python(unquote_plus(url)):
        problems.append(f"does not match the pattern {check.pattern!r}: {shortened(url)!r}")
    asked = check.size
    if problems:
        return Finding(False, f"the URL {problems[0]}", asked - len(problems), asked)
    return Finding(True, "the URL matches", asked, asked)


def _find_url_reference(check: UrlReference, state: State) -> Finding:
    if state.answer is None:
        return Finding.unknown("the agent has not stopped")
    url = state.pages[0].url
    if check.match == "exact":
        passed = url.removesuffix("/") in [reference.removesuffix("/") for reference in check.any_of]
    else:
        passed = is_contained(check.any_of, url)
    wanted = " or ".join(map(repr, check.any_of))
    return Finding.of(passed, f"the agent stopped at {shortened(url)!r}{'' if passed else f', not at {wanted}'}")


def _find_page_value(check: PageValue, state: State) -> Finding:
    what = "the page" if check.url == LAST else f"the page {check.url}"
    what = f"what {check.read!r} finds on {what}" if check.read.strip() else f"the HTML of {what}"
    key = check.reading.key
    if key not in state.readings:
        return Finding.unknown(f"{what} is read when the agent has stopped")
    return _find_text(check, what, [state.readings[key]])


def _find_picture(check: SamePicture, state: State) -> Finding:
    key = check.reading.key
    if key not in state.readings:
        return Finding.unknown("pictures are compared when the agent has stopped")
    if not state.readings[key]:
        return Finding(False, f"no picture is in {check.selector!r}")
    likeness = float(state.readings[key])
    needed = f"(at least {check.at_least:g} is needed)"
    return Finding.of(
        likeness >= check.at_least, f"the most similar picture has a similarity of {likeness:.3f} {needed}"
    )


def _without_outer_quotes(answer: str) -> str:
    answer = answer.strip()
    if len(answer) >= 2 and answer[0] == answer[-1] and answer[0] in "'\"":
        return answer[1:-1]
    return answer
