from collections.abc import Mapping

import pytest

from pytest_mmina.agents.rules import RulesAgent
from pytest_mmina.agents.rules_parsing import (
    asked_fact,
    best_result,
    facts,
    linked_answer,
    preferred,
    read_amount,
    read_days,
    read_intent,
    read_origin,
    site_kind,
    things_named,
)
from pytest_mmina.core.language.outline import read_outline
from pytest_mmina.core.language.trajectory import Observation

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
    assert [(visit.kind, visit.words) for visit in errand.visits] == [
        ("wiki", "Which is taller, the Eiffel Tower or the Tokyo Tower?"),
        ("flight", "Search a flight from San Francisco to its city on 12 April 2025, then"),
        ("event", "events there."),
    ]
    assert errand.place == ""
    assert errand.wants_address


def test_an_article_is_visited_again_where_it_is_asked_for_again() -> None:
    errand = read_intent(
        f"Wiki: {WIKI} Search an event: https://www.eventbrite.com/ Question: Find the city of the tower. "
        "Look for events there, then open the article on that city."
    )
    assert [visit.kind for visit in errand.visits] == ["wiki", "event", "wiki"]


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("Rent a car", "car"),
        ("Exchange dollars", "exchange"),
        ("Travel Guide", "guide"),
        ("Shopping", "shop"),
        ("Start page", ""),
    ],
)
def test_a_label_tells_the_kind_of_a_site(label: str, kind: str) -> None:
    assert site_kind(label) == kind


def test_a_site_that_stands_alone_is_called_for() -> None:
    errand = read_intent("Shopping: http://localhost:7770/ Question: Is the red kettle here?")
    assert [visit.address for visit in errand.visits] == ["http://localhost:7770/"]


@pytest.mark.parametrize(
    ("question", "place"),
    [("I am going to Toronto. See it.", "Toronto"), ("I am going from Prague to Berlin.", "Berlin"), ("why?", "")],
)
def test_the_place_of_a_journey(question: str, place: str) -> None:
    assert read_intent(f"Find food: https://www.timeout.com/ Question: {question}").place == place


@pytest.mark.parametrize(
    ("words", "days"),
    [
        ("from 12 to 16 April 2025", ("2025-04-12", "2025-04-16")),
        ("from 30 April to 2 May 2025", ("2025-04-30", "2025-05-02")),
        ("on 3 May 2025", ("2025-05-03", "")),
        ("on 2025-05-03", ("2025-05-03", "")),
        ("on 31 June 2025", ("31 June 2025", "")),
        ("some day", ("", "")),
    ],
)
def test_days(words: str, days: tuple[str, str]) -> None:
    assert read_days(words) == days


def test_what_words_are_about() -> None:
    words = "Search the marketplace for a pocket guide to that city (any one)."
    assert things_named(words) == "pocket guide"
    assert read_amount("see what 100 US dollars are") == "100"
    assert read_origin("from Los Angeles to it") == "Los Angeles"


def test_the_likeliest_paragraph_has_the_answer() -> None:
    prose = """- paragraph [ref=e1]:
  - text: Takoyaki comes from
  - link "Japan" [ref=e2]
- paragraph [ref=e3]:
  - text: It was first sold in
  - link "Osaka" [ref=e4]
"""
    elements = list(read_outline(prose))
    link = linked_answer(elements, "In which city was it first sold?", known="")
    assert link is not None
    assert link.ref == "e4"
    assert linked_answer(elements, "Where?", known="Osaka Japan") is None


def test_tables_are_facts() -> None:
    elements = list(read_outline(ARTICLE))
    assert facts(elements) == {"Location": "Tokyo", "Height": "333 metres"}
    assert asked_fact("How tall is it?", elements) == "333 metres"
    assert asked_fact("How much is it?", elements) == "$64.90"
    assert asked_fact("Who made it?", elements) == ""


