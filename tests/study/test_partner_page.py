"""Partners' pages: each in its language, whole for everybody however broken one partner's files."""

import re
from dataclasses import replace

import pytest
from click.testing import CliRunner

from ilrs import cli
from ilrs.foundation.errors import IlrsError
from ilrs.programme.check import check
from ilrs.programme.entities import Benefit
from ilrs.programme.load import Loaded, load_partly
from ilrs.programme.places import Places
from ilrs.study.book import render
from ilrs.study.partner_facts import partner_facts
from ilrs.study.partner_files import partner_pages, write_pages
from ilrs.study.withdrawals import StationLeft, lefts_of, withdrawals_record
from tests.study.synthetic_run import synthetic_run
from tests.study.test_book import Page


@pytest.fixture(scope="module")
def loaded():
    return load_partly(["reference"])[0]


@pytest.fixture(scope="module")
def facts(loaded):
    return partner_facts(loaded.programme, check(loaded))


@pytest.fixture(scope="module")
def pages(loaded, facts):
    return partner_pages(loaded, facts)


def page_in(loaded, facts, partner, language):
    texts = partner_pages(loaded, facts, partners=[partner], language=language).texts
    return texts[f"{partner}.html"]


def test_every_partner_has_a_page_and_the_list_leads_to_each(loaded, pages):
    names = [f"{key}.html" for key in loaded.programme.partners]
    assert list(pages.texts) == [*names, "index.html"]
    links = [dict(a).get("href") for name, a in Page(pages.texts["index.html"]).elements
             if name == "a"]  # fmt: skip
    assert links == names


def test_pages_are_well_formed_and_load_nothing(pages):
    for name, html in pages.texts.items():
        page = Page(html)
        assert (page.wrong, page.open) == ([], []), name
        assert not re.search(r'(src|srcset)="|url\(|@import|<script', html), name


@pytest.mark.parametrize(
    ("partner", "tag", "heading"),
    [("CN", "zh-Hans", "提供什么"), ("RU", "ru", "Что вносит сторона"),
     ("BY", "ru", "Что вносит сторона"), ("ZA", "en", "What it brings"),
     ("TH", "en", "What it brings")],
)  # fmt: skip
def test_a_page_is_in_its_partners_language_where_there_are_texts(pages, partner, tag, heading):
    html = pages.texts[f"{partner}.html"]
    assert f'<html lang="{tag}">' in html
    assert heading in Page(html).texts


@pytest.mark.parametrize("language", ["zh", "ru"])
def test_no_text_of_a_page_is_english_but_what_files_say(loaded, facts, language):
    """All marks of English are names and services of the files, none a text of the page."""
    html = page_in(loaded, facts, "RU", language)
    marked = set(re.findall(r'class="as-english">([^<]*)<', html))
    programme = loaded.programme
    named = {c.name for c in programme.contributions.values()}
    served = {", ".join(filter(None, (c.service.kind, c.service.amount)))
              for c in programme.contributions.values() if c.service}  # fmt: skip
    assert {text.replace("&#x27;", "'") for text in marked} <= named | served


def test_a_page_tells_contributions_missions_and_what_is_open(loaded, facts):
    texts = Page(page_in(loaded, facts, "RU", "ru")).texts
    told = " ".join(texts)
    assert "15 вкладов" in texts
    assert "10 миссий" in texts
    assert "Ядерный модуль лунной электростанции" in told
    # Luna-26: 2022, 2024, 2027 and 2028 were announced, 2028 holds.
    assert "2022, 2024, 2027, 2028" in texts
    assert "ilrs propose --opportunity guest:CE-8 --partner RU" in texts
    assert any(text.startswith("Станция для этой страницы не рассчитывалась") for text in texts)


def test_who_depends_on_whom_is_told_from_both_sides(loaded, facts):
    ours = Page(page_in(loaded, facts, "RU", "en")).texts
    theirs = Page(page_in(loaded, facts, "CN", "en")).texts
    # China's observatory hangs on Russia's grid.
    for texts in (ours, theirs):
        assert "Observation module" in texts
        assert "power" in texts
    assert len(facts["RU"].gives) > 0
    assert all(one.giver == "RU" for one in facts["RU"].gives)
    assert all(one.taker == "RU" for one in facts["RU"].needs)


