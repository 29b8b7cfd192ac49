"""The words of partners' pages: a catalogue for each language, English where a text is missing.

A language is one file: `catalogues/partner/<code>.json` in this package, or `languages/<code>.json`
in a programme's folder, which goes over it key by key. A text with a number has one form for each
plural of the language; which one is said by the formula under `language.plural`, written as in
gettext's Plural-Forms.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from gettext import c2py
from importlib.resources import files
from typing import Any, TypeAlias

from ilrs.foundation.errors import Finding
from ilrs.foundation.yaml_lines import YamlFile, read_yaml
from ilrs.programme.entities import Entity, Programme
from ilrs.programme.load import find_file
from ilrs.study.book_html import Html, join, tag
from ilrs.study.book_numbers import number
from ilrs.study.book_words import LANGUAGES, filled

__all__ = ["PageWords", "languages", "page_words"]

Text: TypeAlias = str | tuple[str, ...]

_ENGLISH = "en"
_CODE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_HERE = "ilrs/study/catalogues"
#: What pages say in the station book's own words.
_SHARED = ("elements.", "form.", "level.", "mission.", "partner.", "stage.", "withdrawals.")
_PLACE = re.compile(r"\{[a-z_]+\}")


@dataclass(frozen=True, slots=True)
class PageWords:
    """The texts of one language, and English for those it lacks, which are marked."""

    language: str
    texts: Mapping[str, Text]

    @property
    def language_tag(self) -> str:
        """What the page's `lang` says, such as zh-Hans."""
        return str(self.texts.get("language.tag", self.language))

    def text(self, key: str, **values: str | float) -> str:
        """A text without mark, English where the language has none."""
        pattern, _ = self._pattern(key, 1)
        return filled(pattern, values)

    def label(self, key: str, *, within: str = "span", **values: str | float) -> Html:
        """A text as an element, marked where it had to be English."""
        return self._element(key, 1, within, values)

    def count(self, key: str, count: int, *, within: str = "span", **values: str | float) -> Html:
        """A text in the form that its number asks for."""
        return self._element(key, count, within, {"count": self.number(count), **values})

    def name(self, entity: Entity, *, within: str = "span") -> Html:
        """Name of an entity in the language, else its own one, marked."""
        own = entity.names.get(self.language)
        if own or self.language == _ENGLISH:
            return tag(within, own or entity.name or entity.id)
        return self.foreign(entity.name, within=within) if entity.name else tag(within, entity.id)

    def foreign(self, text: str, *, within: str = "span") -> Html:
        """A text of the files, which stands there in English."""
        if self.language == _ENGLISH or not text:
            return tag(within, text)
        return tag(within, text, lang=_ENGLISH, cls="as-english")

    def listed(self, parts: Sequence[Html]) -> Html:
        """Several things one after the other, parted as the language does."""
        comma = self.text("language.list")
        return join(x for k, part in enumerate(parts) for x in ([comma, part] if k else [part]))

    def number(self, value: float | None) -> str:
        """A number with the language's decimal sign."""
        return number(value).replace(".", str(self.texts.get("language.decimal", ".")))

    def _element(self, key: str, count: int, within: str, values: Mapping[str, Any]) -> Html:
        pattern, is_own = self._pattern(key, count)
        text = filled(pattern, values)
        return tag(within, text) if is_own else self.foreign(text, within=within)

    def _pattern(self, key: str, count: int) -> tuple[str, bool]:
        """The text of a key for a number, and whether it is the language's own."""
        own = self.texts.get(key)
        if own is not None:
            return _form(own, str(self.texts.get("language.plural", "0")), count), True
        english, _ = _package_texts(_ENGLISH)
        return _form(english[key], str(english["language.plural"]), count), False


def _form(text: Text, formula: str, count: int) -> str:
    if isinstance(text, str):
        return text
    return text[min(c2py(formula)(count), len(text) - 1)]


def languages() -> dict[str, str]:
    """The languages that the package has a catalogue of, each with its own name; English first."""
    folder = files("ilrs.study") / "catalogues/partner"
    codes = sorted(path.name.removesuffix(".json") for path in folder.iterdir())
    codes.sort(key=lambda code: code != _ENGLISH)
    return {code: str(_package_texts(code)[0]["language.name"]) for code in codes}


def page_words(language: str, programme: Programme) -> tuple[PageWords, list[Finding]]:
    """The words of a language, and a warning for each text that it lacks or has wrong.

    A language without any catalogue gets the English words and one warning. What is missing is
    placed at the line of the English text, what is wrong at its own.
    """
    english, places = _package_texts(_ENGLISH)
    texts, own_places = dict(_package_texts(language)[0]), dict(_package_texts(language)[1])
    findings: list[Finding] = []
    name = f"languages/{language}.json"
    path = find_file(programme, name) if _CODE.fullmatch(language) else None
    if path is not None:
        added, lines, findings = _read(path.read_bytes(), name)
        texts |= added
        own_places |= lines
    if not texts:
        return PageWords(_ENGLISH, english), [*findings, _no_catalogue(language, name)]
    for key in english.keys() - texts.keys():
        findings.append(_missing(language, key, english[key], places[key], name))
    for key, text in list(texts.items()):
        wrong = _wrong(key, text, english.get(key), texts)
        if wrong:
            findings.append(_finding(own_places[key], key, *wrong))
            if key in english:  # what cannot be used is as good as missing
                del texts[key]
    return PageWords(language, texts), sorted(findings, key=lambda f: (f.file, f.line, f.entity))


