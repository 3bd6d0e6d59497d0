"""A site that gives files away: by header, by link, made by a script, in a new tab, late, and not at all."""

import time
from collections.abc import Iterator

from flask import Flask, Response, redirect
from werkzeug.wrappers import Response as Answer

from pytest_mmina.sites.registry import Site
from tests.browser.made_files import pdf, xlsx

ORDERS = "Order;Total\r\nRF-6001;$12.00\r\nRF-6002;$24.90\r\n"
BOOK = xlsx({"Notes": [["made by the shop"]], "Orders": [["Order", "Total"], ["RF-6001", 12.0], ["RF-6002", 24.9]]})
INVOICE = pdf("Invoice RF-6001", "Total: $12.00")
HOME = """<!doctype html><title>Exports</title>
<a href=/export>Export</a> <a href=/book>Workbook</a> <a href=/invoice>Invoice</a> <a href=/export target=_blank>Tab</a>
<a href=/moved>Moved</a> <a href=/gone>Gone</a> <a href=/missing download=orders.csv>Missing</a>
<a href=/login download=orders.csv>Expired</a> <a href=/late>Late</a> <a href=/starts>Thanks</a>
<a href="data:text/csv,Order;Total%0ARF-6001;$12.00" download=data.csv>Data</a> <a href=/ download>Whole</a>
<button onclick="made('Order,Total\\nRF-6001,$12.00', 'made.csv')">Made</button>
<form method=post action=/export><button>Send</button></form>
<script>function made(text, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = name;
  link.click();
}</script>"""


def create_app() -> Flask:
    """Create the app of the site."""
    app = Flask("exports")

    def attached(data: str | bytes, name: str, status: int = 200) -> Response:
        return Response(data, status, headers={"Content-Disposition": f'attachment; filename="{name}"'})

    @app.get("/")
    def home() -> str:
        return HOME

    @app.route("/export", methods=["GET", "POST"])
    def export() -> Response:
        return attached(ORDERS.encode("utf-16"), "orders.csv")

    @app.get("/book")
    def book() -> Response:
        return attached(BOOK, "orders.xlsx")

    @app.get("/invoice")
    def invoice() -> Response:
        return attached(INVOICE, "invoice.pdf")

    @app.get("/moved")
    def moved() -> Answer:
        return redirect("https://files.example/export")

    @app.get("/gone")
    def gone() -> Response:
        return attached(ORDERS, "orders.csv", 404)

    @app.get("/login")
    def login() -> str:
        return "<!doctype html><title>Log in</title>"

    @app.get("/late")
    def late() -> Response:
        response = attached("", "late.csv")
        response.response = _slowly(ORDERS.splitlines(keepends=True))
        response.headers.pop("Content-Length", None)
        return response

    @app.get("/starts")
    def starts() -> str:
        return "<!doctype html><title>Thanks</title><script>location = '/export'</script>"

    return app


def _slowly(parts: list[str]) -> Iterator[str]:
    for part in parts:
        time.sleep(0.8)
        yield part


SITE = Site(
    name="exports",
    hosts=("exports.example", "files.example"),
    home="https://exports.example/",
    create_app=create_app,
)
