"""The catalogue site: search and product pages in three languages, and their twins in JSON."""

import json
from importlib.resources import files

import pytest
from lxml import html

from ilrs.web.site_words import LANGUAGES
from tests.web.conftest import Ask
from tests.web.service_for_tests import RECORDS

RUN = "urn:ilrs:jdc:station:run"


def titles(ask: Ask, query: str = "") -> list[str]:
    page = html.fromstring(ask(f"/data?{query}").text)
    return [str(text) for text in page.xpath("//ul[@class='hits']//h3/a/text()")]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("text=corrected", ["Power, corrected"]),
        ("latitude_deg=-90&radius_km=50", ["Title of cap"]),
        ("latitude_deg=0&longitude_deg=30&radius_km=1", ['Quote " <b>& comma, semicolon']),
        ("latitude_deg=-55&longitude_deg=179&radius_km=10", ["Title of heat"]),
        ("from=2034-01-01&to=2034-12-31", ["Title of heat"]),
        ("mission=LRO", ["Title of cap"]),
        ("partner=nobody", []),
        ("sun_above_deg=1&versions=all", ["Title of power"]),
    ],
)
def test_search_finds(ask: Ask, query: str, found: list[str]) -> None:
    assert titles(ask, query) == found
    twin = ask(f"/api/products?{query}").json()
    assert [r["title"] for r in twin["data"]] == found
    assert twin["meta"]["total"] == len(found)


def test_pages_lead_to_the_next(ask: Ask) -> None:
    seen, href = [], "/data?limit=2&lang=en"
    while href:
        page = html.fromstring(ask(href).text)
        seen += page.xpath("//ul[@class='hits']//h3/a/@href")
        href = next(iter(page.xpath("//a[@rel='next']/@href")), "")
    assert len(seen) == len(set(seen)) == 5


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_a_product_has_a_page_in_each_language(ask: Ask, language: str) -> None:
    page = html.fromstring(ask(f"/data/{RUN}:power::1.0?lang={language}").text)
    expected = {"en": "Title of power", "zh": "功率", "ru": "Мощность"}[language]
    assert page.xpath("//h1/text()") == [expected]
    assert page.get("lang") == language
    text = page.text_content()
    assert RECORDS[0].lidvid in text and "Free use." in text
    assert page.xpath("//svg[@class='map']") and page.xpath("//svg[@class='curves']")
    twin = page.xpath("//link[@rel='alternate']/@href")[0]
    assert ask(twin).json()["data"]["lidvid"] == RECORDS[0].lidvid


def test_languages_have_the_same_words() -> None:
    texts = {code: json.loads((files("ilrs.web") / f"catalogues/{code}.json").read_text("utf-8"))
             for code in LANGUAGES}  # fmt: skip
    keys = {code: list(text) for code, text in texts.items()}
    assert keys["en"] == keys["zh"] == keys["ru"]
    for key in keys["en"]:
        marks = {code: sorted(part.split("}")[0] for part in text[key].split("{")[1:])
                 for code, text in texts.items()}  # fmt: skip
        assert marks["en"] == marks["zh"] == marks["ru"], key


def test_the_browsers_language_is_taken(ask: Ask) -> None:
    page = ask("/data", headers={"Accept-Language": "de-DE,zh-CN;q=0.8"})
    assert html.fromstring(page.text).get("lang") == "zh"


def test_what_a_product_says_of_itself_is_text(ask: Ask) -> None:
    """A title of markup stands as text: no element comes of it."""
    page = ask("/data?mission=ILRS")
    assert "<b>" not in page.text and "&lt;b&gt;" in page.text
    assert "script" not in page.headers["content-security-policy"]


def test_what_is_not_open_is_nowhere(ask: Ask) -> None:
    for path in (
        "/data",
        "/api/products",
        "/data?partner=cnsa",
        "/stac/collections",
        "/pds/products",
    ):
        assert "ecret" not in ask(path).text and "SECRET" not in ask(path).text
    assert ask(f"/data/{RUN}:secret::1.0").status_code == 404
    owner = {"Authorization": "Bearer cnsa"}
    assert "Secret heat" in ask(f"/data/{RUN}:secret::1.0", headers=owner).text


def test_interfaces_are_listed(ask: Ask) -> None:
    page = html.fromstring(ask("/api?lang=en").text)
    for href in page.xpath("//dd/a/@href"):
        assert ask(href).status_code == 200, href


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/data?latitude_deg=91&longitude_deg=0&radius_km=1", 400, None),
        ("/data?latitude_deg=-80&radius_km=1", 400, "a place is given by latitude_deg, radius_km "
         "alone; a place has longitude_deg, latitude_deg and radius_km. Give all three."),
        ("/data?sort=size", 400, "sort is 'size'; possible are start_utc, -start_utc, title, "
         "-received_utc, lidvid. Correct sort."),
        ("/data?limit=2000", 400, "limit is '2000'; possible is a whole number from 0 to 1000. "
         "Correct limit."),
        ("/data?from=yesterday", 400, None),
        ("/data/nothing", 404, "there is no product nothing; /data searches what there is. Correct "
         "the identifier or search for it."),
    ],
)  # fmt: skip
def test_errors_say_what_is_possible(ask: Ask, path: str, status: int, message: str | None) -> None:
    response = ask(path)
    assert response.status_code == status
    if message is not None:
        assert response.json()["description"] == message
