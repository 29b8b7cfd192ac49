"""The words of partners' pages: complete in every language, right in number, English where not."""

import json
from importlib.resources import files

import pytest

from ilrs.foundation.errors import Finding
from ilrs.programme.entities import Programme
from ilrs.study.page_words import PageWords, languages, page_words
from tests.programme.conftest import write  # noqa: F401

HERE = "ilrs/study/catalogues"
NOWHERE = Programme(name="nowhere")


def added(write_files, texts, code="es"):
    """A programme with a catalogue of its own in its folder, and what is found in it."""
    content = texts if isinstance(texts, str) else json.dumps(texts, ensure_ascii=False, indent=1)
    folder = write_files({f"languages/{code}.json": content})
    return page_words(code, Programme(name="p", folders=(str(folder),)))


def at(findings: list[Finding], file: str) -> list[str]:
    return [str(finding) for finding in findings if finding.file == file]


@pytest.mark.parametrize("language", languages())
def test_every_catalogue_has_every_text_with_its_places_and_plural_forms(language):
    words, findings = page_words(language, NOWHERE)
    assert findings == []
    assert words.language == language


def test_languages_are_those_that_have_a_file_and_name_themselves():
    assert languages() == {"en": "English", "ru": "Русский", "zh": "中文"}


# Unicode CLDR 46, Language Plural Rules, samples of the cardinal rules of Russian: one, few, many.
@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ((1, 21, 31, 41, 51, 61, 71, 81, 101, 1001), "вклад"),
        ((2, 3, 4, 22, 23, 24, 32, 33, 34, 42, 62, 102, 1002), "вклада"),
        ((0, *range(5, 20), 100, 1000, 10000, 111, 112), "вкладов"),
    ],
)
def test_russian_numbers_take_the_form_that_unicode_says(counts, text):
    words, _ = page_words("ru", NOWHERE)
    for count in counts:
        shown = words.number(count)
        assert words.count("brings.contributions", count) == f"<span>{shown} {text}</span>"


def test_english_tells_one_from_many_and_chinese_nothing():
    english, _ = page_words("en", NOWHERE)
    assert english.count("brings.contributions", 1) == "<span>1 contribution</span>"
    assert english.count("brings.contributions", 0) == "<span>0 contributions</span>"
    chinese, _ = page_words("zh", NOWHERE)
    assert chinese.count("brings.contributions", 1) == "<span>1 项贡献</span>"


def test_numbers_have_the_decimal_sign_of_the_language():
    assert page_words("ru", NOWHERE)[0].number(12.5) == "12,5"
    assert page_words("en", NOWHERE)[0].number(12.5) == "12.5"


def test_a_language_is_one_file_and_what_it_lacks_is_english_and_told(write):  # noqa: F811
    words, findings = added(
        write,
        {"language.name": "Español", "language.plural": "n != 1",
         "brings.contributions": ["{count} aportación", "{count} aportaciones"]},
    )  # fmt: skip
    assert words.language_tag == "es"
    assert words.count("brings.contributions", 2) == "<span>2 aportaciones</span>"
    assert (
        words.label("brings.heading") == '<span lang="en" class="as-english">What it brings</span>'
    )
    told = {finding.entity: finding for finding in findings}
    assert "brings.contributions" not in told
    missing = told["brings.heading"]
    assert (missing.severity, missing.kind) == ("warning", "translation")
    lines = english_lines()
    line = next(k for k, text in enumerate(lines, 1) if '"brings.heading"' in text)
    assert str(missing) == (
        f"{HERE}/partner/en.json:{line}: brings.heading: has no text in 'es': 'What it brings'"
        " stands there in English; every key has a text in every language. Add"
        ' "brings.heading" to languages/es.json of the programme\'s folder, or to'
        f" {HERE}/partner/es.json."
    )
    # What is missing comes all at once: all of the pages' keys but three, and the shared ones.
    keys = [k for k in json.loads("\n".join(lines)) if k not in
            ("language.name", "language.plural", "brings.contributions")]  # fmt: skip
    assert set(keys) < set(told)


def english_lines():
    path = files("ilrs.study") / "catalogues/partner/en.json"
    return path.read_text(encoding="utf-8").splitlines()


def test_a_programmes_own_texts_go_over_the_packages(write):  # noqa: F811
    words, findings = added(write, {"brings.heading": "Вклад"}, "ru")
    assert findings == []
    assert words.text("brings.heading") == "Вклад"
    assert words.text("gets.heading") == "Что получает сторона"


def test_what_is_wrong_in_a_catalogue_is_found_at_its_line(write):  # noqa: F811
    words, findings = added(
        write,
        """\
        {
         "brings.headin": "Вклад",
         "page.run": "Расчёт: {site}",
         "brings.contributions": ["{count} вклад", "{count} вклада"],
         "gets.heading": 7
        }
        """,
        "ru",
    )
    assert at(findings, "languages/ru.json") == [
        "languages/ru.json:2: brings.headin: is no key of a page; the English catalogue has all"
        " keys. Remove or correct it.",
        "languages/ru.json:3: page.run: has the places {site}; the English text has {end}, {site},"
        " {start}. Use the same ones.",
        "languages/ru.json:4: brings.contributions: has 2 plural forms; the language has 3 by its"
        " language.plural. Write a list with one text for each.",
        "languages/ru.json:5: gets.heading: found 7; it is a text, or a list of texts, one for each"
        " plural form. Write one.",
    ]
    # A text that cannot be used is as good as missing.
    assert 'class="as-english"' in words.label("page.run", site="", start="", end="")


def test_a_formula_that_cannot_be_read_is_found(write):  # noqa: F811
    _, findings = added(write, {"language.plural": "n ==="}, "ru")
    found = next(f for f in findings if f.entity == "language.plural")
    assert found.possible == "it is a formula of n as in gettext's Plural-Forms, such as 'n != 1'"


def test_a_catalogue_that_is_no_json_is_found_and_english_stands(write):  # noqa: F811
    words, findings = added(write, '{"brings.heading": "Aportes",\n "gets.heading": [}\n')
    assert [f.line for f in findings if f.file == "languages/es.json" and f.line] == [2]
    assert words.text("brings.heading") == "What it brings"


def test_a_language_without_catalogue_is_english_with_one_finding():
    words, findings = page_words("es", NOWHERE)
    assert words.language == "en"
    assert [str(finding) for finding in findings] == [
        "languages/es.json: there is no catalogue for 'es': pages in it are in English; there are"
        f" en, ru, zh. Translate {HERE}/partner/en.json into languages/es.json of the programme's"
        " folder."
    ]


def test_a_code_that_leads_elsewhere_is_no_language():
    assert page_words("../en", NOWHERE)[0].language == "en"


def test_names_are_those_of_the_language_else_marked_as_english():
    words = PageWords("ru", page_words("ru", NOWHERE)[0].texts)
    site = {"id": "A", "kind": "nominal", "name": "Ridge <1>", "names": {"ru": "Хребет"}}
    programme = Programme(name="p", sites={"A": site})
    assert words.name(programme.sites["A"]) == "<span>Хребет</span>"
    bare = programme.sites["A"].model_copy(update={"names": {}})
    assert words.name(bare) == '<span lang="en" class="as-english">Ridge &lt;1&gt;</span>'
