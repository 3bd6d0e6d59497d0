"""What a page wrote to the console as errors, and which of its requests failed."""

import time

from flask import Flask

from pytest_mmina.browser.page_errors import LONGEST, MOST_AT_ONCE, MOST_MESSAGES
from pytest_mmina.core.language.grammar import parse_action
from pytest_mmina.sites.registry import Site
from tests.browser.conftest import Staged

HOME = "https://faulty.example/"
PAGE = """<!doctype html><title>Faulty</title><p id=log>nothing</p><img src=/zebra.png><img src=/ant.png><script>
console.log("fine"); console.warn("careful");
console.error("no <b>stock</b>", 7); console.error("no <b>stock</b>", 7);
</script><script>lost();</script>
<button onclick="fetch('https://elsewhere.example/track?' + 'x'.repeat(900), {mode: 'no-cors'})">Track</button>
<button onclick="for (let at = 0; at < 30; at++) console.error(at); console.error('x'.repeat(9000))">Many</button>
<button onclick="for (let at = 0; at < 5000; at++) console.log(at); console.error('late'); log.textContent = 'logged'">
Flood</button>"""


def create_app() -> Flask:
    """Make the site."""
    app = Flask("faulty")
    app.add_url_rule("/", view_func=lambda: PAGE)
    return app


SITE = Site(name="faulty", hosts=("faulty.example",), home=HOME, create_app=create_app)


def test_errors_and_failed_requests_are_told_once(staged: Staged) -> None:
    stage = staged(SITE)
    stage.session.reset([HOME])
    capture = stage.see()
    assert capture.console_errors == ("no <b>stock</b> 7", "uncaught: lost is not defined")
    assert capture.failed_requests == (f"GET {HOME}ant.png: 404 NOT FOUND", f"GET {HOME}zebra.png: 404 NOT FOUND")
    assert "stock" not in capture.observation.model_dump_json(), "the agent is not shown them"
    again = stage.see()
    assert (again.console_errors, again.failed_requests) == ((), ())


def test_a_request_that_leaves_the_web_is_told_as_blocked(staged: Staged) -> None:
    stage = staged(SITE)
    stage.session.act(parse_action("click [button 'Track']"))
    (told,) = stage.see().failed_requests
    assert told.startswith("GET https://elsewhere.example/track?xxx")
    assert told.endswith("x…: blocked")
    assert len(told) == LONGEST + len("GET : blocked")


def test_no_page_can_fill_the_record(staged: Staged) -> None:
    stage = staged(SITE)
    stage.session.act(parse_action("click [button 'Many']"))
    assert stage.see().console_errors == (*map(str, range(MOST_AT_ONCE)), "and more")
    began = time.monotonic()
    stage.session.act(parse_action("click [button 'Flood']"))
    assert stage.see().console_errors == (f"more than {MOST_MESSAGES} messages: the rest is not recorded",)
    assert stage.log("click [button 'Flood']") == "logged"
    assert stage.see().console_errors == ()
    assert time.monotonic() - began < 10
