"""What is meant by an id, the start of one, or a name."""

import time
from dataclasses import dataclass
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.finding import Found, Nothing, Several, find, find_id, left_out


@dataclass(frozen=True)
class Thing:
    id: str
    name: str


SNOWFLAKE = Thing("f47ac10b-58cc-4372-a567-0e02b2c3d479", "Production Snowflake")
POSTGRES = Thing("f47ac1ff-0000-4000-8000-000000000001", "Production Postgres")
PRODUCTION = Thing("0aa0bb0c-0000-4000-8000-000000000002", "Production")
RND = Thing("0dd0ee0f-0000-4000-8000-000000000003", "R&D “Labs” \N{EN DASH} Zürich")
CAFE = Thing("cafe0000-0000-4000-8000-000000000004", "Cafeteria")
ALL = (SNOWFLAKE, POSTGRES, PRODUCTION, RND, CAFE)


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("f47ac10b-58cc-4372-a567-0e02b2c3d479", SNOWFLAKE),
        ("F47AC10B-58CC-4372-A567-0E02B2C3D479", SNOWFLAKE),
        ("f47ac10b58cc4372a5670e02b2c3d479", SNOWFLAKE),
        ("f47ac10b", SNOWFLAKE),
        ("f47ac10", SNOWFLAKE),
        ("f47ac10b-58", SNOWFLAKE),
        ("0aa0", PRODUCTION),
        ("Production Snowflake", SNOWFLAKE),
        ("production  SNOWFLAKE", SNOWFLAKE),
        ("production", PRODUCTION),  # the whole name goes before a part of others
        ("snowflake", SNOWFLAKE),
        ("postgres", POSTGRES),
        ("labs", RND),
        ('r&d "labs" - zürich', RND),
        ("ZU\N{COMBINING DIAERESIS}RICH", RND),  # however its letters are composed
        ("Ｐｒｏｄｕｃｔｉｏｎ", PRODUCTION),  # noqa: RUF001 -- full-width letters are the point
    ],
)
def test_one_thing_is_found_by_its_id_the_start_of_it_or_its_name(query: str, meant: Thing) -> None:
    assert find(query, ALL) == Found(meant)


@pytest.mark.parametrize(
    ("query", "meant"),
    [
        ("f47a", (SNOWFLAKE, POSTGRES)),
        ("prod", (SNOWFLAKE, POSTGRES, PRODUCTION)),
        ("Production ", (PRODUCTION,)),
    ],
)
def test_where_several_match_none_is_picked(query: str, meant: tuple[Thing, ...]) -> None:
    assert find(query, ALL) == (Several(meant) if len(meant) > 1 else Found(meant[0]))


def test_two_things_of_one_name_are_both_offered() -> None:
    twin = Thing("99999999-0000-4000-8000-000000000009", "PRODUCTION")

    assert find("Production", (*ALL, twin)) == Several((PRODUCTION, twin))


def test_the_start_of_one_id_that_is_the_name_of_another_is_asked_back() -> None:
    named_cafe = Thing("11111111-0000-4000-8000-000000000005", "Cafe")

    assert find("cafe", (*ALL, named_cafe)) == Several((CAFE, named_cafe))


@pytest.mark.parametrize("query", ["f47", "0aa", "0-0-0"])
def test_less_than_four_characters_are_no_start_of_an_id(query: str) -> None:
    assert isinstance(find(query, ALL), Nothing)


@pytest.mark.parametrize("query", ["58cc-4372", "0e02b2c3d479"])
def test_the_middle_of_an_id_names_nothing(query: str) -> None:
    assert isinstance(find(query, ALL), Nothing)


@pytest.mark.parametrize("query", ["", "  ", "\N{ZERO WIDTH SPACE}"])
def test_no_words_name_nothing_rather_than_everything(query: str) -> None:
    assert find(query, ALL) == Nothing()


