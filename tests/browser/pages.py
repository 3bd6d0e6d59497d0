"""A small site with everything that a browser adapter may get wrong."""

import time

from flask import Flask, redirect, request
from werkzeug.wrappers import Response

from pytest_mmina.sites.registry import Site

HOME = """<!doctype html><title>Home</title><h1>Home</h1>
<a href="/moved">Moved</a> <a href="/second" target="_blank">In a tab</a> <a href="#part">Part</a>
<a href="/late">Late</a> <a href="https://other.example/">Elsewhere</a>
<button onclick="history.pushState({}, '', '/pushed'); document.title = 'Pushed'">Push</button>
<button onclick="window.open('/closes')">Brief</button>
<button onclick="fetch('/slow').then(answer => answer.text()).then(text => results.textContent = text)">Load</button>
<button onclick="setInterval(() => results.textContent = Math.random(), 5)">Never stop</button>
<button onclick="for (;;) {}">Never return</button>
<button onclick="setTimeout(() => { for (;;) {} })">Be lost</button>
<button disabled>Disabled</button> <button>Twice</button> <button>Twice</button>
<div style="position:relative"><button>Covered</button><p style="position:absolute;inset:0;margin:0">on top</p></div>
<form action="/search"><label>Find <input type="search" name="q"></label>
<label>Colour <select name="colour"><option>Blue</option><option>Red</option></select></label><button>Go</button></form>
<input aria-label="Key" onkeydown="results.textContent = [event.ctrlKey, event.key]"
 onmouseover="results.textContent = 'over'">
<iframe src="/frame" title="Frame"></iframe><p id="results">nothing yet</p><div style="height:4000px"></div>"""


def create_app() -> Flask:
    """Create the app of the site."""
    app = Flask("pages")
    visits: list[str] = []

    @app.get("/")
    def home() -> str:
        visits.append("home")
        return HOME

    @app.get("/moved")
    def moved() -> Response:
        return redirect("/moved-again")

    @app.get("/moved-again")
    def moved_again() -> Response:
        return redirect("/second")

    @app.get("/second")
    def second() -> str:
        return "<!doctype html><title>Second</title><h1>Second</h1>"

    @app.get("/leave")
    def leave() -> Response:
        return redirect("https://example.org/second?")

    @app.get("/restless")
    def restless() -> str:
        return '<!doctype html><meta http-equiv="refresh" content="0"><title>Restless</title><p>restless</p>'

    @app.get("/picture.svg")
    def picture() -> Response:
        return Response('<svg xmlns="http://www.w3.org/2000/svg"/>', content_type="image/svg+xml")

    @app.get("/closes")
    def closes() -> str:
        return "<!doctype html><title>Brief</title><script>setTimeout(() => window.close(), 50)</script>"

    @app.get("/late")
    def late() -> str:
        time.sleep(1.5)
        return "<!doctype html><title>Late</title>"

    @app.get("/slow")
    def slow() -> str:
        time.sleep(0.3)
        return "results are here"

    @app.get("/search")
    def search() -> str:
        return f"<!doctype html><title>Found</title><p>{request.args['q']}, {request.args['colour']}</p>"

    @app.get("/frame")
    def frame() -> str:
        return "<!doctype html><button onclick=\"this.textContent = 'Pressed'\">Inside</button><p>frame text</p>"

    @app.get("/clock")
    def clock() -> str:
        return """<!doctype html><p id=clock></p><script>clock.textContent = [new Date().toISOString(), Date.now(),
          Date().slice(11, 15), new Date(Date.UTC(2001, 0)).toISOString(), new Date() instanceof Date,
          Math.random()].join(" ")</script>"""

    @app.get("/visits")
    def how_often() -> Response:
        answer = Response(f"<!doctype html><p>{len(visits)} {request.cookies.get('seen', 'no cookie')}</p>")
        answer.content_type = "text/html"
        answer.set_cookie("seen", "cookie")
        visits.append("visits")
        return answer

    app.extensions["mmina_state"] = lambda: {"visits": len(visits)}
    return app


PAGES = Site(name="pages", hosts=("pages.example",), home="https://pages.example/", create_app=create_app)
