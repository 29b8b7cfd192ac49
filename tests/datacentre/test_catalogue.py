"""The catalogue in each database: every condition as on one record, versions, paging, rights."""

import random
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ilrs.datacentre import conditions as c
from ilrs.datacentre.catalogue import Catalogue, open_catalogue, spans
from ilrs.datacentre.instants import instant_text, microseconds
from ilrs.datacentre.lid import Lid, LidVid
from ilrs.datacentre.matching import holds, value_of
from ilrs.datacentre.place import Box, Circle, Point, Polygon, Several, Track
from ilrs.datacentre.question import Question
from ilrs.datacentre.record import FileEntry, Record, Text
from ilrs.datacentre.rights import (
    ANYONE,
    Grant,
    Policy,
    Principal,
    Rule,
    Selector,
    Verb,
    View,
    everything,
    rights_key,
    view_of,
)
from ilrs.datacentre.rights_file import read_policy
from ilrs.foundation.errors import IlrsError

NOW_S = 2_000_000_000.0  # 2033-05-18
ALL = everything(NOW_S)
PREFIX = "urn:ilrs:jdc:moon:run:"


def named(name: str, **fields: Any) -> Record:
    return Record(lidvid=f"{PREFIX}{name}", access="open", received_utc="2030-01-01", **fields)


# What the questions below are asked of: each field known and unknown, equal values, odd texts.
RECORDS = [
    named("a::1.0", title="Heat", site="ridge", start_utc="2030-01-01", stop_utc="2030-02-01",
          place=Circle(10, -89.5, 0.2), pixel_m=2.0, science_fields=("geology", "heat")),
    named("b::1.0", title="Тепловой поток 100%", site="Ridge", place=Point(0, -90),
          start_utc="2030-01-15", stop_utc="2030-01-15", publication_year=2030,
          texts=(Text("zh", "月球热流", "月球南极"), Text("ru", "Тепло Луны", ""))),
    named("c::1.0", title="it's; DROP TABLE product--", description="dusty 'floor'",
          place=Box(170, -80, -170, -70), stop_utc="2030-01-01", pixel_m=0.5),
    named("d::1.9", title="Old", site="rim", start_utc="1966-02-03", stop_utc="1966-02-04"),
    named("d::1.10", title="New_title", site="rim", start_utc="1966-02-03",
          stop_utc="1966-02-04", keywords=("relay", "a*b?[c]"), sun_elevation_deg=-1.5,
          files=(FileEntry(name="x.csv", size=10, media_type="text/csv"),)),
    named("e::1.0", title="a*b?[c]", start_utc="2030-01-15", sources=(f"{PREFIX}a::1.0",),
          place=Polygon((((0, -89), (90, -89), (180, -89), (270, -89), (0, -89)),)),
          publication_year=2031, pixel_m=2.0, sun_azimuth_deg=359.5),
    named("f::1.0", place=Track(((175, 0), (-175, 1))), partner="cnsa", site="月球"),
    named("g::2.1", place=Several((Point(1, 1), Circle(0, 90, 3)))),
]  # fmt: skip

texts = st.sampled_from(["ridge", "Ridge", "rim", "Heat", "", "it's; DROP TABLE product--", "x",
                         "a*b?[c]", "2.1", "月球", f"{PREFIX}d", f"{PREFIX}d::1.10", "\U0001f311",
                         "urn:ilrs:jdc:moon:run", "Тепловой поток 100%"])  # fmt: skip
instants = st.sampled_from(["1966-02-03", "1966-02-04", "2030-01-01", "2030-01-15",
                            "2030-01-15T00:00:00.000001Z", "2030-02-01", "2040"])  # fmt: skip
numbers = st.sampled_from([0, -1.5, 0.5, 2, 2.0, 10, 2030, 359.5, 1e300])
patterns = st.sampled_from(["%", "ridge", "%i%", "R_dge", "it's%", "a*b?[c]", "%[c]", "100\\%",
                            "%\\%", "New\\_%", "%_title", "\\", "т%", "%ПОТОК%", "", "月_",
                            "re%"])  # fmt: skip
places = st.sampled_from([
    Circle(0, -90, 1), Circle(10, -89.5, 0.1), Point(0, -90), Box(179, -75, -179, -72),
    Box(-180, -90, 180, 90), Box(0, 0, 10, 10),
    Polygon((((-10, 80), (170, 80), (80, 85), (-10, 80)),)),
    Track(((0, -88), (0, -89.9))), Several((Point(180, 0.5), Point(5, 5))), Circle(0, 0, 180),
])  # fmt: skip
values_of = {"text": texts, "list": texts, "instant": instants, "number": numbers}


