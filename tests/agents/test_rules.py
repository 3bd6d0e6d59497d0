from collections.abc import Mapping

import pytest

from pytest_mmina.agents.reading import asked_fact, best_result, facts, preferred, read_intent
from pytest_mmina.agents.rules import RulesAgent
from pytest_mmina.core.outline import read_outline
from pytest_mmina.core.trajectory import Observation

WIKI = "https://library.kiwix.org/viewer#book/A/Landing"
INTENT = (
    f"When all is done, answer with the address. Wiki: {WIKI} Search an event: https://www.eventbrite.com/ "
    "Book a flight: https://www.momondo.com/ Shopping: http://localhost:7770/\n\n"
    "Question: Which is taller, the Eiffel Tower or the Tokyo Tower? Search a flight from San Francisco to its city on "
    "12 April 2025, then events there."
)
ARTICLE = """- heading "Tokyo Tower" [level=1] [ref=e1]
- table [ref=e2]:
  - row [ref=e3]:
    - rowheader "Location" [ref=e4]
    - cell [ref=e5]:
      - link "Tokyo" [ref=e6]:
        - /url: /A/Tokyo
  - row [ref=e7]:
    - rowheader "Height" [ref=e8]
    - cell "333 metres" [ref=e9]
- paragraph [ref=e10]: $64.90
"""
RESULTS = """- link "Library" [ref=e1]
- heading [level=2] [ref=e2]:
  - link "Lattice tower" [ref=e3]
- heading [level=2] [ref=e4]:
  - link "Tokyo Tower" [ref=e5]
"""


def test_an_intent_is_taken_apart() -> None:
    errand = read_intent(INTENT)
    assert [site.label for site in errand.sites] == ["Wiki", "Book a flight", "Search an event"]
    assert errand.names == ("Eiffel Tower", "Tokyo Tower")
    assert (errand.date, errand.origin) == ("12 April 2025", "San Francisco")


def test_a_site_that_stands_alone_is_called_for() -> None:
    errand = read_intent("Shopping: http://localhost:7770/ Question: Is the red kettle here?")
    assert [site.address for site in errand.sites] == ["http://localhost:7770/"]


def test_tables_are_facts() -> None:
    elements = list(read_outline(ARTICLE))
    assert facts(elements) == {"Location": "Tokyo", "Height": "333 metres"}
    assert asked_fact("How tall is it?", elements) == "333 metres"
    assert asked_fact("How much is it?", elements) == "$64.90"
    assert asked_fact("Who made it?", elements) == ""


@pytest.mark.parametrize(("wanted", "ref"), [("Tokyo Tower", "e5"), ("something else", "e3")])
def test_the_likeliest_result_is_taken(wanted: str, ref: str) -> None:
    result = best_result(list(read_outline(RESULTS)), wanted)
    assert result is not None
    assert result.ref == ref


@pytest.mark.parametrize(
    ("sentence", "values", "name"),
    [
        ("Which is taller?", {"a": "330 metres", "b": "1,333 metres"}, "b"),
        ("Which is older?", {"a": "1889", "b": "1958"}, "a"),
        ("Which is taller?", {"a": "", "b": "3 metres"}, "b"),
        ("Which is taller?", {"a": "", "b": ""}, "a"),
    ],
)
def test_a_comparison(sentence: str, values: Mapping[str, str], name: str) -> None:
    assert preferred(sentence, dict(values)) == name


def test_the_agent_looks_names_up_compares_and_goes_on() -> None:
    search = '- searchbox "Search" [ref=e9]\n'
    agent = RulesAgent()
    agent.reset(INTENT)
    start = Observation(url=WIKI, title="", text=search)
    assert agent.act(start) == "type [e9] [Eiffel Tower] [1]"
    assert agent.act(Observation(url=WIKI, title="", text=search + RESULTS)) == "click [e3]", "equals: the first"
    eiffel = search + ARTICLE.replace("333", "330").replace("Tokyo", "Paris")
    assert agent.act(Observation(url=WIKI, title="", text=eiffel)) == "type [e9] [Tokyo Tower] [1]"
    assert agent.act(Observation(url=WIKI, title="", text=search + RESULTS)) == "click [e5]"
    assert agent.act(Observation(url=WIKI, title="", text=search + ARTICLE)) == "goto [https://www.momondo.com/]"
    form = (
        '- combobox "From" [ref=e1]\n- combobox "To" [ref=e2]\n'
        '- textbox "Depart" [ref=e3]\n- button "Search flights" [ref=e4]'
    )
    page = Observation(url="https://www.momondo.com/", title="", text=form)
    assert [agent.act(page) for _ in range(4)] == [
        "type [combobox 'From'] [San Francisco] [0]",
        "type [combobox 'To'] [Tokyo] [0]",
        "type [textbox 'Depart'] [12 April 2025] [0]",
        "click [e4]",
    ]
    assert agent.act(page) == "goto [https://www.eventbrite.com/]"
    assert agent.act(Observation(url="https://www.eventbrite.com/", title="")) == "stop [https://www.eventbrite.com/]"


@pytest.mark.parametrize("intent", ["", "Nothing that anybody could make sense of", "Question: ", "Wiki: nowhere"])
def test_an_intent_without_sites_ends_at_once(intent: str) -> None:
    agent = RulesAgent()
    agent.reset(intent)
    assert agent.act(Observation(url="https://a.example/", title="")) == "stop [https://a.example/]"
