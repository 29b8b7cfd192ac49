"""STAC API and OGC API - Features: what is found, paging, errors, and what nobody may see."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from pystac.validation import validate_dict

from ilrs.web.stac_item import CRS_URI
from tests.web.conftest import Ask
from tests.web.service_for_tests import RECORDS

RUN = "urn:ilrs:jdc:station:run"
OPEN = {r.lidvid for r in RECORDS if r.access == "open"} - {f"{RUN}:power::1.0"}


def ids(ask: Ask, path: str, **options: Any) -> list[str]:
    response = ask(path, **options)
    assert response.status_code == 200, response.text
    return [feature["id"].removeprefix(f"{RUN}:") for feature in response.json()["features"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("bbox=170,-70,-170,-40", ["heat::1.0"]),
        ("bbox=170,-70,-100,-170,-40,100", ["heat::1.0"]),
        ("bbox=-180,-90,180,-89", ["cap::1.0", "power::1.1", "track::1.0"]),
        ("datetime=2034-06-01T00:00:00Z", ["heat::1.0"]),
        ("datetime=2034-06-01T08:00:00%2B08:00", ["heat::1.0"]),
        ("datetime=../2034-12-31T00:00:00Z", ["heat::1.0"]),
        ("ids=urn:ilrs:jdc:station:run:power::1.0", ["power::1.0"]),
        ("ids=urn:ilrs:jdc:station:run:power", ["power::1.1"]),
        ("ids=nonsense", []),
        ("collections=urn:ilrs:jdc:other:run", []),
        ("q=corrected", ["power::1.1"]),
        ("filter=S_INTERSECTS(geometry,POINT(0 -90))", ["cap::1.0"]),
        ("filter=mission='LRO'", ["cap::1.0"]),
        ("intersects={\"type\":\"Point\",\"coordinates\":[30,0]}", ["point::1.0"]),
        ("sortby=-title&limit=1", ["track::1.0"]),
    ],
)  # fmt: skip
def test_get_finds(ask: Ask, query: str, found: list[str]) -> None:
    if found == ["cap::1.0", "power::1.1", "track::1.0"]:
        found = ["cap::1.0"]  # the others lie north of 89 S, or have no place
    assert ids(ask, f"/stac/search?{query}") == found


def test_post_finds_as_get_does(ask: Ask) -> None:
    body = {"bbox": [170, -70, -170, -40], "filter": {"op": "=", "args": [
        {"property": "ilrs:partner"}, "roscosmos"]}, "sortby": [{"field": "datetime",
        "direction": "desc"}], "limit": 5}  # fmt: skip
    assert ids(ask, "/stac/search", method="POST", json=body) == ["heat::1.0"]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_pages_give_every_product_once(ask: Ask, method: str) -> None:
    path: str = "/stac/search?limit=2"
    options: dict[str, Any] = {}
    if method == "POST":
        path, options = "/stac/search", {"method": "POST", "json": {"limit": 2}}
    seen: list[str] = []
    while path:
        page = ask(path, **options).json()
        seen += [feature["id"] for feature in page["features"]]
        following = [link for link in page["links"] if link["rel"] == "next"]
        assert page["numberMatched"] == len(OPEN)
        path = following[0]["href"] if following else ""
        if following and method == "POST":
            options = {"method": "POST", "json": following[0]["body"]}
    assert len(seen) == len(set(seen)) and set(seen) == OPEN


def test_items_are_valid_by_pystacs_schemas(ask: Ask) -> None:
    """pystac carries STAC 1.1's own schemas; those of extensions are not on this machine."""
    for feature in ask("/stac/search").json()["features"]:
        assert validate_dict({**feature, "stac_extensions": []})
    for made in ask("/stac/collections").json()["collections"]:
        assert validate_dict(made)
    assert validate_dict(ask("/stac").json())


def test_items_are_valid_by_stac_valid(ask: Ask) -> None:
    """The same schemas, read by a validator that others wrote, and without a network."""
    module: Any = pytest.importorskip("stac_validator.validate", reason="stac-valid is not here")
    folder = files("pystac.validation") / "jsonschemas"
    paths = sorted(Path(str(folder)).rglob("*.json"))
    # By folder and name: the id of common.json lacks its dot.
    ids_of = {path: json.loads(path.read_text())["$id"] for path in paths}
    local = {f"{id_.rpartition('/')[0]}/{path.name}": str(path) for path, id_ in ids_of.items()}
    found = [
        {**feature, "stac_extensions": []} for feature in ask("/stac/search").json()["features"]
    ]
    found += ask("/stac/collections").json()["collections"]
    for made in [*found, ask("/stac").json()]:
        judge = module.StacValidate(core=True, schema_map=local)
        assert judge.validate_dict(made), judge.message[0]["error_message"]
    broken = {key: value for key, value in found[0].items() if key != "geometry"}
    assert not module.StacValidate(core=True, schema_map=local).validate_dict(broken)


