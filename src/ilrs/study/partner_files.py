"""Partners' pages as files: each in its own language, a list of them, and what lacks words."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ilrs.foundation.errors import Finding, IlrsError, did_you_mean
from ilrs.programme.entities import Entity, Partner, Programme
from ilrs.programme.load import Loaded
from ilrs.programme.places import Places
from ilrs.study.book_html import join, table, tag
from ilrs.study.page_words import PageWords, page_words
from ilrs.study.partner_facts import PartnerFacts
from ilrs.study.partner_page import page_html, partner_page
from ilrs.study.run import Run

__all__ = ["INDEX", "Pages", "check_partners", "language_of", "partner_pages", "write_pages"]

INDEX = "index.html"
_ENGLISH = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Pages by file name, and what of their words is missing, all at once."""

    texts: Mapping[str, str]
    findings: tuple[Finding, ...]


def check_partners(programme: Programme, partners: Collection[str]) -> None:
    """Nothing; IlrsError for the first that is no partner of the programme."""
    for partner in partners:
        if partner not in programme.partners:
            raise IlrsError(
                f"there is no partner {partner!r}",
                f"the programme has {', '.join(programme.partners)}",
                did_you_mean(partner, programme.partners, otherwise="Name one of them."),
            )


def partner_pages(
    loaded: Loaded,
    facts: Mapping[str, PartnerFacts],
    *,
    partners: Collection[str] = (),
    language: str = "",
    run: Run | None = None,
) -> Pages:
    """The pages of some partners, or of all with a list of them.

    Each is in its partner's own language, or in `language`. Raises IlrsError for a partner that
    there is not.
    """
    programme = loaded.programme
    check_partners(programme, partners)
    chosen = list(partners) or list(facts)
    spoken = {key: language or language_of(facts[key].partner, programme) for key in chosen}
    words = {code: page_words(code, programme) for code in dict.fromkeys(spoken.values())}
    index = "" if partners else INDEX
    texts = {
        f"{key}.html": partner_page(
            facts[key],
            programme,
            words=words[spoken[key]][0],
            language=spoken[key],
            run=run,
            index=index,
        )  # fmt: skip
        for key in chosen
    }
    if index:
        shown = words[language][0] if language else page_words(_ENGLISH, programme)[0]
        used = {key: words[code][0] for key, code in spoken.items()}
        texts[INDEX] = _index(facts, used, programme=programme, words=shown)
    findings = [found for _, some in words.values() for found in some]
    for key, code in spoken.items():
        if words[code][0].language == code:
            findings += _names_lacking(facts[key], code, loaded.places)
    return Pages(texts=texts, findings=tuple(dict.fromkeys(findings)))


def language_of(partner: Partner | None, programme: Programme) -> str:
    """The first of a partner's languages that there are texts in, else its first; else English."""
    spoken = partner.languages if partner is not None else ()
    known = [code for code in spoken if page_words(code, programme)[0].language == code]
    return next(iter(known or spoken), _ENGLISH)


def _names_lacking(facts: PartnerFacts, language: str, places: Places) -> Iterator[Finding]:
    """Warnings for what a partner declares without a name in its page's language."""
    if language == _ENGLISH:
        return
    own: dict[str, Sequence[Entity]] = {
        "contributions": facts.contributions, "elements": facts.elements,
        "experiments": facts.experiments, "missions": facts.missions,
    }  # fmt: skip
    for kind, entities in own.items():
        for entity in entities:
            if entity.name and language not in entity.names:
                yield places.place(
                    Finding(
                        file="", line=0, entity=f"{kind}.{entity.id}", severity="warning",
                        kind="translation", found=f"{entity.name!r} has no name in {language!r}",
                        possible="a thing may have a name in every language",
                        mend=f"Add `names: {{{language}: …}}`.",
                    )
                )  # fmt: skip


def _index(
    facts: Mapping[str, PartnerFacts], spoken: Mapping[str, PageWords], *, programme: Programme,
    words: PageWords,
) -> str:  # fmt: skip
    """The list of all pages."""
    columns = ("partner", "language", "contributions", "elements", "experiments", "findings")
    head = [words.label(f"index.{key}") for key in columns]
    rows = []
    for key, one in facts.items():
        own = spoken[key]
        name = words.name(one.partner) if one.partner else tag("span", key)
        listed = (one.contributions, one.elements, one.experiments, one.findings)
        rows.append(
            tag(
                "tr",
                tag("th", tag("a", name, href=f"{key}.html"), scope="row"),
                tag("td", own.text("language.name"), lang=own.language_tag),
                *(tag("td", words.number(len(some)), cls="num") for some in listed),
            )
        )
    header = tag(
        "header",
        tag("p", tag("span", programme.names.get(words.language) or programme.name), cls="kicker"),
        tag("h1", words.label("index.heading")),
        tag("p", words.count("index.lead", len(facts)), cls="lead"),
    )
    body = join([header, table(head, rows, caption="", numeric=(2, 3, 4, 5))])
    return page_html(words, title=words.text("index.heading"), links=(), body=body)


def write_pages(pages: Pages, out: Path) -> list[Path]:
    """Writes the pages into a folder, which is made, or one page to a name in .html.

    Returns their paths. Raises IlrsError for several pages to one name, and where nothing can be
    written.
    """
    is_page = out.suffix == ".html"
    if is_page and len(pages.texts) > 1:
        raise IlrsError(
            f"{len(pages.texts)} pages to {str(out)!r}",
            "one page goes to a name in .html, several go into a folder",
            "Name a folder.",
        )
    paths = []
    try:
        (out.parent if is_page else out).mkdir(parents=True, exist_ok=True)
        for name, text in pages.texts.items():
            path = out if is_page else out / name
            path.write_text(text, encoding="utf-8")
            paths.append(path)
    except OSError as error:
        raise IlrsError(
            f"{str(out)!r} cannot be written: {error.strerror}",
            "pages need a folder that can be made and written",
            "Name another one with --out.",
        ) from None
    return paths