def test_hours_and_worth_come_from_a_run():
    run = synthetic_run()
    programme = run.programme
    key = next(e.owner for e in programme.experiments.values()
               if e.id in run.plan["experiment"].values)  # fmt: skip
    left = StationLeft(
        partner=key, essential=("X",), lost=(), measures=(75.0, 10.0, 1.0),
        of_all=(100.0, 10.0, 0.0),
    )  # fmt: skip
    found = partner_facts(programme, [], run=run, left=[left])
    made = partner_pages(Loaded(programme, Places()), found, partners=[key], language="en", run=run)
    html = made.texts[f"{key}.html"]
    texts = Page(html).texts
    assert "Without it the station lives." in texts
    row = texts.index("100 h")
    assert texts[row : row + 3] == ["100 h", "75 h", "25 %"]
    done_h = sum(hours.done_h for hours in found[key].hours.values())
    assert done_h > 0.0
    other = next(k for k in programme.partners if k != key)
    bare = partner_pages(Loaded(programme, Places()), found, partners=[other], language="en").texts
    assert "Nothing of it works at the site" in bare[f"{other}.html"]


BROKEN = {
    "partners/XX/partner.yaml": "partner: {name: Institute, kind: company, status: applicant}\n",
    "partners/XX/station.yaml": "contributions:\n  XX-A: {stage: planing, level: system}\n",
    "partners/YY/partner.yaml": "partner: {name: Other, kind: nothing, status: applicant}\n",
}


def test_a_broken_file_stops_nobody_elses_page(tmp_path, pages):
    for name, text in BROKEN.items():
        path = tmp_path / "mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    broken, faults = load_partly(["reference", tmp_path / "mine"])
    facts = partner_facts(broken.programme, [*faults, *check(broken)])
    made = partner_pages(broken, facts)
    # Those of others are the same, but that two folders have names now.
    for name, html in pages.texts.items():
        if name != "index.html":
            ours = made.texts[name].replace("reference/partners/", "partners/")
            assert ours == html, name
    theirs = Page(made.texts["XX.html"]).texts
    assert "Institute" in theirs
    assert any(
        "mine/partners/XX/station.yaml:2: contributions.XX-A.stage: found 'planing'" in text
        for text in theirs
    )
    assert "Files with errors were left out of this page; they are listed at its end." in theirs
    # Whose own record cannot be read is told by its id.
    assert "YY" in Page(made.texts["YY.html"]).texts
    assert 'href="YY.html"' in made.texts["index.html"]


def test_the_command_writes_pages_of_a_programme_that_is_not_valid(tmp_path):
    for name, text in BROKEN.items():
        path = tmp_path / "mine" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    out = tmp_path / "page.html"
    asked = ["partner", "RU", "--programme", str(tmp_path / "mine"), "--over", "reference",
             "--lang", "zh", "--out", str(out)]  # fmt: skip
    answer = CliRunner().invoke(cli.main, asked)
    assert answer.exit_code == 0, answer.output
    assert "the programme is not valid: the station is not run" in answer.output
    assert '<html lang="zh-Hans">' in out.read_text(encoding="utf-8")


def test_what_lacks_words_is_told_once_and_all_at_once(pages):
    told = [str(finding) for finding in pages.findings]
    assert len(told) == len(set(told))
    spanish = [text for text in told if text.startswith("languages/es.json")]
    assert spanish == [
        "languages/es.json: there is no catalogue for 'es': pages in it are in English; there are"
        " en, ru, zh. Translate ilrs/study/catalogues/partner/en.json into languages/es.json of"
        " the programme's folder."
    ]


def test_a_thing_without_a_name_in_its_partners_language_is_found_at_its_line(loaded, facts):
    bare = replace(
        facts["RU"],
        missions=(facts["RU"].missions[0].model_copy(update={"names": {}}),),
    )
    found = partner_pages(loaded, {"RU": bare}, partners=["RU"]).findings
    file, line = loaded.places.of("missions.LUNA-25")
    assert (
        f"{file}:{line}: missions.LUNA-25: 'Luna-25' has no name in 'ru'; a thing may have a name"
        " in every language. Add `names: {ru: …}`."
    ) in [str(finding) for finding in found]


def test_an_unknown_partner_is_named(loaded, facts):
    with pytest.raises(IlrsError) as caught:
        partner_pages(loaded, facts, partners=["CNN"])
    assert str(caught.value) == (
        f"there is no partner 'CNN'; the programme has {', '.join(facts)}. Did you mean 'CN'?"
    )


