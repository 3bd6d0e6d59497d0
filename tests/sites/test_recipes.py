"""The site of recipes tells what the cook did, and has no page for what does not exist."""

import pytest

from tests.sites.visits import Acts, Entry, Step, Visit

MOUSSAKA = "/recipe/52601/layered-moussaka/"
SAVE: Step = ("/recipe/52601/save", {})
LIST = "/shopping-list/"
SALT = (LIST, {"action": "add", "text": " sea  salt"})

ACTS: Acts = [
    (
        [["/search?q=moussaka"], ["/search?q=Moussakas"], ["/search?q=the+MOUSSAKA&course=&time=&diet=&without=&sort="],
         ["/search?page=1&q=moussaka&x=vienna", "/search?q=moussaka"]],
        [{"action": "searched", "query": "moussaka", "results": 1}],
    ),
    (
        [["/search?q=soup&time=60&diet=vegan&sort=time&without=Nuts,+pork"],
         ["/search?without=pork+nut&sort=time&diet=vegan&time=60&q=soups"]],
        [{"action": "searched", "query": "soup", "time": 60, "diet": "vegan", "sort": "time", "without": "nut pork",
          "results": 1}],
    ),
    ([["/search?q=xyzzy"], ["/search?q=XYZZY"]], [{"action": "searched", "query": "xyzzy", "results": 0}]),
    ([["/recipes/vegan/"], ["/search?diet=vegan"], ["/search?q=&diet=vegan&sort="]],
     [{"action": "listed", "kind": "recipes", "diet": "vegan"}]),
    ([["/recipes/athens/"], ["/recipes/athens"]], [{"action": "listed", "kind": "recipes", "city": "athens"}]),
    ([["/recipes/greek/"]], [{"action": "listed", "kind": "recipes", "cuisine": "greek"}]),
    ([["/recipes/all/"], ["/search"]], [{"action": "listed", "kind": "recipes"}]),
    ([[MOUSSAKA], ["/recipe/52601/"], ["/recipe/52601"]],
     [{"action": "viewed", "kind": "recipe", "id": "52601", "servings": 6}]),
    ([[f"{MOUSSAKA}?servings=2"]], [{"action": "viewed", "kind": "recipe", "id": "52601", "servings": 2}]),
    ([[SAVE], [("/recipe/52601/save", {"next": "/search?q=moussaka"})]],
     [{"action": "saved", "kind": "recipe", "id": "52601"}]),
    ([[SAVE, SAVE]], [{"action": "saved", "kind": "recipe", "id": "52601"},
                      {"action": "unsaved", "kind": "recipe", "id": "52601"}]),
    ([[("/recipe/52601/reviews", {"stars": "4", "text": "Good  one"})]],
     [{"action": "reviewed", "id": "52601", "stars": 4, "text": "Good one"}]),
    ([[SALT]], [{"action": "added", "kind": "entry", "text": "sea salt"}]),
    (
        [[SALT, (LIST, {"action": "tick", "position": "0"}), (LIST, {"action": "clear"})],
         [SALT, (LIST, {"action": "remove", "position": "0"})]],
        [{"action": "removed", "kind": "entry", "text": "sea salt"}],
    ),
    ([[SALT, *[(LIST, {"action": "tick", "position": "0"})] * 2]],
     [{"action": "ticked", "text": "sea salt"}, {"action": "unticked", "text": "sea salt"}]),
]  # fmt: skip


@pytest.mark.parametrize(("ways", "entries"), ACTS)
def test_every_way_leaves_the_same_entries(ways: list[list[Step]], entries: list[Entry]) -> None:
    for steps in ways:
        visit = Visit("recipes")
        visit.take(steps)
        assert visit.did_like(entries) == entries, steps


def test_all_ingredients_are_added_in_two_ways() -> None:
    texts = []
    for form in ({"all": "1", "servings": "3"}, {"servings": "3", "ingredient": [str(at) for at in range(9)]}):
        visit = Visit("recipes")
        count = visit.open(MOUSSAKA).text.count('name="ingredient"')
        assert count == 9
        visit.take([("/recipe/52601/shopping-list", form)])
        (entry,) = visit.did("added")
        assert (entry["kind"], entry["id"], entry["servings"], len(entry["texts"])) == ("ingredients", "52601", 3, 9)
        texts.append(entry["texts"])
    assert texts[0] == texts[1]


def test_the_next_part_of_a_list_is_no_page() -> None:
    visit = Visit("recipes")
    assert visit.open("/recipes/all/?page=2", **{"X-Part": "list"}).status_code == 200
    assert visit.did() == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/recipe/52601/eventbrite-vienna/", 404),
        ("/recipe/52601/layered-moussaka/vienna", 404),
        ("/recipe/1/layered-moussaka/", 404),
        (f"{MOUSSAKA}?servings=0", 400),
        (f"{MOUSSAKA}?servings=many", 400),
        ("/recipes/vienna-athens/", 404),
        ("/recipes/ATH/", 404),
        ("/recipes/greece--athens/", 404),
        ("/recipes/all/?page=99", 404),
        *((f"/search?q=soup&{wrong}", 400) for wrong in (
            "course=vienna", "time=45", "diet=meat", "sort=cheap", "page=0", "q=vienna",
        )),
        ("/search?q=soup&page=99", 404),
        (f"/search?q={'vienna+' * 20}", 400),
        (f"/search?q=soup&without={'vienna+' * 20}", 400),
        ("/vienna/", 404),
    ],
)  # fmt: skip
def test_there_is_no_page_for_what_does_not_exist(path: str, status: int) -> None:
    visit = Visit("recipes")
    assert visit.open(path).status_code == status
    assert visit.did() == []


@pytest.mark.parametrize(
    ("path", "form", "status"),
    [
        ("/recipe/1/save", {}, 404),
        ("/recipe/52601/reviews", {"stars": "6"}, 400),
        ("/recipe/52601/shopping-list", {"ingredient": "99"}, 400),
        ("/recipe/52601/shopping-list", {"all": "1", "servings": "99"}, 400),
        (LIST, {"action": "remove", "position": "0"}, 400),
        (LIST, {"action": "add"}, 400),
    ],
)
def test_a_refused_form_does_nothing(path: str, form: dict[str, str], status: int) -> None:
    visit = Visit("recipes")
    assert visit.send(path, **form).status_code == status
    assert visit.did() == []
