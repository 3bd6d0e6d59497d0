"""The pages of the benchmarks: a simple shop, with about as many elements per page as requested."""

from flask import Flask, request

from pytest_mmina.sites.registry import Site

SIZES = (60, 800, 6000)
HOME = "https://bench.example/"
NODES_A_CARD = 8

_CARD = """<li class="card"><article><h3><a href="/{size}/item/{number}">Item {number}</a></h3>
<p>The <em>usual</em> thing, number {number}, for house and garden.</p><p class="price">${price}</p>
<button type="button" onclick="added.textContent = 'Item {number} is in the basket'">Add {number}</button></article>
</li>"""
_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 15px/1.5 sans-serif; margin: 0 }} header {{ display: flex; gap: 1em; padding: 1em; background: #eee }}
.cards {{ display: grid; grid-template-columns: repeat(4, 1fr); gap: 1em; padding: 1em; list-style: none }}
.card {{ border: 1px solid #ccc; padding: .5em }} .price {{ font-weight: bold }} h3 {{ margin: 0 }}</style></head><body>
<header><a href="/{size}/">Bench</a><nav aria-label="Main"><a href="/{size}/?page=1">Next page</a>
<a href="/{size}/item/0">Offer of the day</a></nav><form action="/{size}/" role="search">
<label>Search <input type="search" name="q" id="q"></label><label>Sort <select id="sort" name="sort">
<option>Price</option><option>Name</option></select></label><label><input type="checkbox" id="stock"> In stock</label>
<button>Go</button></form>
</header><main><h1>{title}</h1><p id="added" role="status"></p><ul class="cards">{cards}</ul></main>
<script>document.getElementById("stock").addEventListener("change", () => {{ added.textContent = "In stock only"; }});
</script></body></html>"""
_FRAME_NODES = 32


def create_app() -> Flask:
    """Create the app of the site."""
    app = Flask("bench")

    @app.get("/<int:size>/")
    def listing(size: int) -> str:
        return page(size, f"Results for {request.args.get('q', 'everything')}, page {request.args.get('page', '0')}")

    @app.get("/<int:size>/item/<int:number>")
    def item(size: int, number: int) -> str:
        return page(size, f"Item {number}")

    return app


def page(size: int, title: str) -> str:
    """Return a page of about `size` elements."""
    count = max(2, (size - _FRAME_NODES) // NODES_A_CARD)
    cards = "".join(_CARD.format(size=size, number=number, price=number * 7 % 90 + 9) for number in range(1, count + 1))
    return _PAGE.format(title=title, size=size, cards=cards)


BENCH = Site(name="bench", hosts=("bench.example",), home=HOME, create_app=create_app)
