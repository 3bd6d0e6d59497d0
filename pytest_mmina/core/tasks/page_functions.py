"""The named functions that a task may call with literal arguments: `func:get_query_text(__page__, '.price')`.

No text of a task is ever executed in Python. A call is parsed, its name is looked up here, and its arguments are read
as literals. A function of the page is a script of this module that the page runs with these arguments. Source: WebArena
(arXiv 2307.13854) and VisualWebArena (arXiv 2401.13649), `program_html`.
"""

import ast
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from pydantic import JsonValue

from pytest_mmina.core.errors import did_you_mean

PREFIX = "func:"
PAGE = "__page__"
LAST_URL = "__last_url__"

_LONGEST = 2000


class FunctionError(ValueError):
    """A well-formed call names an unknown function, or has the wrong number of arguments."""


class Call(NamedTuple):
    """A call in a task, without the argument `__page__`."""

    name: str
    arguments: tuple[JsonValue, ...]


def parse_call(text: str) -> Call:
    """Read a call such as `name('literal', 7)`.

    Raises ValueError if the text is not such a call, FunctionError if the function is unknown or takes other arguments.
    """
    wrong = f"{text!r} is not a call of a named function with literals, such as get_query_text({PAGE}, '.price')"
    try:
        body = ast.parse(text.strip()[: _LONGEST + 1], mode="eval").body
        if (
            len(text) > _LONGEST
            or not isinstance(body, ast.Call)
            or body.keywords
            or not isinstance(body.func, ast.Name)
        ):
            raise ValueError(wrong)
        nodes = [node for node in body.args if not (isinstance(node, ast.Name) and node.id == PAGE)]
        arguments = tuple(_literal(node) for node in nodes)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(wrong) from None
    name = body.func.id
    if name.startswith("_"):
        raise ValueError(wrong)
    known = {**PARAMETERS, **dict.fromkeys(NEED_REST)}
    if name not in known:
        raise FunctionError(
            f"unknown function {name!r}.{did_you_mean(name, known)} Functions: {', '.join(sorted(known))}"
        )
    parameters = PARAMETERS.get(name)
    if parameters is not None and len(parameters) != len(arguments):
        raise FunctionError(f"{name} takes ({', '.join(parameters)}), not {len(arguments)} arguments")
    return Call(name, arguments)


def _literal(node: ast.expr) -> JsonValue:
    value = ast.literal_eval(node)
    if not isinstance(value, str | int | float | bool | None):
        raise ValueError("an argument must be a text or a number")
    return value


def _post_address(url: str) -> str:
    """Return the address of the post, `/f/<forum>/<number>/`, that contains this address; others are unchanged."""
    parts = urlsplit(url)
    post = re.match(r"/f/[^/]+/[^/]*", parts.path)
    return f"{parts.scheme}://{parts.netloc}{post[0]}/" if post else url


ADDRESS_FUNCTIONS: Mapping[str, Callable[[str], str]] = {"reddit_get_post_url": _post_address}
"""Functions that give the address of a page from texts alone."""

_ORDERED = """[...document.querySelectorAll("#my-orders-table tbody")].map(body =>
  Object.fromEntries([...body.querySelectorAll("td")].map(cell => [cell.classList[1], cell])))"""
_COMMENTS = """[...document.querySelectorAll(".comment")].map(node => ({
    node, by: node.querySelector(".fg-inherit")?.innerText, at: node.querySelector("time")?.dateTime ?? "",
    says: node.querySelector(".comment__content")?.innerText ?? ""}))
  .filter(comment => comment.by === user).sort((one, other) => one.at < other.at ? 1 : -1)[0]"""

