"""The PDS Search API: queries, paging by harvest time, facets, members, context products."""

from pathlib import Path

import pytest

from tests.web.conftest import Ask, client_of
from tests.web.service_for_tests import RECORDS, record, service

RUN = "urn:ilrs:jdc:station:run"
START = "pds:Time_Coordinates.pds:start_date_time"
HARVEST = "ops:Harvest_Info.ops:harvest_date_time"
NEWEST = [r.lidvid for r in RECORDS if r.access == "open" and not r.lidvid.endswith("power::1.0")]


def ids(ask: Ask, path: str, **params: object) -> list[str]:
    response = ask(f"/pds/{path}", params=params)
    assert response.status_code == 200, response.text
    return [product["id"] for product in response.json()["data"]]


def test_products_come_by_the_time_of_harvest(ask: Ask) -> None:
    assert ids(ask, "products") == NEWEST
    assert ids(ask, "products", sort=f"-{HARVEST}") == NEWEST[::-1]


def test_pages_by_harvest_time_give_every_product_once(ask: Ask) -> None:
    seen: list[str] = []
    params: dict[str, object] = {"sort": HARVEST, "limit": 2}
    while True:
        page = ask("/pds/products", params=params).json()
        if not page["data"]:
            break
        seen += [product["id"] for product in page["data"]]
        params["search-after"] = page["data"][-1]["properties"][HARVEST][0]
        assert page["summary"]["hits"] == len(NEWEST)
    assert seen == NEWEST


@pytest.mark.parametrize("way", ["", "-"])
@pytest.mark.parametrize("name", ["ilrs:site", "ilrs:pixel_m", START, "title"])
def test_pages_by_what_some_products_lack_give_every_product_once(
    tmp_path: Path, name: str, way: str
) -> None:
    bare = tuple(record(f"bare{k}", 20 + k, site="", start_utc="", stop_utc="", pixel_m=None)
                 for k in range(4))  # fmt: skip
    ask = client_of(service((*RECORDS, *bare)), tmp_path)
    seen, after = list[str](), list[str]()
    while True:
        page = ask("/pds/products", params={"limit": 3, "sort": [f"{way}{name}", "lidvid"],
                                            "search-after": after}).json()  # fmt: skip
        seen += [product["id"] for product in page["data"]]
        after = page["summary"].get("search_after", [])
        if not after:
            break
    assert sorted(seen) == sorted([*NEWEST, *(r.lidvid for r in bare)])


def test_members_and_parents(ask: Ask) -> None:
    assert ids(ask, f"products/{RUN}:power::1.0/all", sort="lidvid") == [
        f"{RUN}:power::1.0", f"{RUN}:power::1.1"]  # fmt: skip
    assert ids(ask, f"products/{RUN}:power/member-of") == []
    assert ask(f"/pds/products/{RUN}:power/latest").json()["id"] == f"{RUN}:power::1.1"


def test_a_collection_tells_its_members_and_a_bundle_those_of_its_collections(
    tmp_path: Path,
) -> None:
    lists = tuple(
        record(name, number, lidvid=f"{lid}::1.0", product_class=kind)
        for name, number, lid, kind in (("run", 20, RUN, "Product_Collection"),
                                        ("station", 21, RUN.rpartition(":")[0], "Product_Bundle"))
    )  # fmt: skip
    ask = client_of(service((*RECORDS, *lists)), tmp_path)
    assert ids(ask, f"products/{RUN}/members") == NEWEST
    assert ids(ask, f"products/{RUN.rpartition(':')[0]}/members") == [f"{RUN}::1.0"]
    assert ids(ask, f"products/{RUN.rpartition(':')[0]}/members/members") == NEWEST
    assert ids(ask, f"products/{RUN}:power/member-of") == [f"{RUN}::1.0"]


def test_a_token_that_is_none_is_told_of(ask: Ask) -> None:
    for path in ("products", f"products/{RUN}:power"):
        response = ask(f"/pds/{path}", headers={"Authorization": "Bearer guess"})
        assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")


def test_facets_count_what_matches(ask: Ask) -> None:
    asked = {"facet-fields": "pds:Investigation_Area.pds:name", "q": '(lid like "*:*")'}
    (told,) = ask("/pds/products", params=asked).json()["summary"]["facets"]
    assert told["counts"] == {"ILRS": 4, "LRO": 1}


def test_targets_are_found_as_context_products(ask: Ask) -> None:
    q = '((product_class eq "Product_Context") and (pds:Identification_Area.pds:title eq "Moon"))'
    assert ids(ask, "products", q=q) == [
        "urn:nasa:pds:context:target:satellite.earth.moon::1.0"]  # fmt: skip
    listed = ids(ask, "classes/contexts")
    assert "urn:nasa:pds:context:investigation:mission.ilrs::1.0" in listed
    assert not [name for name in listed if "secret" in name or "hidden" in name]


def test_fields_choose_properties(ask: Ask) -> None:
    params = {"q": f'lid eq "{RUN}:cap"', "fields": "title"}
    (product,) = ask("/pds/products", params=params).json()["data"]
    assert product["properties"] == {"title": ["Title of cap"]}


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("products?q=nope eq 1", 400, None),
        ("products?search-after=x", 400, None),
        ("products?sort=keywords", 400, None),
        ("products?limit=10001", 400, "limit is '10001'; possible is a whole number from 0 to "
         "10000. Correct limit."),
        ("products?search-after=a&search-after=b&sort=title", 400, "search-after has 2 values and "
         "sort 1; each property of sort has one. Give as many."),
        (f"products/{RUN}:secret", 404, f"there is no product {RUN}:secret; the products are "
         "listed at /pds/products. Correct the identifier or search for it."),
        ("products/..%2f..%2fetc", 404, None),
        ("classes/bundels", 404, "there is no class 'bundels'; possible are bundles, collections, "
         "observationals, documents, browse, ancillaries, contexts. Did you mean 'bundles'?"),
    ],
)  # fmt: skip
def test_errors_say_what_is_possible(ask: Ask, path: str, status: int, message: str | None) -> None:
    response = ask(f"/pds/{path}")
    assert response.status_code == status, response.text
    if message is not None:
        assert response.json()["description"] == message