def of_field(name: str) -> st.SearchStrategy[c.Condition]:
    kind = c.FIELDS[name]
    values = values_of[kind]
    operators = ("=", "<>") if kind == "list" else c.OPERATORS
    ways: list[st.SearchStrategy[Any]] = [
        st.builds(c.Compare, st.just(name), st.sampled_from(operators), values),
        st.builds(c.OneOf, st.just(name), st.lists(values, max_size=3).map(tuple)),
        st.just(c.IsNull(name)),
    ]
    if kind in {"text", "list"}:
        ways.append(st.builds(c.Like, st.just(name), patterns, st.booleans()))
    return st.one_of(ways)


leaves: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from(sorted(c.FIELDS)).flatmap(of_field),
    st.builds(c.Meets, places),
    st.builds(c.Inside, places),
    st.just(c.IsNull("place")),
    st.tuples(instants, instants).map(lambda pair: c.During(*sorted(pair))),
    st.builds(c.During, instants),
    st.builds(lambda stop: c.During("", stop), instants),
    st.builds(c.Words, st.sampled_from(["heat", "теплов", "月球", "球热", "ridge new", "", "it's",
                                        "a*b", "dust floor", "urn"])),
    st.builds(c.Words, st.sampled_from(["тепл", "月球", "луны"]),
              st.sampled_from(["ru", "zh", "en"])),
)  # fmt: skip
trees = st.recursive(
    leaves,
    lambda parts: st.one_of(
        st.builds(c.Not, parts),
        st.builds(c.All, st.lists(parts, max_size=3).map(tuple)),
        st.builds(c.Any, st.lists(parts, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)
quiet = settings(
    deadline=None,
    max_examples=300,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Gives addresses of catalogues that are not there yet, in each database."""
    if request.param == "sqlite":
        return lambda: str(tmp_path_factory.mktemp("catalogue") / "catalogue.sqlite3")
    return request.getfixturevalue("postgres_address")


@pytest.fixture(scope="module")
def filled(address: Any) -> Iterator[Catalogue]:
    """Read only: one catalogue for many questions."""
    catalogue = open_catalogue(address(), policy=read_policy())
    assert catalogue.add(RECORDS) == len(RECORDS)
    yield catalogue
    catalogue.close()


@pytest.fixture
def catalogue(address: Any) -> Iterator[Catalogue]:
    made = open_catalogue(address(), policy=read_policy())
    yield made
    made.close()


def names(records: Any) -> list[str]:
    return [record.lidvid.removeprefix(PREFIX) for record in records]


def found(
    catalogue: Catalogue, condition: c.Condition, view: View = ALL, **fields: Any
) -> list[str]:
    return names(catalogue.search(Question(where=condition, **fields), view=view).records)


# --- conditions -----------------------------------------------------------------------------------


@quiet
@given(trees)
def test_catalogue_finds_what_the_condition_is_true_of(filled: Catalogue, condition: Any) -> None:
    question = Question(where=condition, versions="all", counted=True)
    answer = filled.search(question, view=ALL)
    told = {r.lidvid for r in RECORDS if holds(condition, r) is True}
    # harvest is given by the catalogue: only here are its records known in full
    every = filled.search(Question(versions="all"), view=ALL).records
    told = {r.lidvid for r in every if holds(condition, r) is True}
    assert {record.lidvid for record in answer.records} == told
    assert answer.matched == len(told)


def test_every_field_is_asked_about_and_sorted_by(filled: Catalogue) -> None:
    for name, kind in c.FIELDS.items():
        assert filled.search(Question(where=c.IsNull(name)), view=ALL).records is not None
        if kind == "list":
            continue
        for way in ("ascending", "descending"):
            answer = filled.search(Question(sort=((name, way),), versions="all"), view=ALL)
            keys = [value_of(name, record) for record in answer.records]
            known = [key for key in keys if key is not None]
            assert len(keys) == len(RECORDS)
            assert known == sorted(known, reverse=way == "descending")
            unknown = [None] * (len(keys) - len(known))
            assert keys == ([*known, *unknown] if way == "descending" else [*unknown, *known])


def test_records_come_back_as_they_were_added(filled: Catalogue) -> None:
    every = filled.search(Question(versions="all"), view=ALL).records
    told = {replace(record, harvested_utc="") for record in every}
    assert told == set(RECORDS)


def test_words_are_found_in_languages_however_they_are_named(catalogue: Catalogue) -> None:
    languages = ["zh-Hans", "ru'", 'en"', "a\\", "pt br", "x\0y", "l" * 3000]
    texts = [Text(language, f"Moon {k}", "") for k, language in enumerate(languages)]
    records = [named(f"l{k}::1.0", texts=(text,)) for k, text in enumerate(texts)]
    catalogue.add(records)
    for k, language in enumerate(languages):
        assert found(catalogue, c.Words("moon", language)) == [f"l{k}::1.0"]
    catalogue.remove([record.lidvid for record in records])
    assert found(catalogue, c.Words("moon")) == []


def test_words_are_found_among_very_many_and_very_long_ones(catalogue: Catalogue) -> None:
    many = " ".join(f"{k:x}word" for k in range(200_000))
    catalogue.add([named("a::1.0", title="first" + "x" * 3000, description=many),
                   named("b::1.0", title="月" * 3000, keywords=("y" * 2000,))])  # fmt: skip
    assert found(catalogue, c.Words("1word")) == ["a::1.0"]
    assert found(catalogue, c.Words("first" + "x" * 3000)) == ["a::1.0"]
    assert found(catalogue, c.Words("y" * 2000 + " 月月")) == ["b::1.0"]
    assert all(holds(c.Words("y" * 2000), r) for r in catalogue.filed(Lid.parse(f"{PREFIX}b")))


def test_records_of_very_long_and_odd_texts_are_kept(catalogue: Catalogue) -> None:
    chance = random.Random(7)
    long = ["".join(chance.choices("abcdefghij月0123456789", k=9000)) for _ in range(4)]
    odd = named("a::1.0", keywords=(long[0], long[0] + "x"), sources=(long[1],), partner=long[2],
                description="back\\u0000slash", texts=(Text("ru", "a\0b", "\\\0\\u0000"),),
                licence=long[3])  # fmt: skip
    catalogue.add([odd, named("b::1.0", description="zero")])
    catalogue.add([odd])
    (kept,) = catalogue.filed(Lid.parse(f"{PREFIX}a"))
    assert replace(kept, harvested_utc="") == odd
    for condition in (c.Compare("keywords", "=", long[0]), c.OneOf("sources", (long[1], "x")),
                      c.Like("keywords", long[0] + "_"), c.Compare("partner", "=", long[2]),
                      c.Compare("description", "=", "back\\u0000slash")):  # fmt: skip
        assert found(catalogue, condition) == ["a::1.0"]
    assert found(catalogue, c.Compare("keywords", "=", long[0] + "y")) == []
    assert found(catalogue, c.All(), sort=(("description", "ascending"),)) == ["a::1.0", "b::1.0"]
    catalogue.remove([odd.lidvid])
    assert found(catalogue, c.OneOf("keywords", (long[0],))) == []


# --- versions -------------------------------------------------------------------------------------


def test_newest_version_stands_for_a_product(filled: Catalogue) -> None:
    assert found(filled, c.Compare("site", "=", "rim")) == ["d::1.10"]
    assert found(filled, c.Words("old")) == []
    assert found(filled, c.Words("old"), versions="all") == ["d::1.9"]
    assert filled.count(Question(), view=ALL) == len(RECORDS) - 1
    lid = Lid.parse(f"{PREFIX}d")
    assert (
        names(filled.versions(lid, view=ALL)) == names(filled.filed(lid)) == ["d::1.10", "d::1.9"]
    )
    newest, older = filled.get(f"{PREFIX}d", view=ALL), filled.get(f"{PREFIX}d::1.9", view=ALL)
    assert newest is not None
    assert older is not None
    assert names([newest, older]) == ["d::1.10", "d::1.9"]
    assert filled.get(f"{PREFIX}x", view=ALL) is None
    assert filled.lidvids() == {record.lidvid for record in RECORDS}


def test_versions_arrive_in_any_order(catalogue: Catalogue) -> None:
    catalogue.add([named("p::1.1"), named("p::1.3")])
    catalogue.add([named("p::1.2"), named("q::1.0")])
    catalogue.add([named("p::1.10", site="x")])
    assert found(catalogue, c.All()) == ["p::1.10", "q::1.0"]
    catalogue.remove([f"{PREFIX}p::1.10", f"{PREFIX}p::9.9"])
    assert found(catalogue, c.All()) == ["p::1.3", "q::1.0"]


def test_record_added_again_replaces_what_was_there(catalogue: Catalogue) -> None:
    first = named("p::1.0", title="Before", place=Point(0, 0), keywords=("one",))
    catalogue.add([first, named("q::1.0")])
    (before,) = catalogue.filed(Lid.parse(f"{PREFIX}p"))
    catalogue.add([replace(first, title="After", place=Point(9, 9), keywords=("two",))])
    (after,) = catalogue.filed(Lid.parse(f"{PREFIX}p"))
    assert after == replace(before, title="After", place=Point(9, 9), keywords=("two",))
    assert found(catalogue, c.Words("before")) == []
    assert found(catalogue, c.Words("after")) == ["p::1.0"]
    assert found(catalogue, c.Meets(Circle(0, 0, 1))) == []
    assert found(catalogue, c.Compare("keywords", "=", "one")) == []
    assert found(catalogue, c.Compare("keywords", "=", "two")) == ["p::1.0"]
    assert catalogue.count(Question(versions="all"), view=ALL) == 2


def test_nothing_is_there_before_the_first_record(catalogue: Catalogue) -> None:
    assert not catalogue.is_there
    answer = catalogue.search(Question(counted=True), view=ALL)
    assert (answer.records, answer.after, answer.matched) == ((), "", 0)
    assert catalogue.filed(Lid.parse(f"{PREFIX}p")) == []
    assert catalogue.lidvids() == set()
    assert catalogue.remake() == 0
    assert catalogue.is_there
    assert catalogue.count(Question(), view=ALL) == 0


def test_catalogue_is_there_while_it_is_made_anew(catalogue: Catalogue) -> None:
    catalogue.add([named("p::1.0"), named("q::1.0")])
    told = []

    def records() -> Iterator[Record]:
        yield named("r::1.0")
        told.append(found(catalogue, c.All()))
        yield named("s::1.0")

    assert catalogue.remake(records()) == 2
    assert told == [["p::1.0", "q::1.0"]]
    assert found(catalogue, c.All()) == ["r::1.0", "s::1.0"]


def test_all_records_of_a_call_are_added_or_none(catalogue: Catalogue) -> None:
    catalogue.add([named("p::1.0")])

    def half() -> Iterator[Record]:
        yield named("q::1.0")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        catalogue.add(half())
    assert found(catalogue, c.All()) == ["p::1.0"]


# --- paging ---------------------------------------------------------------------------------------


def pages(catalogue: Catalogue, question: Question, view: View = ALL) -> Iterator[list[str]]:
    while True:
        answer = catalogue.search(question, view=view)
        yield names(answer.records)
        if not answer.after:
            return
        question = replace(question, after=answer.after)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
@pytest.mark.parametrize(
    "sort",
    [(), (("start_utc", "ascending"),), (("site", "descending"), ("pixel_m", "ascending")),
     (("pixel_m", "descending"), ("title", "descending")), (("lidvid", "descending"),),
     (("harvested_utc", "ascending"),), (("description", "ascending"), ("size", "descending"))],
)  # fmt: skip
def test_pages_together_are_the_whole_answer(filled: Catalogue, sort: Any, limit: int) -> None:
    whole = names(filled.search(Question(sort=sort, versions="all"), view=ALL).records)
    assert len(whole) == len(RECORDS)
    told = list(pages(filled, Question(sort=sort, versions="all", limit=limit)))
    assert [name for page in told for name in page] == whole
    assert all(len(page) == limit for page in told[:-1])
    assert told[-1]


@pytest.mark.parametrize("first", ["start_utc", "harvested_utc", "title"])
@pytest.mark.parametrize("way", ["ascending", "descending"])
def test_crowded_places_are_found_in_order_too(filled: Catalogue, first: str, way: str) -> None:
    """Where few of many are wanted, rows are gone through in order."""
    whole = Question(where=c.Meets(Circle(0, 0, 180)), versions="all", sort=((first, way),))
    told = names(filled.search(whole, view=ALL).records)
    assert len(told) == 6
    assert [n for page in pages(filled, replace(whole, limit=1)) for n in page] == told


def test_nothing_is_lost_or_doubled_while_others_file(catalogue: Catalogue) -> None:
    """Newer versions that sort elsewhere arrive between the pages, and new products."""
    years = [1960 + k for k in range(60)]
    catalogue.add([named(f"p{year}::1.0", start_utc=f"{year}") for year in years])
    told = []
    for k, page in enumerate(pages(catalogue, Question(limit=7))):
        told += page
        late = [named(f"p{years[-1 - k]}::1.{k + 1}", start_utc="1950"),
                named(f"p{years[k]}::1.{k + 1}", start_utc="2040"),
                named(f"new{k}::1.0", start_utc=f"{1990 + k}")]  # fmt: skip
        catalogue.add([replace(record, received_utc="2031-01-01") for record in late])
    assert told == [f"p{year}::1.0" for year in years]


def test_questions_are_answered_while_another_thread_files(catalogue: Catalogue) -> None:
    catalogue.add([named(f"p{k}::1.0", start_utc=f"{1970 + k}") for k in range(20)])
    wrong: list[Any] = []

    def file() -> None:
        for k in range(20):
            catalogue.add([named(f"q{k}-{n}::1.0", start_utc="2035") for n in range(10)])

    def ask() -> None:
        for _ in range(10):
            told = [n for page in pages(catalogue, Question(limit=6)) for n in page]
            if told[:20] != [f"p{k}::1.0" for k in range(20)] or len(set(told)) != len(told):
                wrong.append(told)
            if len(told) % 10:
                wrong.append(len(told))

    threads = [threading.Thread(target=task) for task in (file, ask, ask)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert catalogue.count(Question(), view=ALL) == 220


# --- rights ---------------------------------------------------------------------------------------

CNSA = Principal("li", "cnsa")
HELD = {"access": "owner", "partner": "cnsa"}


def fill_with_rights(catalogue: Catalogue, *, hidden: bool) -> None:
    records = [
        named("a::1.0", start_utc="2030", site="ridge", keywords=("k",)),
        replace(named("h::1.0", start_utc="2031", site="rim", keywords=("k",)), **HELD),
        replace(named("a::1.1", start_utc="2032", site="rim"), **HELD),
        named("b::1.0", start_utc="2033", site="ridge"),
        replace(named("later::1.0", start_utc="2030"), received_utc="2034-01-01"),
        named("gone::1.0", start_utc="2030", withdrawn_utc="2032-01-01"),
        replace(named("z::1.0", start_utc="2034", site="ridge"), **HELD),
    ]
    catalogue.add([r for r in records if hidden or r.access == "open"])


def test_view_shows_what_it_grants(catalogue: Catalogue) -> None:
    fill_with_rights(catalogue, hidden=True)
    anyone, owner = (view_of(who, instant_s=NOW_S) for who in (ANYONE, CNSA))
    assert found(catalogue, c.All(), anyone) == ["a::1.0", "b::1.0"]
    assert found(catalogue, c.All(), owner) == ["h::1.0", "a::1.1", "b::1.0", "z::1.0"]
    assert names(catalogue.versions(Lid.parse(f"{PREFIX}a"), view=anyone)) == ["a::1.0"]
    assert catalogue.get(f"{PREFIX}h", view=anyone) is None
    assert catalogue.count(Question(versions="all"), view=owner) == 5


def test_view_of_another_time_shows_what_was_seen_then(catalogue: Catalogue) -> None:
    fill_with_rights(catalogue, hidden=True)
    then = view_of(ANYONE, instant_s=1.9e9)  # 2030-03-17: before the withdrawal
    assert found(catalogue, c.All(), then) == ["a::1.0", "gone::1.0", "b::1.0"]
    assert found(catalogue, c.All(), view_of(ANYONE, instant_s=1.8e9)) == []
    late = view_of(ANYONE, instant_s=2.1e9)
    assert found(catalogue, c.All(), late) == ["a::1.0", "later::1.0", "b::1.0"]


def test_what_is_not_seen_leaves_no_trace(address: Any) -> None:
    view = view_of(ANYONE, instant_s=NOW_S)
    told = []
    for hidden in (True, False):
        catalogue = open_catalogue(address(), policy=read_policy())
        fill_with_rights(catalogue, hidden=hidden)
        questions = [Question(), Question(limit=1, counted=True), Question(versions="all", limit=1),
                     Question(where=c.Compare("site", "=", "rim"), counted=True),
                     Question(where=c.Words("k"), sort=(("harvested_utc", "descending"),)),
                     Question(where=c.Not(c.IsNull("keywords")), counted=True)]  # fmt: skip
        told.append([
            [catalogue.search(question, view=view) for question in questions],
            catalogue.facets(("site", "keywords"), question=Question(), view=view),
        ])  # fmt: skip
        catalogue.close()
    assert told[0] == told[1]


def test_another_policy_judges_all_anew(address: Any) -> None:
    url, nobody = address(), Policy(rules=())
    catalogue = open_catalogue(url, policy=read_policy())
    fill_with_rights(catalogue, hidden=True)
    view = view_of(ANYONE, instant_s=NOW_S)
    assert catalogue.count(Question(), view=view) == 2
    catalogue.close()
    closed = open_catalogue(url, policy=nobody)
    assert closed.count(Question(), view=view) == 0
    closed.close()
    again = open_catalogue(url, policy=read_policy())
    assert again.count(Question(), view=view) == 2
    again.close()


@quiet
@given(st.integers(0, 3), st.floats(1.8e9, 2.2e9))
def test_view_is_that_of_the_rights(filled: Catalogue, who: int, instant_s: float) -> None:
    principal = [
        ANYONE,
        CNSA,
        Principal("x", "roscosmos"),
        Principal("y", "cnsa", frozenset({"curator"})),
    ][who]
    view = view_of(principal, instant_s=instant_s)
    policy = read_policy()
    told = {r.lidvid for r in RECORDS if view.shows(*rights_key(r, policy))}
    told &= {r.lidvid for r in RECORDS if instant_s >= 1893456000}  # received 2030-01-01
    seen = filled.search(Question(versions="all"), view=view).records
    assert {record.lidvid for record in seen} == told


# --- labels that may not be seen ------------------------------------------------------------------

# Of every other record anyone may know, and nobody see the label.
GUARDED = [replace(record, access="open" if k % 2 else "guarded")
           for k, record in enumerate(RECORDS)]  # fmt: skip


@pytest.fixture(scope="module")
def guarded(address: Any) -> Iterator[Catalogue]:
    rule = Rule(name="known of", of=Selector(accesses=("guarded",)),
                grants=(Grant("anyone", frozenset({Verb.KNOW})),))  # fmt: skip
    catalogue = open_catalogue(address(), policy=Policy(rules=(rule, *read_policy().rules)))
    catalogue.add(GUARDED)
    yield catalogue
    catalogue.close()


def as_anyone_sees(catalogue: Catalogue) -> list[Record]:
    every = catalogue.search(Question(versions="all"), view=ALL).records
    return [record.without_label() if record.access == "guarded" else record for record in every]


@quiet
@given(trees)
def test_nothing_is_found_by_a_label_that_may_not_be_seen(
    guarded: Catalogue, condition: Any
) -> None:
    question = Question(where=condition, versions="all", counted=True)
    answer = guarded.search(question, view=view_of(ANYONE, instant_s=NOW_S))
    told = {r.lidvid for r in as_anyone_sees(guarded) if holds(condition, r) is True}
    assert {record.lidvid for record in answer.records} == told
    assert answer.matched == len(told)


def test_records_come_without_labels_that_may_not_be_seen(guarded: Catalogue) -> None:
    view, shown = view_of(ANYONE, instant_s=NOW_S), as_anyone_sees(guarded)
    assert shown != list(guarded.search(Question(versions="all"), view=ALL).records)
    assert list(guarded.every(Question(versions="all", limit=2), view=view)) == shown
    assert [guarded.get(record.lidvid, view=view) for record in shown] == shown


@pytest.mark.parametrize(
    "language", ["a':*A | 'dusty':* & !'z", "a':*A | 'survey':* & !'z", 'heat"*) label : ("zh']
)
def test_language_asked_for_says_nothing_of_labels(guarded: Catalogue, language: str) -> None:
    view = view_of(ANYONE, instant_s=NOW_S)
    for text in ("x", "月球"):
        assert found(guarded, c.Words(text, language), view, versions="all") == []


@pytest.mark.parametrize("field", ["description", "size", "errors", "keywords", "media_types"])
def test_nothing_is_counted_or_sorted_by_a_label_that_may_not_be_seen(
    guarded: Catalogue, field: str
) -> None:
    view, shown = view_of(ANYONE, instant_s=NOW_S), as_anyone_sees(guarded)
    values = [value_of(field, record) for record in shown]
    each = [one for value in values for one in (value if isinstance(value, tuple) else [value])]
    told = guarded.facets((field,), question=Question(versions="all"), view=view)[field]
    assert dict(told) == Counter(value for value in each if value is not None)
    if c.FIELDS[field] == "list":
        return
    ranks = {
        r.lidvid: (v is not None, v or 0, LidVid.parse(r.lidvid))
        for r, v in zip(shown, values, strict=True)
    }
    question = Question(sort=((field, "ascending"),), versions="all", limit=3)
    found = [name for page in pages(guarded, question, view) for name in page]
    assert found == names(sorted(shown, key=lambda record: ranks[record.lidvid]))


# --- facets ---------------------------------------------------------------------------------------


@quiet
@given(trees, st.sampled_from(["newest", "all"]))
def test_facets_count_what_is_found(filled: Catalogue, condition: Any, versions: str) -> None:
    question = Question(where=condition, versions=versions)
    asked = ("site", "keywords", "publication_year", "collection", "languages", "warnings")
    told = {}
    records = filled.search(question, view=ALL).records
    for name in asked:
        counts: dict[Any, int] = {}
        for record in records:
            value = value_of(name, record)
            for one in value if isinstance(value, tuple) else (value,):
                if one is not None:
                    counts[one] = counts.get(one, 0) + 1
        told[name] = sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
    assert filled.facets(asked, question=question, view=ALL) == told


def test_facets_follow_what_is_filed(catalogue: Catalogue) -> None:
    def sites() -> Any:
        return catalogue.facets(("site",), question=Question(), view=ALL)["site"]

    assert sites() == []
    catalogue.add([named("a::1.0", site="ridge"), named("b::1.0", site="rim")])
    assert sites() == [("ridge", 1), ("rim", 1)]
    catalogue.add([named("c::1.0", site="rim")])
    assert sites() == [("rim", 2), ("ridge", 1)]
    catalogue.add([named("a::1.1", site="basin")])
    assert sites() == [("rim", 2), ("basin", 1)]
    catalogue.add([named("c::1.0", site="")])
    assert sites() == [("basin", 1), ("rim", 1)]
    catalogue.remove([f"{PREFIX}a::1.1"])
    assert sites() == [("ridge", 1), ("rim", 1)]


# --- addresses ------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", [ALL, view_of(ANYONE, instant_s=NOW_S)])
def test_spans_are_those_of_the_products_that_are_seen(filled: Catalogue, view: View) -> None:
    kept: dict[str, list[Record]] = {}
    for record in filled.every(Question(), view=view):
        kept.setdefault(":".join(record.lidvid.partition("::")[0].split(":")[:5]), []).append(
            record
        )
    told = spans(filled, view=view)
    assert sorted(told) == sorted(kept)
    for name, records in kept.items():
        starts = [microseconds(r.start_utc) if r.start_utc else None for r in records]
        stops = [us for r in records if r.stop_utc and (us := microseconds(r.stop_utc)) is not None]
        first = "" if None in starts else instant_text(min(us for us in starts if us is not None))
        assert told[name] == (first, instant_text(max(stops)) if stops else "")


@pytest.mark.parametrize(
    "address", ["mysql://root:secret@host/name", "mysql://host/name?password=secret",
                "postgresql:/root:secret@host/name", "Postgresql://root:secret@host/name"],
)  # fmt: skip
def test_catalogue_refused_when_its_address_is_of_another_kind(address: str) -> None:
    with pytest.raises(IlrsError) as caught:
        open_catalogue(address, policy=Policy(rules=()))
    assert str(caught.value) == (
        f"the catalogue '{address.partition(':')[0]}:…' cannot be opened; a catalogue is a file "
        "(sqlite:///path) or a database (postgresql://user@host/name). Correct the address."
    )


def test_file_that_is_no_catalogue_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite3"
    path.write_text("This is a text and no database. " * 100)
    with pytest.raises(IlrsError) as caught:
        open_catalogue(path, policy=Policy(rules=()))
    assert str(caught.value) == (
        f"the catalogue {path} cannot be read: file is not a database; it holds nothing that the "
        "archive does not hold too. Delete that file; it is made anew from the archive."
    )


def test_lidvids_name_what_they_say(filled: Catalogue) -> None:
    assert all(str(LidVid.parse(text)) == text for text in filled.lidvids())
