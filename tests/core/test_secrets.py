import pytest

from pytest_mmina.core.language.trajectory import PageState, State
from pytest_mmina.core.secrets import Secrets


def test_what_is_named_like_a_key_is_one() -> None:
    named = (
        "OPENAI_API_KEY",
        "HF_TOKEN",
        "DB_PASSWORD",
        "MY_PASSWD",
        "AWS_SECRET_ACCESS_KEY",
        "session_cookie",
        "APIKEY",
    )
    secrets = Secrets.of_environment({name: f"planted-{name}" for name in named} | {"CI_KEY": "true"})
    for name in named:
        assert secrets.removed_from(f"a planted-{name} b") == "a [secret] b"
    assert secrets.removed_from("true") == "true", "too short to be a key"
    others = Secrets.of_environment({"KEYS_OF": "short", "KEYBOARD": "planted-2", "PATH": "/usr/bin:/bin"})
    assert others.removed_from("short planted-2 /usr/bin:/bin") == "short planted-2 /usr/bin:/bin"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Authorization: Bearer abc.def", "Authorization: [secret]"),
        ("{'Authorization': 'Basic abc', 'Accept': '*'}", "{'Authorization': '[secret]', 'Accept': '*'}"),
        ("cookie: a=1; b=2\nHost: c", "cookie: [secret]\nHost: c"),
        ("Set-Cookie: id=7; Path=/", "Set-Cookie: [secret]"),
        ("Oat Cookie: 3 cups of flour", "Oat Cookie: 3 cups of flour"),
        ("a cookie jar, and authorization of payments", "a cookie jar, and authorization of payments"),
    ],
)
def test_headers(text: str, left: str) -> None:
    secrets = Secrets()
    assert secrets.removed_from(text) == left
    assert secrets.removed_from(left) == left


def test_the_cookies_of_a_login_are_secrets() -> None:
    cookies = b'[{"name": "id", "value": "planted-cookie"}, {"name": "lang", "value": "en"}]'
    secrets = Secrets() | Secrets.of_login(b'{"cookies": %s}' % cookies)
    assert secrets.removed_from("id=planted-cookie, lang=en") == "id=[secret], lang=en"
    for nothing in (b"", b"[]", cookies, b'{"cookies": [1]}'):
        assert Secrets.of_login(nothing).removed_from("planted-cookie") == "planted-cookie"


def test_a_key_in_an_address_is_one() -> None:
    secrets = Secrets.of_address("http://127.0.0.1:8000/act?key=planted+key&mode=fast")
    assert secrets.removed_from("?key=planted+key&mode=fast, planted key") == "?key=[secret]&mode=fast, [secret]"
    assert Secrets.of_address("chat:model").removed_from("model") == "model"


def test_a_short_password_is_taken_out_where_it_is_all_there_is() -> None:
    secrets = Secrets() | {"abc"}
    assert secrets.removed_from("type [e1] [abc] [1]") == "type [e1] [secret] [1]"
    assert secrets.removed_from("abc") == "[secret]"
    assert secrets.removed_from("the abc of tea") == "the abc of tea"


def test_it_is_taken_out_of_every_part_of_a_value() -> None:
    state = State(
        pages=(PageState(url="https://a/?q=p%20q%2Fr", texts={"body": ("p q/r", "x")}),),
        site_values={"shop $.a": ({"deep": ["p q/r"]},)},
    )
    cleaned = (Secrets() | {"p q/r"}).removed_from_all(state)
    assert cleaned == State(
        pages=(PageState(url="https://a/?q=[secret]", texts={"body": ("[secret]", "x")}),),
        site_values={"shop $.a": ({"deep": ["[secret]"]},)},
    )
    assert Secrets({"nowhere"}).removed_from_all(state) is state