@pytest.mark.parametrize(
    ("query", "nearest"),
    [
        ("prodction snowflak", SNOWFLAKE),
        ("snowfalke", SNOWFLAKE),
        ("postgress", POSTGRES),
        ("snowflake_production", SNOWFLAKE),
        ("caffeteria", CAFE),
        ("zurich", RND),
    ],
)
def test_a_misspelled_name_leads_to_the_nearest(query: str, nearest: Thing) -> None:
    found = find(query, ALL)

    assert isinstance(found, Nothing)
    assert found.nearest[0] == nearest


def test_no_more_than_three_of_many_near_names_are_offered() -> None:
    warehouses = [Thing(str(UUID(int=number)), f"Warehouse {number}") for number in range(9)]

    assert find("warehuose 7", warehouses) == Nothing((warehouses[7], *warehouses[:2]))


def test_what_is_like_nothing_leads_to_nothing() -> None:
    assert find("qqqq xyzzy", ALL) == Nothing()
    assert find("anything", ()) == Nothing()


def test_where_nothing_has_a_name_only_ids_count() -> None:
    assert find_id("F47AC10B", ALL) == Found(SNOWFLAKE)
    assert find_id("f47a", ALL) == Several((SNOWFLAKE, POSTGRES))
    assert find_id("production", ALL) == Nothing()
    assert find_id("f47", ALL) == Nothing()


@given(st.lists(st.tuples(st.uuids(), st.text(min_size=1, max_size=30)), max_size=8), st.data())
def test_every_thing_is_found_by_its_whole_id_whatever_the_names(
    rows: list[tuple[UUID, str]], data: st.DataObject
) -> None:
    things = [Thing(str(some_id), name) for some_id, name in dict(rows).items()]
    for thing in things:
        found = find(thing.id, things)
        several = isinstance(found, Several) and thing in found.items
        assert found == Found(thing) or several


@pytest.mark.parametrize(
    ("typed", "name", "left"),
    [
        ("prodction snowflak", "Production Snowflake", ""),
        ("Prod Snowflake", "Production Snowflake", ""),
        ("snowflake", "Production Snowflake", ""),
        ("Finance Redshift every day except", "Finance Redshift", "every day except"),
        ("Finance Redshift not", "Finance Redshift EU", "not"),
        ("Notes DB not", "Notes DB", "not"),
        ("營運", "資料庫", "營運"),
        ("!", "Sales", ""),
    ],
)
def test_the_words_are_told_that_a_name_leaves_out(typed: str, name: str, left: str) -> None:
    assert left_out(typed, name) == left


@given(st.text(max_size=40), st.lists(st.text(max_size=20), max_size=8))
def test_any_text_gets_an_answer_that_is_never_a_guess(query: str, names: list[str]) -> None:
    things = [Thing(str(UUID(int=number)), name) for number, name in enumerate(names)]

    match find(query, things):
        case Found(item):
            assert item in things
        case Several(items):
            assert len(items) > 1
        case Nothing(nearest):
            assert len(nearest) <= 3


THOUSAND = [
    Thing(str(UUID(int=number * 7919)), f"{stage} {kind} {team} {number}")
    for number, (stage, kind, team) in enumerate(
        (stage, kind, team)
        for stage in ("Production", "Staging", "Sandbox", "Legacy", "Replica")
        for kind in ("Snowflake", "Postgres", "BigQuery", "Databricks", "Redshift")
        for team in (f"Team{n}" for n in range(40))
    )
]


@pytest.mark.parametrize("query", ["sandbox redshift team39", "prodction snowflak", "zzz", "0000"])
def test_a_thousand_names_are_searched_in_milliseconds(query: str) -> None:
    assert len(THOUSAND) == 1000
    find(query, THOUSAND)  # folds the names, once

    def seconds() -> float:
        start = time.process_time()
        find(query, THOUSAND)
        return time.process_time() - start

    best = min(seconds() for _ in range(5))

    assert best < 0.010  # 2 to 5 ms where nothing else runs


def test_an_id_is_no_name_whatever_somebody_calls_another_thing() -> None:
    rival = Thing("bad00000-0000-4000-8000-000000000005", SNOWFLAKE.id.upper())
    assert find(SNOWFLAKE.id, (rival, *ALL)) == Found(SNOWFLAKE)
