"""The check `address`: each part of an address is compared on its own, and the site must have answered it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from pytest_mmina.core.language.trajectory import Answered, PageState, State
from pytest_mmina.core.tasks.address import AddressCheck
from pytest_mmina.core.tasks.checks import Check
from pytest_mmina.core.tasks.judging import judge
from pytest_mmina.core.tasks.verdict import Verdict

CHECK: TypeAdapter[Check] = TypeAdapter(Check)


def verdict(check: dict[str, Any], url: str, answered: Answered | None = "whole") -> Verdict:
    read = CHECK.validate_python({"kind": "address", **check})
    return judge(read, State(pages=(PageState(url=url, answered=answered),)))


EVENTS = {"host": "www.eventbrite.com", "path": "/d/{city}/events", "placeholders": {"city": "austria-vienna"}}
FLIGHTS = {
    "host": "www.momondo.com",
    "path": "/flight-search/{from}-{to}/{date}",
    "placeholders": {"from": "VIE", "to": "BCN", "date": {"date": "2025-05-03"}},
}
SEARCH = {"host": "www.momondo.com", "path": "/search", "query": {"to": "BCN", "depart": {"date": "2025-05-03"}}}
VIEWER = {
    "host": "library.kiwix.org",
    "path": "/viewer",
    "fragment": "{book}/A/{article:path}",
    "placeholders": {"article": "Kyoto_Tower"},
}
SHOP = {"host": "localhost:7770", "path": "/search", "query": {"q": ["teapot", "teapots"]}}


@pytest.mark.parametrize(
    ("check", "url"),
    [
        (EVENTS, "https://www.eventbrite.com/d/austria-vienna/events"),
        (EVENTS, "https://www.eventbrite.com/d/austria-vienna/events/"),
        (EVENTS, "https://www.eventbrite.com:443/d/austria-vienna/events?page=2#top"),
        (EVENTS, "HTTPS://EventBrite.COM./D/Austria-Vienna/Events"),
        (EVENTS, "http://eventbrite.com/d/austria-vienna/events"),
        (EVENTS, "https://www.eventbrite.com/x/../d/austria%2Dvienna/./events"),
        (EVENTS, "https://user:secret@www.eventbrite.com/d/austria-vienna/events"),
        (FLIGHTS, "https://www.momondo.com/flight-search/vie-bcn/2025-05-03"),
        (FLIGHTS, "https://www.momondo.com/flight-search/VIE-BCN/20250503"),
        (SEARCH, "https://www.momondo.com/search?depart=2025-05-03&passengers=1&to=bcn"),
        (SEARCH, "https://www.momondo.com/search/?to=BCN&depart=May+3%2C+2025"),
        (SEARCH, "https://www.momondo.com/search?to=BCN&depart=2025-05-03&to=bcn"),
        (VIEWER, "https://library.kiwix.org/viewer#wikipedia_en_all/A/Kyoto_Tower"),
        (VIEWER, "https://library.kiwix.org/viewer#wikipedia_en_all%2FA%2FKyoto_Tower"),
        (VIEWER, "https://library.kiwix.org/viewer#/wikipedia_en_all/A/Kyoto_Tower"),
        (VIEWER, "https://library.kiwix.org/viewer#!/wikipedia_en_all/A/Kyoto_Tower/"),
        (SHOP, "http://localhost:7770/search?q=Teapots"),
        (SHOP, "http://localhost:7770/search?q=+teapot%20"),
        (
            {"host": "wiki.example", "fragment": "search", "fragment_query": {"q": "a b"}},
            "https://wiki.example/v#search?q=a+b",
        ),
        ({"host": "wiki.example", "fragment": ""}, "https://wiki.example/v"),
        ({"host": ["a.example", "b.example"]}, "https://b.example/anything"),
        ({"host": "*.trip.com", "path": "/"}, "https://sg.trip.com"),
        ({"host": "münchen.example"}, "https://xn--mnchen-3ya.example/"),
        ({"host": "xn--mnchen-3ya.example"}, "https://MÜNCHEN.example/"),
        ({"host": "[::1]:7770"}, "http://[::1]:7770/x"),
        ({"host": "a.example", "path": ["/tea", "/cups/{id}"]}, "https://a.example/cups/7"),
        ({"host": "a.example", "path": {"pattern": "/(tea|cup)s?/\\d+"}}, "https://a.example/cups/7/"),
        ({"host": "a.example", "path": "/{name}", "placeholders": {"name": "AC/DC"}}, "https://a.example/AC%2fDC"),
        ({"host": "a.example", "path": "/a%20b+c"}, "https://a.example/a b+c"),
        ({"host": "a.example", "query": {"adults": 2}}, "https://a.example/?adults=02"),
        ({"host": "a.example", "query": {"price": {"number": 1234.5}}}, "https://a.example/?price=1,234.50"),
        ({"host": "a.example", "query": {"v": {"exact": "aB"}}}, "https://a.example/?v=aB"),
        ({"host": "a.example", "query": {"v": {"pattern": "[a-z]+"}}}, "https://a.example/?v=abc"),
        ({"host": "a.example", "query": {"q": {"any": True}}}, "https://a.example/?q=x"),
        ({"host": "a.example", "query": {"return": {"absent": True}}}, "https://a.example/?return="),
        ({"host": "a.example", "query": {"filter[c]": "café"}}, "https://a.example/?filter%5Bc%5D=cafe%CC%81"),
    ],
)
def test_an_address_with_the_right_parts_passes(check: dict[str, Any], url: str) -> None:
    found = verdict(check, url)
    assert found.passed, found.reason
    assert found.met == found.asked


@pytest.mark.parametrize(
    ("check", "url", "reason"),
    [
        (
            EVENTS,
            "https://start.example/?x=eventbrite+/d/austria-vienna/events",
            "the host is 'start.example', not 'www.eventbrite.com'",
        ),
        (EVENTS, "https://eventbrite.com@evil.example/d/austria-vienna/events", "the host is 'evil.example'"),
        (EVENTS, "https://evil.example\\@eventbrite.com/d/austria-vienna/events", "the host is 'evil.example'"),
        (
            EVENTS,
            "https://eventbrite.com.evil.example/d/austria-vienna/events",
            "the host is 'eventbrite.com.evil.example'",
        ),
        (EVENTS, "https://noteventbrite.com/d/austria-vienna/events", "the host is 'noteventbrite.com'"),
        (EVENTS, "https://еventbrite.com/d/austria-vienna/events", "the host is 'xn--"),
        (EVENTS, "https://www.eventbrite.com:8443/d/austria-vienna/events", "the host is 'eventbrite.com:8443'"),
        (EVENTS, "http://www.eventbrite.com:443/d/austria-vienna/events", "the host is 'eventbrite.com:443'"),
        (EVENTS, "https://www.eventbrite.com/d/austria-vienna//events", "the path is not '/d/{city}/events'"),
        (EVENTS, "https://www.eventbrite.com//d/austria-vienna/events", "the path is not"),
        (EVENTS, "https://www.eventbrite.com/d/austria-vienna/events//", "the path is not"),
        (EVENTS, "https://www.eventbrite.com/d%2Faustria-vienna/events", "the path is not"),
        (EVENTS, "https://www.eventbrite.com/d/austria-vienna/events/../..", "the path is not"),
        (
            EVENTS,
            "https://www.eventbrite.com/d/rome-austria-vienna/events",
            "city is 'rome-austria-vienna', not 'austria-vienna'",
        ),
        (EVENTS, "data:text/html,https://www.eventbrite.com/d/austria-vienna/events", "is not an address of a site"),
        (EVENTS, "blob:https://www.eventbrite.com/d/austria-vienna/events", "is not an address of a site"),
        (EVENTS, "about:blank", "is not an address of a site"),
        (EVENTS, "https://", "is not an address of a site"),
        (
            FLIGHTS,
            "https://www.momondo.com/flight-search/VIE-BCN/2025-05-04",
            "momondo.com/flight-search/VIE-BCN/2025-05-04 was reached, but date is '2025-05-04', not 2025-05-03",
        ),
        (
            FLIGHTS,
            "https://www.momondo.com/flight-search/BCN-VIE/2025-05-03",
            "from is 'BCN', not 'VIE', and to is 'VIE', not 'BCN'",
        ),
        (FLIGHTS, "https://www.momondo.com/flight-search/VIE-BCN/2025-05-03/2025-05-10", "the path is not"),
        (FLIGHTS, "https://www.momondo.com/flight-search/-BCN/2025-05-03", "the path is not"),
        (SEARCH, "https://www.momondo.com/search?to=BCN", "it has no 'depart'"),
        (
            SEARCH,
            "https://www.momondo.com/search?to=BCN&depart=2025-05-03&to=VIE",
            "to is 'VIE', one of 2 values, not 'BCN'",
        ),
        (SEARCH, "https://www.momondo.com/search?to=BCN&depart=2025-05-03+or+2025-05-04", "depart is"),
        (SEARCH, "https://www.momondo.com/search?TO=BCN&depart=2025-05-03", "it has no 'to'"),
        (VIEWER, "https://library.kiwix.org/viewer#wikipedia_en_all/A/Kyoto", "article is 'Kyoto', not 'Kyoto_Tower'"),
        (VIEWER, "https://library.kiwix.org/viewer?x=wikipedia_en_all/A/Kyoto_Tower", "the fragment is not"),
        (VIEWER, "https://library.kiwix.org/viewer#search?pattern=/A/Kyoto_Tower", "the fragment is not"),
        (SHOP, "http://localhost:7770/search?q=teapot+lid", "q is 'teapot lid', not 'teapot' or 'teapots'"),
        (SHOP, "http://localhost/search?q=teapot", "the host is 'localhost'"),
        (SHOP, "http://localhost:7770/search?x=q%3Dteapot", "it has no 'q'"),
        ({"host": "*.trip.com"}, "https://trip.com/", "the host is"),
        ({"host": "*.trip.com"}, "https://eviltrip.com/", "the host is"),
        ({"host": "a.example", "path": {"pattern": "/cups"}}, "https://a.example/cups/7", "not of the pattern"),
        ({"host": "a.example", "path": "/a b"}, "https://a.example/a+b", "the path is not"),
        ({"host": "a.example", "query": {"v": {"exact": "aB"}}}, "https://a.example/?v=ab", "v is 'ab', not 'aB'"),
        ({"host": "a.example", "query": {"adults": 2}}, "https://a.example/?adults=2.5", "adults is '2.5', not 2"),
        ({"host": "a.example", "query": {"adults": 2}}, "https://a.example/?adults=2+rooms", "adults is"),
        ({"host": "a.example", "query": {"q": {"any": True}}}, "https://a.example/?q=", "it has no 'q'"),
        (
            {"host": "a.example", "query": {"return": {"absent": True}}},
            "https://a.example/?return=1",
            "should be absent",
        ),
        ({"host": "a.example", "fragment": ""}, "https://a.example/#x", "the fragment is not"),
    ],
)
def test_an_address_with_a_wrong_part_does_not_pass(check: dict[str, Any], url: str, reason: str) -> None:
    found = verdict(check, url)
    assert not found.passed
    assert reason in found.reason
    assert found.met < found.asked


@pytest.mark.parametrize(
    ("check", "answered", "reason"),
    [
        (EVENTS, "no", "the site did not answer this address with a document"),
        (EVENTS, None, "it is not known whether the site answered this address"),
        (EVENTS, "document", ""),
        ({**EVENTS, "fragment": "list"}, "document", "the site was not asked for what the fragment names"),
        ({**EVENTS, "fragment": "list"}, "whole", ""),
    ],
)
def test_only_an_address_that_its_site_answered_counts(
    check: dict[str, Any], answered: Answered | None, reason: str
) -> None:
    found = verdict(check, "https://www.eventbrite.com/d/austria-vienna/events#list", answered)
    assert found.passed is (not reason)
    assert reason in found.reason


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"host": "https://a.example/"}, "'https://a.example/' is not a host: write it without scheme and path"),
        ({"host": "user@a.example"}, "is not a host"),
        ({"host": "a.*.example"}, "is not a host"),
        ({"host": "a.example:port"}, "is not a host"),
        ({"host": []}, "at least 1 item"),
        ({"path": "/a?b=c"}, "'/a?b=c' is not a path: what follows '?' belongs into 'query'"),
        ({"path": "/a#b"}, "belongs into 'fragment'"),
        ({"path": "/a/{b"}, "a brace without its other half"),
        ({"path": "/{a}/{a}"}, "two placeholders with the same name"),
        ({"path": "/{a}{b}"}, "two placeholders need a text between them"),
        ({"path": "/{a:path}/b"}, "takes the rest"),
        ({"path": "/{a b}"}, "letters, digits and underscores"),
        ({"path": []}, "an empty list of paths"),
        ({"path": {"pattern": "a)|(b"}}, "is not a pattern"),
        ({"path": {"pattern": "("}}, "is not a pattern"),
        ({"path": "/{a}", "fragment": "{a}"}, "path and fragment have a placeholder with the same name"),
        ({"path": ["/{a}", "/b"], "placeholders": {"a": "x"}}, "has to be in every path, or in every fragment"),
        ({"path": "/{a}", "placeholders": {"a": {"absent": True}}}, "is never absent"),
        ({"query": {"q": {}}}, "needs exactly one of 'equals', 'exact', 'one_of'"),
        ({"query": {"q": {"any": True, "equals": "x"}}}, "and has 'equals' and 'any'"),
        ({"query": {"q": ""}}, "at least 1 character"),
        ({"query": {"q": {"date": "soon"}}}, "valid date"),
        ({"query": {"q": True}}, "valid dictionary"),
    ],
)
def test_a_check_that_means_nothing_is_refused(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError) as caught:
        AddressCheck(**{"host": "a.example", **change})
    assert problem in str(caught.value)


def test_what_is_nearer_meets_more_parts() -> None:
    urls = [
        "https://start.example/",
        "https://www.momondo.com/",
        "https://www.momondo.com/flight-search/VIE-BCN",
        "https://www.momondo.com/flight-search/BCN-VIE/2025-05-04",
        "https://www.momondo.com/flight-search/VIE-BCN/2025-05-04",
        "https://www.momondo.com/flight-search/VIE-BCN/2025-05-03",
    ]
    shares = [verdict(FLIGHTS, url).share for url in urls]
    assert shares == sorted(set(shares))
    assert (shares[0], shares[-1]) == (0.0, 1.0)


@given(st.text(), st.sampled_from(["", "https://", "https://www.momondo.com/", "https://www.momondo.com/search?"]))
def test_no_address_makes_judging_fail(text: str, begin: str) -> None:
    for check in (FLIGHTS, SEARCH, {**VIEWER, "host": "www.momondo.com", "path": {"pattern": ".*"}}):
        assert not verdict(check, begin + text).passed


def test_a_long_address_is_compared_in_time() -> None:
    check = {"host": "a.example", "path": "/{a}-{b}-{c}-{d}-{e}x"}
    assert not verdict(check, f"https://a.example/{'-' * 200_000}").passed
