"""A site with everything that can go wrong with a page."""

from collections.abc import Iterator

from flask import Flask, Response, redirect
from werkzeug.wrappers import Response as AnyResponse

from pytest_mmina.sites.registry import Site

MEGABYTE = 2**20
HOME = """<!doctype html><title>Start</title><p id=log>nothing</p><a href=/loop>Loop</a> <a href=/second>Second</a>
<a href=https://hostile.example/second>Secure</a> <a href=/huge/bytes download>Huge</a>
<button onclick="for (;;) alert('again')">Alerts</button> <button onclick="for (;;) confirm('sure?')">Confirms</button>
<button onclick="setInterval(() => alert('tick'), 0)">Ticks</button>
<button onclick="location = '/restless'">Restless</button>
<button onclick="fetch('/huge/bytes').then(a => a.blob()).then(b => { log.textContent = b.size; })">Fetch</button>"""

BENT = """<!doctype html><title>Bent</title><script>
const no = () => { throw new Error("bent"); };
JSON.parse = JSON.stringify = no;
window.JSON = { parse: no, stringify: no, toJSON: no };
for (const name of ["map", "filter", "push", "forEach", "join", "find", "some", "reduce", "slice", "toJSON"])
  Object.defineProperty(Array.prototype, name, { value: no, configurable: true, writable: true });
Array.prototype[Symbol.iterator] = no; Array.from = no;
Object.prototype.toJSON = no; String.prototype.split = String.prototype.replace = no;
document.querySelector = document.querySelectorAll = Document.prototype.querySelectorAll = no;
document.elementFromPoint = Document.prototype.elementFromPoint = no;
Element.prototype.getBoundingClientRect = Element.prototype.getAttribute = Element.prototype.closest = no;
window.getComputedStyle = no; window.Map = window.Set = window.WeakMap = window.Promise = no;
window.requestAnimationFrame = window.setTimeout = window.MutationObserver = no;
</script><p id=log>nothing</p><button onclick="log.textContent = 'pressed'">Press</button>
<form><input name=parentNode aria-label=Field oninput="log.textContent = 'typed ' + this.value"></form>
<select aria-label=Colour onchange="log.textContent = value"><option>Red<option>Blue</select>
<button disabled>Off</button>
<div style="position:relative"><button>Under</button><p style="position:absolute;inset:0;margin:0">over</p></div>"""


def create_app() -> Flask:
    """Create the app of the site."""
    app = Flask("hostile")

    @app.get("/")
    def home() -> str:
        return HOME

    @app.get("/second")
    def second() -> str:
        return "<!doctype html><title>Second</title><button>Here</button>"

    @app.get("/loop")
    def loop() -> AnyResponse:
        return redirect("/loop")

    @app.get("/bent")
    def bent() -> str:
        return BENT

    @app.get("/nodes")
    def nodes() -> str:
        items = "".join(f"<li><a href=/second>Item {number}</a></li>" for number in range(5_000))
        return f"<!doctype html><title>Nodes</title><ul>{items}</ul>"

    @app.get("/alerts")
    def alerts() -> str:
        return "<!doctype html><title>Alerts</title><p>before</p><script>for (;;) alert('loading')</script><p>after</p>"

    @app.get("/restless")
    def restless() -> str:
        return "<!doctype html><title>Restless</title><input aria-label=Field><script>location.reload()</script>"

    @app.get("/huge/<kind>")
    def huge(kind: str) -> Response:
        types = {"bytes": "application/octet-stream", "text": "text/plain", "page": "text/html"}
        return Response(_megabytes(100, kind), content_type=types[kind])

    return app


def _megabytes(count: int, kind: str) -> Iterator[bytes]:
    if kind == "page":
        yield b"<!doctype html><title>Huge</title><button>First</button>"
    for _ in range(count):
        yield b"word " * (MEGABYTE // 5) + b"." * (MEGABYTE % 5)


SITE = Site(
    name="hostile",
    hosts=("hostile.example",),
    home="http://hostile.example/",
    create_app=create_app,
)
