"""A user's project with a shop of its own, and tasks of every quality."""

import json
from pathlib import Path
from typing import Any

HOME = "https://shop.example/"

SHOP = """
from flask import Flask, redirect, request

def create_app():
    app = Flask("shop")
    cart, orders, activity = [], [], []
    app.mmina_state = lambda: {"cart": list(cart), "orders": list(orders), "activity": list(activity)}

    def page(title, body):
        return f'<!doctype html><html lang="en"><title>{title}</title><h1>{title}</h1>{body}</html>'

    @app.get("/")
    def home():
        links = "".join(f'<li><a href="/k/{one}">{one.title()} kettle</a></li>' for one in ("blue", "red"))
        return page("Small Shop", f"<ul>{links}</ul>")

    @app.get("/k/<colour>")
    def kettle(colour):
        form = (
            '<form method="post" action="/cart"><label>Quantity <input name="quantity" value="1"></label>'
            f'<input type="hidden" name="colour" value="{colour}"><button>Add to cart</button></form>'
        )
        return page(f"A {colour} kettle", f"<p>It costs $20.</p>{form}")

    @app.route("/cart", methods=["GET", "POST"])
    def show_cart():
        if request.method == "POST":
            line = {"colour": request.form["colour"], "quantity": int(request.form["quantity"])}
            cart.append(line)
            activity.append({"action": "added", **line})
            return redirect("/cart")
        lines = "".join(f"<li>{line['quantity']} {line['colour']}</li>" for line in cart)
        return page("Cart", f'<ul>{lines}</ul><form method="post" action="/orders"><button>Place order</button></form>')

    @app.post("/orders")
    def order():
        orders.append(len(cart))
        activity.append({"action": "ordered"})
        return page("Thank you", "<p>It is on its way.</p>")

    return app
"""

CONFTEST = """
import pytest
from pytest_mmina import Site
from small_shop_of_mine import create_app

def pytest_mmina_sites(config):
    return [Site(name="mine", hosts=("shop.example",), home="https://shop.example/", create_app=create_app)]

@pytest.fixture
def my_model():
    raise RuntimeError("there is no key for the model")

@pytest.fixture
def mmina_agent(my_model):
    return my_model
"""

OWN_TEST = """
raise RuntimeError("no test of the user's is to be collected")
"""

BUYS = (
    "click [link 'Blue kettle']",
    "type [textbox 'Quantity'] [2] [0]",
    "click [button 'Add to cart']",
    "stop [$40]",
)
INTENT = "Put 2 blue kettles into the cart. Do not order anything. How much is it?"
IN_CART = {"kind": "site_state", "site": "mine", "path": "$.cart[?@.colour == 'blue' && @.quantity == 2]"}
ANSWER = {"name": "says the price", "check": {"kind": "answer_match", "equals": "$40", "compare": "number"}}
NOT_ORDERED = {"name": "nothing is ordered", "check": {"kind": "site_state", "site": "mine", "path": "$.orders[*]"}}


def task(check: dict[str, Any] = IN_CART, **fields: Any) -> dict[str, Any]:
    """A task of two hops, sound unless the arguments say something else."""
    hops = [{"name": "in the cart", "check": check}, ANSWER]
    return {"intent": INTENT, "start_url": HOME, "hops": hops, "never": [NOT_ORDERED], "oracle": list(BUYS), **fields}


TASKS: dict[str, dict[str, Any]] = {
    "sound": task(oracles={"by the address": [f"goto [{HOME}k/blue]", *BUYS[1:]]}),
    "leaky": {
        **task(),
        "hops": [{"name": "at a kettle", "check": {"kind": "url_match", "contains": "shop.example/k"}}],
    },
    "loose": task({"kind": "site_state", "site": "mine", "path": "$.cart[?@.colour == 'blue']"}),
    "orders": {name: value for name, value in task().items() if name != "never"},
    "refuses": task(oracle=["click [link 'Red kettle']", *BUYS[1:]]),
    "one way": task(
        oracles={"by the address": [f"goto [{HOME}k/blue]", *BUYS[1:]], "one by one": [BUYS[0], *BUYS[2:]]}
    ),
    "any answer": {
        **task(),
        "hops": [task()["hops"][0], {**ANSWER, "check": {"kind": "answer_match", "contains": "4"}}],
    },
}


def write_project(folder: Path, *names: str) -> None:
    """Write the project into a folder, with these tasks."""
    (folder / "small_shop_of_mine.py").write_text(SHOP)
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "tasks" / "shop").mkdir(parents=True)
    (folder / "tasks" / "test_own.py").write_text(OWN_TEST)
    (folder / "pytest.ini").write_text("[pytest]\nmmina_tasks = tasks\n")
    for name in names:
        (folder / "tasks" / "shop" / f"{name}.json").write_text(json.dumps(TASKS[name]))
