"""A site with elements for every kind of action, and with every obstacle to an action."""

from flask import Flask, Response, request

from pytest_mmina.sites.registry import Site

WORKSHOP = """<!doctype html><title>Workshop</title><style>
body{margin:0} .board{position:absolute;width:100px;height:40px}</style><p id=log>nothing</p>
<script>
const say = text => { log.textContent = text; };
const note = event => say([event.type, event.button, event.shiftKey ? "Shift" : "-", event.detail, event.clientX,
  event.clientY].join(" "));
</script>
<button id=plain onclick=note(event) ondblclick=note(event)
 oncontextmenu="event.preventDefault(); note(event)">Plain</button>
<label><input type=checkbox onchange="say('box ' + checked)"> Box</label>
<input aria-label=Field value=old oninput="say('field ' + value + '.')"
 onkeyup="event.key === 'Enter' && say('entered ' + value)">
<input aria-label=Fixed value=x readonly> <input aria-label=Off disabled>
<select aria-label=Colours multiple onchange="say([...selectedOptions].map(o => o.value).join(' '))">
<option value=r>Red<option value=g>Green<option value=b disabled>Blue</select>
<label>Paper <input type=file multiple onchange="say([...files].map(f => f.name + ' ' + f.size).join(', '))"></label>
<button onclick="paper.click()">Attach</button><input id=paper type=file hidden onchange="say('one ' + files[0].name)">
<button aria-disabled=true>Said to be off</button> <fieldset disabled><button>In a group</button></fieldset>
<button onclick="setTimeout(() => late.disabled = false, 200)">Enable</button>
<button id=late disabled onclick="say('late')">Late</button>
<button onclick="gone.remove()">Remove</button> <button id=gone>Going</button>
<button onclick="back.style.display = 'block'; cookies.style.display = 'block'">Ask</button>
<button id=under onclick="say('under')">Under</button>
<div id=back style="display:none;position:fixed;inset:0;z-index:1" class=backdrop></div>
<div id=cookies role=dialog aria-label=Cookies style="display:none;position:fixed;bottom:0;z-index:2">
<button onclick="back.style.display = cookies.style.display = 'none'">Accept all</button></div>
<div inert><button>Inert</button></div> <button style="opacity:0;width:0;height:0;padding:0;border:0">Flat</button>
<div style="position:relative;height:50px"><div class=board style="left:0;background:#eee" role=img aria-label=From
 draggable=true></div><div class=board style="left:300px;background:#ddd" role=img aria-label=To
 ondragover="event.preventDefault()" ondrop="say('dropped'); event.preventDefault()"></div></div>
<div id=pad role=img aria-label=Pad style="position:fixed;left:600px;top:300px;width:200px;height:200px;background:#eef"
 onmousedown=note(event) onmouseup=note(event) onmousemove="event.buttons && say('drawn ' + event.clientX)"></div>
<div id=box tabindex=0 role=region aria-label=Box2 style="position:fixed;left:900px;top:300px;width:200px;height:100px;
 overflow:auto" onscroll="say('box at ' + scrollTop)"><div style="height:900px">tall</div></div>
<a href=/report.csv download="../../etc/re:port.csv">Report</a> <a href=/report.csv download>Again</a>
<a href=/endless download>Endless</a> <a href=/attached>Attached</a>
<button onclick="alert('Saved')">Alert</button> <button onclick="say('confirmed ' + confirm('Delete?'))">Delete</button>
<button onclick="say('named ' + prompt('Name?', 'Ann'))">Name</button>
<button onclick="addEventListener('beforeunload', event => event.preventDefault())">Hold on</button>
<a href=/other>Leave</a> <a href=/other target=_blank>Tab</a> <button onclick="window.open('/other')">Window</button>
<button onmousedown="for(;;){}">Trap</button>
<button onclick="runaway.animate({ translate: ['0px', '200px'] }, { duration: 900, fill: 'forwards' })">Set off</button>
<button id=runaway onclick="say('caught')">Runaway</button>
<input type=checkbox aria-label='The sale has been closed' onclick="event.preventDefault()">
<div style="height:3000px"></div><button onclick="say('far')">Far</button>
"""


def create_app() -> Flask:
    """Create the app of the site."""
    app = Flask("workshop")

    @app.get("/")
    def workshop() -> str:
        return WORKSHOP

    @app.get("/other")
    def other() -> str:
        return (
            "<!doctype html><title>Other</title><button onclick='window.close()'>Close me</button>"
            "<button onmousedown='window.close()'>Close at once</button>"
            "<input aria-label=Last onkeydown=\"event.key === 'Enter' && window.close()\">"
        )

    @app.get("/report.csv")
    def report() -> Response:
        return Response("a,b\n1,2\n", content_type="text/csv")

    @app.get("/attached")
    def attached() -> Response:
        return Response(b"%PDF", headers={"Content-Disposition": 'attachment; filename="a b.pdf"'})

    @app.get("/endless")
    def endless() -> Response:
        # It ends when the browser disconnects, and at the latest after some seconds.
        seconds = int(request.args.get("seconds", 20))
        return Response(_drops(seconds), content_type="application/octet-stream")

    return app


def _drops(seconds: int):  # type: ignore[no-untyped-def]
    import time

    for _ in range(seconds * 10):
        yield b"x" * 1000
        time.sleep(0.1)


SITE = Site(name="workshop", hosts=("workshop.example",), home="https://workshop.example/", create_app=create_app)