PAGE_FUNCTIONS: Mapping[str, str] = {
    "get_query_text": "selector => document.querySelector(selector)?.textContent ?? ''",
    "get_query_text_lowercase": "selector => (document.querySelector(selector)?.textContent ?? '').toLowerCase()",
    "gitlab_get_project_memeber_role": """account => {
      const accounts = [...document.querySelectorAll("td[data-label='Account'] span.gl-avatar-labeled-sublabel")];
      const row = accounts.findIndex(node => node.innerText === "@" + account);
      return document.querySelectorAll("td.col-max-role span")[row]?.innerText ?? "";
    }""",
    "reddit_get_latest_comment_content_by_username": f"user => {_COMMENTS}?.says ?? ''",
    "reddit_get_latest_comment_obj_by_username": f"""user => {{
      const found = {_COMMENTS};
      return found ? JSON.stringify({{username: found.by, content: found.says, time: found.at}}) : "";
    }}""",
    "reddit_get_parent_comment_username_of_latest_comment_by_username": f"""user => {{
      const found = {_COMMENTS};
      const parent = found?.node.parentElement.closest(".comment") ?? (found && document.querySelector("#main"));
      return parent?.querySelector(".fg-inherit")?.innerText ?? "";
    }}""",
    "shopping_get_num_reviews": "() => parseInt(document.querySelector('#tab-label-reviews-title')"
    "?.innerText.split(' ')[1]) || 0",
    "shopping_get_order_product_name_list": f"() => {_ORDERED}.map(row => row.name?.innerText ?? '').join(' |OR| ')",
    "shopping_get_order_product_option": f"""(sku, option) => {{
      const row = {_ORDERED}.find(row => row.sku?.innerText.trim() === sku);
      const labels = [...(row?.name?.querySelectorAll("dl > *") ?? [])].map(node => node.innerText);
      return labels.includes(option) ? labels[labels.indexOf(option) + 1] ?? "" : "";
    }}""",
    "shopping_get_order_product_quantity": f"""sku => {{
      const row = {_ORDERED}.find(row => sku.split(" |OR| ").includes(row.sku?.innerText.trim()));
      return parseInt(row?.qty?.innerText.replace(/^\\D*/, "")) || 0;
    }}""",
    "shopping_get_product_attributes": """attribute => {
      const terms = attribute.toLowerCase().split(" |or| ");
      return [...document.querySelectorAll("#productDetails_detailBullets_sections1 > tbody > *")]
        .filter(row => terms.some(term => row.children[0]?.innerText.toLowerCase().includes(term)))
        .map(row => row.children[1]?.innerText ?? "").join(", ");
    }""",
    "shopping_get_product_price": "() => parseFloat(document.querySelector('.product-info-main .product-info-price "
    ".price-box.price-final_price .price')?.innerText.replace(/[^\\d.]/g, '')) || 0",
    "shopping_get_rating_as_percentage": "() => parseFloat(document.querySelector('.rating-result')?.title) || 0",
}
"""Functions that a page runs: scripts, called with the literal arguments."""

_NAMES = {
    "gitlab_get_project_memeber_role": ("account_name",),
    "shopping_get_order_product_option": ("sku", "option_name"),
    "shopping_get_order_product_quantity": ("sku",),
    "shopping_get_product_attributes": ("attribute",),
    "reddit_get_post_url": ("url",),
    **dict.fromkeys(("get_query_text", "get_query_text_lowercase"), ("selector",)),
    **{name: ("username",) for name in PAGE_FUNCTIONS if name.endswith("_by_username")},
}
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    name: _NAMES.get(name, ()) for name in (*PAGE_FUNCTIONS, *ADDRESS_FUNCTIONS)
}
"""The names of the parameters of each function, without the page."""

NEED_REST = frozenset({
    "shopping_get_latest_order_url", "shopping_get_sku_latest_review_author", "shopping_get_sku_latest_review_rating",
    "shopping_get_sku_latest_review_text", "shopping_get_sku_latest_review_title", "shopping_get_sku_product_page_url",
})  # fmt: skip
"""Functions of the originals that use a shop's REST interface as its administrator: known, but not supported."""
