"""The same question through any interface gives the same set; nobody learns of what is hidden."""

import csv
import io
from dataclasses import replace
from urllib.parse import unquote

import pytest

from ilrs.datacentre.record import FileEntry, Text
from ilrs.datacentre.rights import Grant, Policy, RightsStatement, Rule, Selector, Verb
from ilrs.web.service import Service
from tests.web.conftest import Ask, client_of
from tests.web.service_for_tests import RECORDS, service

QUESTIONS = [
    # STAC, ADQL, PDS, site: of products whose newest version is the only one that fits
    ("mission='LRO'", "instrument_host_name = 'LRO'",
     'pds:Investigation_Area.pds:name eq "LRO"', "mission=LRO"),
    ("\"ilrs:partner\"='roscosmos'", "publisher = 'roscosmos'", 'ilrs:partner eq "roscosmos"',
     "partner=roscosmos"),
    ("title LIKE 'Title of t%'", None, 'title like "Title of t*"', None),
    ("S_INTERSECTS(geometry,POINT(0 -90))", "1=INTERSECTS(s_region,POINT(0,-90))", None,
     "latitude_deg=-90&longitude_deg=0&radius_km=0"),
    ("S_INTERSECTS(geometry,BBOX(-180,-90,180,90))", "s_region IS NOT NULL", None,
     "bbox=-180,-90,180,90"),
    ("start_datetime < TIMESTAMP('2034-12-31T00:00:00Z')", "time_min < 2464327.5",
     'pds:Time_Coordinates.pds:start_date_time lt "2034-12-31T00:00:00Z"', None),
]  # fmt: skip
WITHOUT_OLD = tuple(r for r in RECORDS if not r.lidvid.endswith("power::1.0"))


@pytest.fixture(scope="module")
def newest(tmp_path_factory: pytest.TempPathFactory) -> Ask:
    return client_of(service(WITHOUT_OLD), tmp_path_factory.mktemp("runs"))


@pytest.mark.parametrize(("cql", "adql", "pds", "site"), QUESTIONS)
def test_every_interface_finds_the_same(
    newest: Ask, cql: str, adql: str | None, pds: str | None, site: str | None
) -> None:
    found = {f["id"] for f in newest("/stac/search", params={"filter": cql}).json()["features"]}
    assert found and len(found) < len(WITHOUT_OLD)
    if adql is not None:
        query = f"SELECT granule_uid FROM ilrs.epn_core WHERE {adql}"
        text = newest("/tap/sync", params={"QUERY": query, "FORMAT": "csv"}).text
        assert {row[0] for row in list(csv.reader(io.StringIO(text)))[1:]} == found
    if pds is not None:
        data = newest("/pds/products", params={"q": f"({pds})"}).json()["data"]
        assert {product["id"] for product in data} == found
    if site is not None:
        data = newest(f"/api/products?{site}").json()["data"]
        assert {record["lidvid"] for record in data} == found


PATHS = (
    "/data",
    "/data?limit=1",
    "/api/products",
    "/api/products?limit=2",
    "/api/products?text=secret",
    "/stac",
    "/stac/collections",
    "/stac/search",
    "/stac/search?limit=2",
    "/stac/search?sortby=-updated",
    "/stac/collections/urn:ilrs:jdc:station:run",
    "/stac/search?filter=mission='SECRET-1'",
    "/pds/products",
    "/pds/classes/contexts",
    "/pds/products?facet-fields=pds:Investigation_Area.pds:name",
    "/pds/products/urn:ilrs:jdc:station:run:secret",
    "/tap/sync?QUERY=SELECT * FROM epn_core",
    "/tap/sync?QUERY=SELECT COUNT(*) FROM epn_core",
    "/data/urn:ilrs:jdc:station:run:secret::1.0",
    "/files/urn:ilrs:jdc:station:run:secret::1.0/data.csv",
    "/tap/tables",
    "/api/health",
)


def _without_secret() -> Service:
    return service(tuple(r for r in RECORDS if r.access == "open"))


