"""Pictures that carry facts: drawn by committed modules, and told by pixels only."""

import importlib
import json
import re
import struct
import sys
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask

from pytest_mmina.bundled import bundled
from pytest_mmina.sites.registry import load_sites

Image = pytest.importorskip("PIL.Image", reason="Pillow draws the pictures")

FIXTURES = bundled("fixtures")
SITES = FIXTURES / "sites"
PIXEL_CHUNKS = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"}
# What a tag says about its own drawing; a fact such as "480" would else be found in every width.
MEASURES = {"width", "height", "viewbox", "d", "points", "transform", "fill", "stroke", "stroke-width", "style"}


def load(name: str) -> ModuleType:
    sys.path.insert(0, str(FIXTURES / "pictures"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(FIXTURES / "pictures"))


MODULES = [load(name) for name in load("draw").MODULES if (FIXTURES / "pictures" / f"{name}.py").is_file()]
PICTURES = [pytest.param(module.SITE, picture, id=f"{module.SITE}-{picture.file.removesuffix('.png')}")
            for module in MODULES for picture in module.PICTURES]  # fmt: skip

each_module = pytest.mark.parametrize("module", MODULES, ids=[module.SITE for module in MODULES])
each_picture = pytest.mark.parametrize(("site", "picture"), PICTURES)


class Served(HTMLParser):
    """All that a page says in words: its texts, scripts, comments and the values of its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.alternatives: dict[str, str | None] = {}
        self._drawing = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._drawing += tag == "svg"
        told = [(name, value) for name, value in attrs if value and name not in MEASURES]
        self.parts += [value for name, value in told if not self._drawing or name in ("aria-label", "title")]
        if tag == "img":
            values = dict(attrs)
            self.alternatives[str(values.get("src"))] = values.get("alt")

    def handle_endtag(self, tag: str) -> None:
        self._drawing -= tag == "svg"

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_comment(self, data: str) -> None:
        self.parts.append(data)


@cache
def app_of(site: str) -> Flask:
    (found,) = [each for each in load_sites([SITES]) if each.name == site]
    app = found.create_app()
    assert isinstance(app, Flask)
    return app


@cache
def page_of(site: str, path: str) -> Served:
    answer = app_of(site).test_client().get(path, follow_redirects=True)
    assert answer.status_code == 200, path
    return Served(answer.text)


def tells(text: str, word: str) -> bool:
    plain = " ".join(text.split()).casefold()
    return re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", plain) is not None


def given_away(picture: Any, text: str) -> list[str]:
    return [word for fact in picture.facts for word in fact.words if tells(text, word)]


def chunks(data: bytes) -> Iterator[bytes]:
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at = 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        yield data[at + 4 : at + 8]
        at += 12 + length


def records_with(name: str, value: Any) -> Iterator[Any]:
    """The smallest records of a data file that name a picture."""
    if isinstance(value, dict | list):
        inside = value.values() if isinstance(value, dict) else value
        found = [record for each in inside for record in records_with(name, each)]
        if not found and isinstance(value, dict) and name in json.dumps(value):
            found = [value]
        yield from found


@each_module
def test_every_file_is_named_by_one_picture(module: ModuleType) -> None:
    files = [picture.file for picture in module.PICTURES]
    assert len(files) == len(set(files)) > 0
    assert {path.name for path in (SITES / module.SITE / "static" / "photos").iterdir()} == set(files)


@each_picture
def test_a_name_is_neutral_and_every_fact_has_words(site: str, picture: Any) -> None:
    assert re.fullmatch(r"[0-9a-f]{8}\.png", picture.file)
    assert picture.facts
    assert all(fact.answer and fact.words for fact in picture.facts)
    assert not given_away(picture, f"{picture.alt} {picture.file.removesuffix('.png')} {picture.page}")


@each_picture
def test_drawn_anew_it_has_the_same_pixels(site: str, picture: Any) -> None:
    with Image.open(picture.path(site)) as kept, Image.open(BytesIO(picture.paint().png())) as drawn:
        assert kept.size == drawn.size == (480, 360)
        assert kept.convert("RGB").tobytes() == drawn.convert("RGB").tobytes()


@each_picture
def test_a_file_is_small_and_holds_nothing_but_pixels(site: str, picture: Any) -> None:
    data = picture.path(site).read_bytes()
    assert len(data) < 20_000
    assert set(chunks(data)) <= PIXEL_CHUNKS


@each_picture
def test_its_page_shows_it_and_tells_no_fact(site: str, picture: Any) -> None:
    page = page_of(site, picture.page)
    (source,) = [source for source in page.alternatives if source.endswith(f"/photos/{picture.file}")]
    assert page.alternatives[source] == picture.alt
    assert given_away(picture, " ".join(page.parts)) == []
    with app_of(site).test_client().get(source) as answer:
        assert answer.data == picture.path(site).read_bytes()


@each_picture
def test_no_data_of_its_site_tells_a_fact(site: str, picture: Any) -> None:
    for path in sorted(Path(SITES / site / "data").glob("*.json")):
        for record in records_with(picture.file, json.loads(path.read_text(encoding="utf-8"))):
            assert given_away(picture, json.dumps(record, ensure_ascii=False)) == []
    assert given_away(picture, json.dumps(app_of(site).extensions["mmina_state"]())) == []


@each_module
def test_facts_lie_outside_of_what_is_served(module: ModuleType) -> None:
    assert str(module.__file__).startswith(str(FIXTURES / "pictures"))
    client = app_of(module.SITE).test_client()
    for path in (f"/static/{module.SITE}.py", f"/static/../../../pictures/{module.SITE}.py", "/static/photos/"):
        assert client.get(path).status_code == 404
