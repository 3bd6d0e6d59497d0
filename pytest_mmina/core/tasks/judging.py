"""Judge a check on a state. These functions use nothing but their arguments: stored states can be judged again."""

from collections.abc import Callable, Iterable, Sequence

from pytest_mmina.core.language.trajectory import PageState, State
from pytest_mmina.core.tasks.checks import (
    AllOf,
    AnswerJudged,
    AnswerMatch,
    AnyJudged,
    AnyOf,
    Check,
    Not,
    PageJudged,
    PictureJudged,
    SiteState,
    Stopped,
    walk_checks,
)
from pytest_mmina.core.tasks.judging_by_judge import find_by_judgement, is_open
from pytest_mmina.core.tasks.judging_captures import find
from pytest_mmina.core.tasks.verdict import Finding, Verdict


def judge(check: Check, state: State) -> Verdict:
    """Judge a check on a state: it holds if it holds on any of the open pages.

    The verdict names the page on which the check holds; if it holds on none, the page that meets most of its parts. Of
    pages that meet equally many, that is the first one, and the current page is the first of all. What does not depend
    on a page (an answer, the state of a site) also holds while none is open, as on an error page.
    """
    best: Finding | None = None
    url = ""
    for page in state.pages or _instead_of_a_page(check):
        finding = _find(check, page, state)
        if _open_on(check, page, state) is not None:
            met = min(finding.met, finding.asked - 1)
            finding = Finding(False, "the judge has not been asked", met, finding.asked)
        if finding.passed or best is None or finding.nearness > best.nearness:
            best, url = finding, page.url
        if finding.passed:
            break
    if best is None:
        return Verdict(passed=False, reason="no page was open")
    return Verdict(passed=best.passed, reason=best.reason, url=url, met=best.met, asked=best.asked, score=best.score)


def open_question(check: Check, state: State) -> AnyJudged | None:
    """Return the check that the judge must decide before this check can be judged on a state, or None.

    The judge is not asked if the other parts of the check have already decided.
    """
    questions = []
    for page in state.pages:
        question = _open_on(check, page, state)
        if question is not None:
            questions.append(question)
        elif _find(check, page, state).passed:
            return None
    return questions[0] if questions else None


def _instead_of_a_page(check: Check) -> tuple[PageState, ...]:
    inner = [each for each in walk_checks(check) if not isinstance(each, AllOf | AnyOf | Not)]
    return (PageState(url=""),) if all(isinstance(each, AnswerMatch | SiteState | Stopped) for each in inner) else ()


def _open_on(check: Check, page: PageState, state: State) -> AnyJudged | None:
    match check:
        case AnswerJudged() | PageJudged() | PictureJudged():
            return check if is_open(check, state) else None
        case AllOf() | AnyOf():
            questions = [_open_on(inner, page, state) for inner in check.checks]
            if not any(questions):
                return None
            decided = (inner for inner, asked in zip(check.checks, questions, strict=True) if asked is None)
            deciding = isinstance(check, AnyOf)
            if any(_find(inner, page, state).passed is deciding for inner in decided):
                return None
            return next((asked for asked in questions if asked is not None), None)
        case Not():
            return _open_on(check.check, page, state)
        case _:
            return None


def _find(check: Check, page: PageState, state: State) -> Finding:
    match check:
        case AllOf():
            found = [_find(inner, page, state) for inner in check.checks]
            missing = next((finding.reason for finding in found if not finding.passed), None)
            reason = missing if missing is not None else "; ".join(finding.reason for finding in found)
            met, asked = sum(finding.met for finding in found), sum(finding.asked for finding in found)
            known = all(finding.known for finding in found) or any(
                finding.known and not finding.passed for finding in found
            )
            return Finding(missing is None, reason, met, asked, _score(found, min), known)
        case AnyOf():
            found = [_find(inner, page, state) for inner in check.checks]
            best = max(found, key=lambda finding: (finding.passed, *finding.nearness))
            reason = best.reason if best.passed else ", and ".join(finding.reason for finding in found)
            known = best.passed or all(finding.known for finding in found)
            return Finding(best.passed, reason, best.met, best.asked, _score(found, max), known)
        case Not():
            finding = _find(check.check, page, state)
            if not finding.known:
                return Finding.unknown(finding.reason)
            return Finding.of(not finding.passed, finding.reason)
        case AnswerJudged() | PageJudged() | PictureJudged():
            return find_by_judgement(check, state)
        case _:
            return find(check, page, state)


def _score(found: Sequence[Finding], choose: Callable[[Iterable[float]], float]) -> float | None:
    """Return the score of several findings, of which at least one has a score; one without counts as 0 or 1."""
    if all(finding.score is None for finding in found):
        return None
    return choose(finding.score if finding.score is not None else float(finding.passed) for finding in found)