@pytest.mark.parametrize("path", PATHS)
def test_anonymous_answers_are_the_same_bytes_with_and_without_hidden_products(
    ask: Ask, tmp_path_factory: pytest.TempPathFactory, path: str
) -> None:
    without = client_of(_without_secret(), tmp_path_factory.mktemp("runs"))
    mine, theirs = ask(path), without(path)
    assert mine.status_code == theirs.status_code
    assert mine.content == theirs.content
    assert dict(mine.headers) == dict(theirs.headers)
    owner = ask(path, headers={"Authorization": "Bearer esa"})
    assert owner.content == theirs.content  # a partner's reader sees no more of another's


# What a label says; each of these names "hush".
LABEL_SAYS = {
    "description": "hush", "keywords": ("hush",), "sources": ("urn:ilrs:jdc:station:hush::1.0",),
    "command": "ilrs run hush", "texts": (Text("ru", "hush", "hush"),),
    "files": (FileEntry(name="hush.csv", size=1),
              FileEntry(name="hush.png", size=1, role="browse")),
}  # fmt: skip
GUARDED = replace(RECORDS[0], access="guarded", **LABEL_SAYS)  # type: ignore[arg-type]
NAME = GUARDED.lidvid


@pytest.mark.parametrize(
    "path",
    ["/data", "/api/products", "/stac/search", "/pds/products", f"/data/{NAME}",
     f"/api/products/{NAME}", f"/stac/collections/urn:ilrs:jdc:station:run/items/{NAME}",
     f"/pds/products/{NAME}", "/tap/sync?QUERY=SELECT * FROM epn_core&FORMAT=csv",
     "/pds/products?limit=1&sort=pds:Citation_Information.pds:description"],
)  # fmt: skip
def test_no_interface_tells_what_a_label_says_that_may_not_be_seen(
    tmp_path_factory: pytest.TempPathFactory, path: str
) -> None:
    rule = Rule(name="known of", of=Selector(accesses=("guarded",)),
                grants=(Grant("anyone", frozenset({Verb.KNOW})),))  # fmt: skip
    told, other = list[str](), replace(RECORDS[2], description="later")
    for record in (GUARDED, replace(GUARDED, access="open")):
        rules = (rule, Rule(name="open", of=Selector(), grants=(Grant("anyone", frozenset(Verb)),)))
        ask = client_of(service((record, other), policy=Policy(rules=rules)),
                        tmp_path_factory.mktemp("runs"))  # fmt: skip
        told.append(ask(path).text)
    assert NAME in told[0]
    assert "hush" not in told[0]
    assert "hush" in told[1]


def test_what_a_rule_says_of_a_product_is_told_by_every_interface_that_tells_rights(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    rule = Rule(
        name="r", grants=None, embargo=None, attribution="CNSA/GRAS",
        statements=(RightsStatement("CNSA", "zh", "需注明来源"),),
    )  # fmt: skip
    ask = client_of(service(RECORDS[:1], policy=Policy(rules=(rule,))),
                    tmp_path_factory.mktemp("runs"))  # fmt: skip
    name = RECORDS[0].lidvid
    stated = [{"issuer": "cnsa", "language": "en", "text": "Free use."},
              {"issuer": "CNSA", "language": "zh", "text": "需注明来源"}]  # fmt: skip
    item = ask(f"/stac/collections/urn:ilrs:jdc:station:run/items/{name}").json()
    (found,) = ask("/stac/search?limit=1").json()["features"]
    for told in (item["properties"], found["properties"]):
        assert (told["ilrs:rights"], told["ilrs:attribution"]) == (stated, "CNSA/GRAS")
    one = ask(f"/api/products/{name}").json()["data"]
    (listed,) = ask("/api/products").json()["data"]
    for told in (one, listed):
        assert (told["statements"], told["attribution"]) == (stated, "CNSA/GRAS")
    page = ask(f"/data/{name}").text
    assert all(text in page for text in ("Free use.", "需注明来源", "CNSA/GRAS"))
    headers = ask(f"/files/{name}/data.csv").headers
    assert unquote(headers["x-rights"]) == "cnsa: Free use.; CNSA: 需注明来源"
    assert headers["x-attribution"] == "CNSA/GRAS"