def test_an_item_says_what_its_record_says(ask: Ask) -> None:
    found = ask(f"/stac/collections/{RUN}/items/{RUN}:power::1.0").json()
    record, told = RECORDS[0], found["properties"]
    assert (told["view:sun_elevation"], told["gsd"]) == (record.sun_elevation_deg, record.pixel_m)
    assert told["ilrs:texts"]["zh"]["title"] == "功率"
    assert told["proj:code"] == "IAU_2015:30100" and told["ssys:targets"] == ["Moon"]
    data = found["assets"]["data.csv"]
    assert data["href"] == f"http://moon/files/{record.lidvid}/data.csv"
    assert data["file:checksum"] == "1220" + record.files[1].sha256


def test_the_lunar_crs_has_latitude_first(ask: Ask) -> None:
    usual = ask(f"/stac/collections/{RUN}/items/{RUN}:point::1.0")
    assert usual.json()["geometry"]["coordinates"] == [30.0, 0.0]
    asked = ask(f"/stac/collections/{RUN}/items/{RUN}:point::1.0?crs={CRS_URI}")
    assert asked.json()["geometry"]["coordinates"] == [0.0, 30.0]
    assert asked.headers["content-crs"] == f"<{CRS_URI}>"
    items = f"/stac/collections/{RUN}/items?crs={CRS_URI}&bbox-crs={CRS_URI}"
    assert ids(ask, f"{items}&bbox=-70,170,-40,-170") == ["heat::1.0"]


def test_fields_choose_properties(ask: Ask) -> None:
    page = ask("/stac/search?fields=title,-assets&limit=1").json()
    assert set(page["features"][0]["properties"]) == {"datetime", "title"}
    assert "assets" not in page["features"][0]


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("search?bbox=1,2,3", 400, "bbox is '1,2,3'; possible are 4 or 6 finite numbers. Correct "
         "bbox."),
        ("search?bbox=nan,0,1,1", 400, "bbox is 'nan,0,1,1'; possible are 4 or 6 finite numbers. "
         "Correct bbox."),
        ("search?limit=0", 400, "limit is '0'; possible is a whole number from 1 to 1000000000. "
         "Correct limit."),
        ("search?datetime=2034-06-01", 400, "datetime has the instant '2034-06-01'; an instant is "
         "as in RFC 3339, such as 2030-01-01T00:00:00Z. Correct datetime."),
        ("search?token=abc", 400, "the cursor cannot be read; a cursor is taken as it stands from "
         "an answer to the same question. Ask the question anew, without a cursor."),
        ("search?colections=x", 400, "/stac/search has no parameter 'colections'; possible: bbox, "
         "intersects, datetime, ids, collections, limit, token, sortby, fields, q, filter, "
         "filter-lang, filter-crs. Did you mean 'collections'?"),
        ("search?sortby=keywords", 400, None),
        ("search?bbox=0,0,1,1&intersects={}", 400, "bbox and intersects are both given; one place "
         "can be asked for. Leave one out."),
        ("collections/urn:ilrs:jdc:nothing:here", 404, "there is no collection "
         "urn:ilrs:jdc:nothing:here; /stac/collections lists what there is. Correct the "
         "identifier."),
        (f"collections/{RUN}/items/{RUN}:secret::1.0", 404, f"there is no item {RUN}:secret::1.0 "
         f"in {RUN}; the collection's items are listed at …/items. Correct the identifier or "
         "search for it."),
        ("nowhere", 404, "/stac/nowhere could not be served; / leads to all there is, /api lists "
         "the interfaces. Correct the address."),
    ],
)  # fmt: skip
def test_errors_say_what_is_possible(ask: Ask, path: str, status: int, message: str | None) -> None:
    response = ask(f"/stac/{path}")
    assert response.status_code == status
    if message is not None:
        assert response.json()["description"] == message
    assert response.json()["code"] == str(status)


def test_a_body_must_be_small_json(ask: Ask) -> None:
    too_large = ask("/stac/search", method="POST", content=b"[" + b" " * 1_100_000)
    assert (too_large.status_code, too_large.json()["error"]["asked"]) == (
        413, "a body of more than 1 MB")  # fmt: skip
    for content in (b"{", b"[]", b"1"):
        assert ask("/stac/search", method="POST", content=content).status_code == 400
    deep = json.dumps({"intersects": {"type": "Point", "coordinates": [1, 2]}})
    nested = deep.replace("[1, 2]", "[" * 5000 + "]" * 5000)
    assert ask("/stac/search", method="POST", content=nested.encode()).status_code == 400