def test_several_pages_go_into_a_folder(loaded, facts, tmp_path):
    some = partner_pages(loaded, facts, partners=["CN", "RU"])
    assert [path.name for path in write_pages(some, tmp_path / "p")] == ["CN.html", "RU.html"]
    with pytest.raises(IlrsError) as caught:
        write_pages(some, tmp_path / "one.html")
    assert str(caught.value) == (
        f"2 pages to '{tmp_path / 'one.html'}'; one page goes to a name in .html, several go into a"
        " folder. Name a folder."
    )


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (["partner"], "no partner named; a page is written for the partners that are named, or"
         " with --all for everyone. Write for instance `ilrs partner CH`.\n"),
        (["partner", "CN", "--all"], "partners named and --all at once; a page is written for the"
         " partners that are named, or with --all for everyone. Write for instance"
         " `ilrs partner CH`.\n"),
    ],
)  # fmt: skip
def test_the_command_asks_for_whom(asked, message):
    answer = CliRunner().invoke(cli.main, asked)
    assert (answer.exit_code, answer.output) == (2, message)


def test_the_station_book_leads_to_pages_that_are_written_beside_it(run):
    linked = render(replace(run, pages="partners"))
    links = {dict(a).get("href") for name, a in Page(linked).elements if name == "a"}
    assert {f"partners/{key}.html" for key in run.programme.partners} <= links
    assert "partners/" not in render(run)


def test_lefts_come_back_from_their_record():
    rows = [
        StationLeft(
            partner="A", essential=("X",), lost=("Y",), measures=(1.0, 2.0, 3.0),
            of_all=(2.0, 2.0, 3.0),
        )
    ]  # fmt: skip
    assert lefts_of(withdrawals_record(rows)) == rows


def test_what_is_given_and_used_stands_in_units_that_people_read(loaded, facts):
    texts = Page(page_in(loaded, facts, "CN", "ru")).texts
    row = texts.index("запасённая энергия")
    assert texts[row + 1 : row + 4] == ["файлы", "60 кВт·ч", "–"]


def test_a_rule_tells_what_it_gives_and_one_by_worth_is_left_out(loaded):
    rule = {"id": "TIME", "gives": "observation_time", "by": "fixed", "shares": {"TH": "12.5 %"}}
    worth = {"id": "W", "gives": "training_seats", "seats": 9, "by": "worth"}
    rules = {key: Benefit.model_validate(one) for key, one in (("TIME", rule), ("W", worth))}
    programme = loaded.programme.model_copy(update={"benefits": rules})
    found = partner_facts(programme, [])
    held = replace(loaded, programme=programme)
    texts = Page(page_in(held, found, "TH", "ru")).texts
    assert "1 правило программы даёт ей что-либо" in texts
    row = texts.index("время наблюдений")
    assert texts[row + 1 : row + 3] == ["12,5 %", "–"]


def test_a_language_of_the_programmes_own_is_used_and_named_in_the_list(loaded, tmp_path):
    path = tmp_path / "languages/es.json"
    path.parent.mkdir()
    path.write_text('{"language.name": "Español", "brings.heading": "Qué aporta"}', "utf-8")
    programme = loaded.programme.model_copy(
        update={"folders": (*loaded.programme.folders, str(tmp_path))}
    )
    made = partner_pages(replace(loaded, programme=programme), partner_facts(programme, []))
    assert '<html lang="es">' in made.texts["VE.html"]
    assert "Qué aporta" in Page(made.texts["VE.html"]).texts
    assert '<td lang="es">Español</td>' in made.texts["index.html"]


SHORT = """\
scenarios:
  fortnight: {site: CONNECTING-RIDGE, start: 2036-01-01, end: 2036-01-15, step: 3 h}
"""


def test_a_run_writes_pages_beside_its_book_where_asked(tmp_path):
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "programme.yaml").write_text(SHORT, "utf-8")
    asked = ["run", str(mine), "--over", "reference", "--scenario", "fortnight", "--pages",
             "--out", str(tmp_path / "out")]  # fmt: skip
    answer = CliRunner().invoke(cli.main, asked)
    assert answer.exit_code in (0, 1), answer.output
    folder = tmp_path / "out/mine-fortnight"
    book = Page((folder / "station-book.html").read_text("utf-8"))
    links = [dict(a).get("href", "") for name, a in book.elements if name == "a"]
    pages = [link for link in links if link.startswith("partners/")]
    assert len(pages) == 35
    assert all((folder / link).is_file() for link in pages)
    assert "2036-01-15" in (folder / "partners/RU.html").read_text("utf-8")
