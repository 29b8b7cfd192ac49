import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.study.book import render
from ilrs.study.book_words import LANGUAGES, asset, catalogue
from tests.study.synthetic_run import HOSTILE, synthetic_run

VOID = {"meta", "link", "input", "br", "line", "rect", "path", "circle", "ellipse", "image"}
LOADING = {"src", "srcset", "poster", "data", "action", "formaction", "background", "xlink:href"}


class Page(HTMLParser):
    """Elements with their attributes and texts; notes every tag that closes out of turn."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.open, self.wrong, self.texts = [], [], [], []
        self.feed(html)

    def handle_starttag(self, name, attributes):
        self.elements.append((name, dict(attributes)))
        if name not in VOID:
            self.open.append(name)

    def handle_startendtag(self, name, attributes):
        self.elements.append((name, dict(attributes)))

    def handle_endtag(self, name):
        if not self.open or self.open.pop() != name:
            self.wrong.append(name)

    def handle_data(self, data):
        self.texts.append(data)


@pytest.fixture(scope="module")
def page(book):
    return Page(book)


def payload(html):
    return json.loads(re.search(r'id="payload">(.*?)</script>', html, re.DOTALL).group(1))


def test_book_is_well_formed_when_made(page):
    assert (page.wrong, page.open) == ([], [])


def test_ids_are_unique_and_all_named_ones_exist(page):
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = ("for", "aria-labelledby", "data-filters", "data-search")
    asked = {a[key] for _, a in page.elements for key in named if key in a}
    asked |= {a["href"][1:] for _, a in page.elements if a.get("href", "").startswith("#")}
    assert asked <= set(ids)


def test_nothing_is_fetched_when_the_book_opens(book, page):
    for name, attributes in page.elements:
        for key in LOADING & attributes.keys():
            assert attributes[key].startswith("data:"), (name, key, attributes[key])
        if name != "a" and "href" in attributes:
            assert attributes["href"].startswith("data:"), (name, attributes["href"])
    # `@import`, url(...) and requests by script would fetch as well.
    code = asset("book/book.css") + "".join(
        asset(f"book/{name}") for name in ("book.js", "book_sky.js", "book_year.js")
    )
    assert not re.search(
        r"@import|url\(|fetch\(|XMLHttpRequest|WebSocket|https?:(?!//www\.w3)", code
    )


def test_sources_are_linked_only_when_their_address_is_http(page):
    links = {attributes["href"] for name, attributes in page.elements if name == "a"}
    assert "https://example.org/a" in links
    assert not any(address.lower().startswith("javascript") for address in links)


def test_same_run_gives_same_bytes(run, book):
    assert render(run) == book
    assert render(synthetic_run()) == book


def test_every_verdict_is_in_the_page_without_script(run, page):
    rows = [attributes for name, attributes in page.elements if name == "tr"]
    states = [row["data-state"] for row in rows if "data-state" in row][: len(run.verdicts)]
    assert states == ["fail"] * 2 + ["pass"] * (len(run.verdicts) - 3) + ["open"]
    for verdict in run.verdicts:
        assert verdict.text in page.texts
    assert "13 of 15 requirements hold." in page.texts


def test_failed_must_stands_before_failed_should(page):
    texts = page.texts
    assert texts.index("Darkness at the mast top is bridged") < texts.index(
        "A fair share of astronomy"
    )


@pytest.mark.parametrize(
    ("holds", "sentence", "colour"),
    [(True, "1 of 1 requirements hold.", "pass"), (False, "0 of 1 requirements hold.", "fail")],
)
def test_answer_follows_the_verdicts(run, holds, sentence, colour):
    one = replace(run.verdicts[0], holds=holds)
    html = render(replace(run, verdicts=(one,)))
    assert f'class="answer {colour}"' in html
    assert sentence in html


def test_year_of_hours_stays_under_one_megabyte(book):
    # A slow link is 1 Mbit/s or less: 8 s. The brief allows 2 MB.
    assert len(book.encode()) < 1_000_000


def test_ten_years_of_hours_stay_under_two_megabytes_when_thinned():
    run = synthetic_run(hours=8784, step_s=360.0)  # as many samples as ten hourly years
    html = render(run)
    assert len(html.encode()) < 2_000_000
    assert payload(html)["year"]["thinned"] is True


def test_hostile_names_are_escaped_everywhere():
    html = render(synthetic_run(hours=720, names=HOSTILE))
    parsed = Page(html)
    assert (parsed.wrong, parsed.open) == ([], [])
    scripts = [attributes for name, attributes in parsed.elements if name == "script"]
    assert scripts == [{"type": "application/json", "id": "payload"}, {}]
    assert HOSTILE in parsed.texts  # shown as text
    assert "<script>alert" not in html
    assert all(not key.startswith("on") for _, a in parsed.elements for key in a)


def test_payload_cannot_end_its_script_element(book):
    raw = re.search(r'id="payload">(.*?)</script>', book, re.DOTALL).group(1)
    assert "<" not in raw
    assert set(payload(book)["catalogues"]) == set(LANGUAGES)


def test_charts_carry_the_exact_extremes(run, book):
    power = payload(book)["year"]["panels"][0]["series"][0]
    made_kw = run.station["power_made_w"].sum("element").values / 1e3
    assert (power["lo"], power["hi"]) == (float(made_kw.min()), float(made_kw.max()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_book_opens_in_each_language(run, language):
    html = render(run, language=language)
    assert f'<html lang="{language}">' in html
    assert catalogue(language)["verdicts.heading"] in Page(html).texts
    assert run.programme.names[language] in Page(html).texts


def test_every_catalogue_has_the_same_keys_and_places():
    english = catalogue("en")
    for language in LANGUAGES:
        other = catalogue(language)
        assert list(other) == list(english)
        for key, text in english.items():
            places = sorted(re.findall(r"\{\w+\}", text))
            assert sorted(re.findall(r"\{\w+\}", other[key])) == places, (language, key)
            assert other[key].strip(), (language, key)


def test_every_label_of_the_page_and_its_scripts_is_in_the_catalogues(book, page):
    asked = {a[key] for _, a in page.elements for key in ("data-t", "data-label") if key in a}
    scripts = "".join(asset(f"book/{name}") for name in ("book.js", "book_sky.js", "book_year.js"))
    asked |= set(re.findall(r'"((?:sky|year|lane|book)\.[a-z_]+)"', scripts))
    asked |= set(re.findall(r'"key":"([a-z_.]+)"', book))
    asked -= {"book.js"}
    assert asked <= set(catalogue("en"))
    assert {"year.how", "sky.readout", "power.made", "state.pass"} <= asked


def test_unknown_language_says_which_are_spoken(run):
    with pytest.raises(IlrsError) as caught:
        render(run, language="fr")
    assert str(caught.value) == (
        "the station book has no language 'fr'; it speaks en, zh, ru. Choose one of these."
    )


def test_book_stands_when_a_run_has_almost_nothing():
    run = synthetic_run(hours=24)
    bare = run.programme.model_copy(
        update=dict.fromkeys(
            ("experiments", "missions", "contributions", "baselines", "phases", "sources"), {}
        )
        | {"claims": (), "partners": {}, "elements": {}}
    )
    station = run.station.isel(experiment=slice(0, 0))
    station["state_of_charge"] = station["state_of_charge"] * np.nan
    empty = replace(
        run,
        programme=bare,
        horizon=run.horizon.isel(mast_height_m=[0]),
        environment=run.environment.isel(relay=slice(0, 0), mast_height_m=[0]),
        plan=run.plan.isel(experiment=slice(0, 0)),
        station=station,
        verdicts=(),
    )
    page = Page(render(empty))
    assert (page.wrong, page.open) == ([], [])
    assert "No experiment stands in this run." in page.texts
    assert "0 of 0 requirements hold." in page.texts


def test_site_away_from_the_pole_counts_days_instead_of_azimuths(run):
    away = run.horizon.assign_attrs(latitude_deg=-45.0)
    texts = Page(render(replace(run, horizon=away))).texts
    assert any(text.startswith("Light calendar: one row for each synodic month") for text in texts)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_scripts_of_the_page_parse(book, tmp_path):
    script = tmp_path / "page.js"
    script.write_text(re.findall(r"<script>(.*?)</script>", book, re.DOTALL)[-1], encoding="utf-8")
    done = subprocess.run(
        ["node", "--check", str(script)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