@cache
def _package_texts(language: str) -> tuple[Mapping[str, Text], Mapping[str, tuple[str, int]]]:
    """Texts by key and their places, of the pages' catalogue and of the book's shared words."""
    texts: dict[str, Text] = {}
    places: dict[str, tuple[str, int]] = {}
    if language in LANGUAGES:
        book, lines, _ = _read_package(f"{language}.json")
        shared = [key for key in book if key.startswith(_SHARED)]
        texts |= {key: book[key] for key in shared}
        places |= {key: lines[key] for key in shared}
    if _CODE.fullmatch(language) and _package_file(f"partner/{language}.json").is_file():
        own, lines, _ = _read_package(f"partner/{language}.json")
        texts |= own
        places |= lines
    return texts, places


def _package_file(name: str) -> Any:
    return files("ilrs.study") / "catalogues" / name


def _read_package(
    name: str,
) -> tuple[dict[str, Text], dict[str, tuple[str, int]], list[Finding]]:
    return _read(_package_file(name).read_bytes(), f"{_HERE}/{name}")


def _read(
    content: bytes, file: str
) -> tuple[dict[str, Text], dict[str, tuple[str, int]], list[Finding]]:
    """Texts of a catalogue by key, the place of each, and what in it is no text."""
    yaml = read_yaml(content, file=file)  # JSON is YAML; this reader knows the lines
    texts: dict[str, Text] = {}
    places: dict[str, tuple[str, int]] = {}
    findings = [_as_warning(finding) for finding in yaml.findings]
    entries = yaml.data if isinstance(yaml.data, dict) else {}
    for key, value in entries.items():
        place = (file, yaml.lines.get((key,), 1))
        if isinstance(value, str):
            texts[str(key)] = value
        elif isinstance(value, list) and value and all(isinstance(form, str) for form in value):
            texts[str(key)] = tuple(value)
        else:
            wanted = "a text, or a list of texts, one for each plural form"
            findings.append(
                _finding(place, str(key), f"found {value!r}", f"it is {wanted}", "Write one.")
            )
            continue
        places[str(key)] = place
    findings += _not_a_mapping(yaml)
    return texts, places, findings


def _not_a_mapping(yaml: YamlFile) -> list[Finding]:
    if isinstance(yaml.data, dict) or yaml.findings:
        return []
    place = (yaml.file, 1)
    return [_finding(place, "", "no texts by key", "a catalogue is {key: text, …}", "Write it so.")]


def _as_warning(finding: Finding) -> Finding:
    place = (finding.file, finding.line)
    return _finding(place, finding.entity, finding.found, finding.possible, finding.mend)


def _finding(place: tuple[str, int], key: str, found: str, possible: str, mend: str) -> Finding:
    return Finding(
        file=place[0], line=place[1], entity=key, found=found, possible=possible, mend=mend,
        severity="warning", kind="translation",
    )  # fmt: skip


def _no_catalogue(language: str, name: str) -> Finding:
    return _finding(
        (name, 0), "", f"there is no catalogue for {language!r}: pages in it are in English",
        f"there are {', '.join(languages())}",
        f"Translate {_HERE}/partner/en.json into {name} of the programme's folder.",
    )  # fmt: skip


def _missing(language: str, key: str, english: Text, place: tuple[str, int], name: str) -> Finding:
    shown = english if isinstance(english, str) else english[-1]
    return _finding(
        place, key, f"has no text in {language!r}: {shown!r} stands there in English",
        "every key has a text in every language",
        f'Add "{key}" to {name} of the programme\'s folder, or to {_HERE}/partner/{language}.json.',
    )  # fmt: skip


def _wrong(
    key: str, text: Text, english: Text | None, texts: Mapping[str, Text]
) -> tuple[str, str, str] | None:
    """What is wrong with a text beside its English one, as found, possible and mend."""
    if english is None:
        return "is no key of a page", "the English catalogue has all keys", "Remove or correct it."
    if key == "language.plural":
        return _wrong_formula(str(text))
    wanted = _places(english)
    if _places(text) != wanted:
        return (
            f"has the places {', '.join(sorted(_places(text))) or 'none'}",
            f"the English text has {', '.join(sorted(wanted)) or 'none'}",
            "Use the same ones.",
        )
    if isinstance(english, tuple):
        forms = _plural_forms(str(texts.get("language.plural", "0")))
        if not isinstance(text, tuple) or len(text) != forms:
            count = len(text) if isinstance(text, tuple) else 1
            return (
                f"has {count} plural form{'s' if count != 1 else ''}",
                f"the language has {forms} by its language.plural",
                "Write a list with one text for each.",
            )
    return None


def _wrong_formula(formula: str) -> tuple[str, str, str] | None:
    try:
        c2py(formula)(1)
    except (ValueError, ZeroDivisionError, RecursionError) as error:
        return (
            f"cannot be read: {error}",
            "it is a formula of n as in gettext's Plural-Forms, such as 'n != 1'",
            "Take that of the language's gettext files.",
        )
    return None


def _places(text: Text) -> set[str]:
    forms = (text,) if isinstance(text, str) else text
    return {place for form in forms for place in _PLACE.findall(form)}


@cache
def _plural_forms(formula: str) -> int:
    """How many forms a plural formula tells apart; 1 where it cannot be read."""
    try:
        form = c2py(formula)
        return max(form(n) for n in range(201)) + 1
    except (ValueError, ZeroDivisionError, RecursionError):
        return 1
