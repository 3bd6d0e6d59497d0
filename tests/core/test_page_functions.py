import pytest

from pytest_mmina.core.tasks.end_readings import PageValue, Reading
from pytest_mmina.core.tasks.page_functions import FunctionError, parse_call


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        ("get_query_text(__page__, '.comments_list h3')", "get_query_text", (".comments_list h3",)),
        ('gitlab_get_project_memeber_role(__page__, "yjlou")', "gitlab_get_project_memeber_role", ("yjlou",)),
        ("shopping_get_latest_order_url()", "shopping_get_latest_order_url", ()),
        ("reddit_get_post_url('__last_url__')", "reddit_get_post_url", ("__last_url__",)),
        ("shopping_get_product_price(__page__)", "shopping_get_product_price", ()),
    ],
)
def test_a_call_is_read(text: str, name: str, arguments: tuple[str, ...]) -> None:
    assert parse_call(text) == (name, arguments)


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('touch /tmp/pwned')",
        "__import__('os')",
        "get_query_text(__page__, open('/etc/passwd').read())",
        "get_query_text(__page__, '.a') or 1",
        "get_query_text(__page__, page.url)",
        "(lambda: 1)()",
        "[].append(1)",
        "get_query_text(__page__, selector='.a')",
        "get_query_text(*['.a'])",
        "get_query_text(__page__, f'{1}')",
        "get_query_text(__page__, '.a'); import os",
        "get_query_text(__page__, ['.a'])",
        "(" * 5000,
        "get_query_text(__page__, '" + "a" * 3000 + "')",
        "",
        "\0",
    ],
)
def test_what_is_no_call_with_literals_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a call of a named function with literals") as caught:
        parse_call(text)
    assert not isinstance(caught.value, FunctionError)


def test_an_unknown_function_has_a_neighbour() -> None:
    with pytest.raises(FunctionError, match=r"unknown function 'get_query_txt'. Did you mean 'get_query_text'\?"):
        parse_call("get_query_txt(__page__, '.a')")
    with pytest.raises(FunctionError, match=r"get_query_text takes \(selector\), not 2 arguments"):
        parse_call("get_query_text(__page__, '.a', '.b')")


@pytest.mark.parametrize(
    ("url", "last_url", "address"),
    [
        ("last", "https://a.example/x", "https://a.example/x"),
        ("https://b.example/", "https://a.example/x", "https://b.example/"),
        (
            "func:reddit_get_post_url('__last_url__')",
            "http://forum:9999/f/books/59421/a-title/-/comment/1",
            "http://forum:9999/f/books/59421/",
        ),
        ("func:reddit_get_post_url('__last_url__')", "http://forum:9999/user/me", "http://forum:9999/user/me"),
    ],
)
def test_the_address_of_a_page_to_read(url: str, last_url: str, address: str) -> None:
    assert Reading(url=url).address(last_url) == address


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"read": "fetch('https://evil.example')"},
            "cannot be read: write an expression that begins with 'document.'",
        ),
        ({"read": "func:__import__('os').system('id')"}, "is not a call of a named function"),
        ({"read": "func:reddit_get_post_url('x')"}, "reddit_get_post_url returns no text of a page"),
        ({"url": "func:get_query_text(__page__, '.a')"}, "get_query_text returns no address"),
        ({"url": "func:shopping_get_latest_order_url()"}, "asks the shop's REST interface as its administrator"),
        ({"url": "file:///etc/passwd"}, "is not an http\\(s\\) address"),
    ],
)
def test_a_page_value_that_cannot_be_read_is_refused(fields: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        PageValue.model_validate({"contains": ["x"], **fields})
