"""WebArena's own tasks in Chromium, against a small shop that its placeholders are mapped to."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.plugin.conftest import Project
from tests.plugin.small_shop import CUSTOMER, Shop, open_shop

PLAY = {
    21: ["stop [Joseph Brzezinski, Catso, Dibbins, Anglebert Dinkherhump and Michelle Davis]"],
    118: ["goto [{shop}/catalogsearch/result/?q=jaw+bruxism]", "stop"],
    144: ["stop [0 dollars]"],
    188: ["stop [It was $365.42]"],
    260: ["click [link 'Video Games']", "stop"],
    269: ["goto [{shop}/clothing-shoes-jewelry/women/shoes.html?p=2&price=0-25]", "stop"],
    516: ["click [button 'Add to Wish List']", "goto [{shop}/]", "stop"],
    521: [
        "goto [{shop}/newsletter/manage/]",
        "click [checkbox 'General Subscription']",
        "click [button 'Save']",
        "stop",
    ],
    571: [
        "goto [{shop}/customer/address]",
        "type [textbox 'Street'] [231 Willow Way, Suite 100] [0]",
        "type [textbox 'City'] [Chicago, Illinois, 60601] [1]",
        "stop",
    ],
    653: [
        "goto [{shop}/contact]",
        "type [textbox 'What’s on your mind?'] [refund: it broke after three days of use (000000180, B087QJN9W1)] [0]",
        "stop",
    ],
}
AGENT = """
import json, os
from pathlib import Path
PLAY = json.loads(Path(__file__).with_name("play.json").read_text())

class Knows:
    def reset(self, intent): self.lines = iter(PLAY[intent])
    def act(self, observation): return next(self.lines)

class Wrong(Knows):
    answers = "stop [10 dollars, 36542, Catso]"
    def act(self, observation): return self.answers
"""


@pytest.fixture
def shop() -> Iterator[tuple[Shop, str]]:
    shop = Shop()
    with open_shop(shop) as address:
        yield shop, address


@pytest.fixture
def ten(project: Project, shop: tuple[Shop, str], shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """Ten tasks of WebArena's shopping set, as they are; the shop's address comes from the environment."""
    documents = json.loads((shared_data / "webarena_test.raw.json").read_text())
    chosen = [document for document in documents if document["task_id"] in PLAY]
    assert len(chosen) == 10
    project.file("webarena.json", json.dumps(chosen))
    project.file(".auth/shopping_state.json", json.dumps(logged_in()))
    play = {
        document["intent"]: [line.replace("{shop}", shop[1]) for line in PLAY[document["task_id"]]]
        for document in chosen
    }
    project.file("play.json", json.dumps(play))
    project.file("knowing.py", AGENT)
    monkeypatch.setenv("SHOPPING", shop[1])
    return project


def logged_in() -> dict[str, Any]:
    cookie = {
        "name": "customer", "value": CUSTOMER, "domain": "127.0.0.1", "path": "/", "expires": -1, "httpOnly": False,
        "secure": False, "sameSite": "Lax",
    }  # fmt: skip
    return {"cookies": [cookie], "origins": []}


def test_ten_tasks_of_webarena_are_solved_by_who_knows_them(ten: Project, shop: tuple[Shop, str]) -> None:
    ten.run("webarena.json", "--mmina-agent", "knowing:Knows").assert_outcomes(passed=10)
    assert {episode["task"].partition("/")[2] for episode in ten.episodes()} == set(map(str, PLAY))
    assert shop[0].wishes
    assert shop[0].subscribed


def test_none_of_them_is_solved_by_who_does_not(ten: Project) -> None:
    ten.run("webarena.json", "--mmina-agent", "knowing:Wrong").assert_outcomes(failed=10)