def test_things_are_counted_in_prose() -> None:
    elements = list(read_outline("- paragraph: It has 42 stone arches."))
    assert asked_fact("How many arches does it have?", elements) == "42"
    assert asked_fact("How many doors does it have?", elements) == ""


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
    assert [agent.act(page) for _ in range(3)] == [
        "type [combobox 'From'] [San Francisco] [0]",
        "type [combobox 'To'] [Tokyo] [0]",
        "type [textbox 'Depart'] [2025-04-12] [1]",
    ]
    assert agent.act(page) == "goto [https://www.eventbrite.com/]"
    assert agent.act(Observation(url="https://www.eventbrite.com/", title="")) == "stop [https://www.eventbrite.com/]"


def test_the_agent_goes_on_from_a_dish_to_its_city() -> None:
    agent = RulesAgent()
    agent.reset(f"Wiki: {WIKI} Question: Find out in which city takoyaki was first sold.")

    def act(text: str) -> str:
        return agent.act(Observation(url=WIKI, title="", text=text))

    assert act('- searchbox "Search" [ref=e1]') == "type [e1] [takoyaki first sold] [1]"
    assert act(RESULTS) == "click [e3]"
    assert act('- heading "Takoyaki"\n- paragraph: First sold in\n  - link "Osaka" [ref=e7]') == "click [e7]"
    city = '- heading "Osaka"\n- row:\n  - rowheader "Population"\n  - cell "2,700,000"'
    assert act(city) == f"stop [{WIKI}]"


def test_a_dialog_is_dismissed_before_the_search() -> None:
    agent = RulesAgent()
    agent.reset("Youtube: https://www.youtube.com/ Question: I am going to Oslo. Search for a video about the city.")
    box = '- combobox "Search videos" [ref=e4]\n'
    text = f'- dialog "Cookies"\n  - button "Accept all" [ref=e2]\n  - button "Reject all" [ref=e3]\n{box}'
    page = Observation(url="https://www.youtube.com/", title="", text=text)
    assert agent.act(page) == "click [e3]"
    page = Observation(url="https://www.youtube.com/", title="", text=box)
    assert agent.act(page).startswith("type [combobox 'Search videos'] [")
    assert agent.act(page) == "stop [https://www.youtube.com/]"


def test_money_is_looked_up_by_the_name_of_the_place() -> None:
    agent = RulesAgent()
    agent.reset("Exchange dollars: https://www.xe.com/ Question: I am going to Oslo. How much is 250 US dollars there?")
    page = Observation(url="https://www.xe.com/", title="", text='- link "Money for Oslo NOK" [ref=e1]')
    assert agent.act(page) == "click [e1]"
    page = Observation(url="https://www.xe.com/", title="", text='- textbox "Amount" [ref=e2]: "100"')
    assert agent.act(page) == "type [e2] [250] [1]"
    assert agent.act(Observation(url="https://a.example/", title="", text="- paragraph: 2,800.10 NOK")) == (
        "stop [2,800.10]"
    )


def test_the_agent_stops_after_thirty_actions() -> None:
    agent = RulesAgent()
    kinds = ["Twitter", "Youtube", "Recipes", "Marketplace", "Hotels", "Cars", "Trains", "Events", "Flights"]
    sites = " ".join(f"{kind}: https://{kind.lower()}.example/" for kind in kinds)
    agent.reset(f"{sites} Question: I am going to Oslo. {' '.join(f'See {kind}.' for kind in kinds)}")
    stubborn = '- dialog "Cookies"\n  - button "Close" [ref=e1]\n- combobox "Search here" [ref=e2]'
    page = Observation(url="https://x.example/", title="", text=stubborn)
    actions = [agent.act(page) for _ in range(30)]
    assert [action for action in actions if action.startswith("stop")] == actions[-1:] == ["stop [https://x.example/]"]


@pytest.mark.parametrize("intent", ["", "Nothing that anybody could make sense of", "Question: ", "Wiki: nowhere"])
def test_an_intent_without_sites_ends_at_once(intent: str) -> None:
    agent = RulesAgent()
    agent.reset(intent)
    assert agent.act(Observation(url="https://a.example/", title="")) == "stop [https://a.example/]"
