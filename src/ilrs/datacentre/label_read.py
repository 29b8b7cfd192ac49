"""What the catalogue keeps of a PDS4 label: its record, as far as the label says it.

Names are looked up without their name space, since older labels put the common dictionary's classes
into others. What a label of our own carries as keywords `facet:value` is taken apart again.
"""

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from ilrs.datacentre.embargo import Embargo
from ilrs.datacentre.instants import microseconds
from ilrs.datacentre.label_fields import child, child_text, line_of
from ilrs.datacentre.label_place import pixel_m_of, place_of
from ilrs.datacentre.lid import Lid, LidVid, Vid
from ilrs.datacentre.made_names import partner_of
from ilrs.datacentre.product import facets_of
from ilrs.datacentre.record import Record, Text
from ilrs.datacentre.rights import RightsStatement
from ilrs.foundation.errors import Finding, IlrsError

__all__ = ["identifier_of", "read_record", "target_named"]

_MOST_TEXT = 20_000  # characters of a description that the catalogue keeps
_MOON = {"moon", "lunar", "luna", "the moon", "月球", "луна"}
_TITLE = re.compile(r"language: ([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)")
_OBSERVERS = {"instrument", "sensor", "atmospheric sciences", "camera"}
_SOURCE = re.compile(r"_to_(?:\w+_)?(?:source_)?product$|_to_source|_derived_from")


def identifier_of(root: etree._Element, *, name: str) -> LidVid:
    """The identifier that a label gives itself. Raises IlrsError where that is none."""
    area = child(root, "Identification_Area")
    if area is None:
        raise IlrsError(
            f"{name} has no Identification_Area",
            "a PDS4 label begins with one",
            "Deliver a PDS4 label.",
        )
    lid = Lid.parse(child_text(area, "logical_identifier"))
    return LidVid(lid, Vid.parse(child_text(area, "version_id")))


def read_record(
    root: etree._Element, *, lidvid: LidVid, name: str, findings: list[Finding]
) -> Record:
    """The record of a label under an identifier; what it says wrongly is added to `findings`."""
    words = [_line(node) for node in root.iterfind("{*}Identification_Area/{*}*/{*}keyword")]
    facets, keywords = facets_of(words)
    one = {facet: values[0] if values else "" for facet, values in facets.items()}
    area = child(root, "Observation_Area")
    context = area if area is not None else child(root, "Context_Area")
    if context is None:
        context = root
    times = [_instant(context, f"{end}_date_time", name, findings) for end in ("start", "stop")]
    year = _text(root, "Identification_Area", "Citation_Information", "publication_year")
    return Record(
        lidvid=str(lidvid),
        product_class=etree.QName(root).localname,
        title=_text(root, "Identification_Area", "title"),
        description=_description(root, context),
        texts=tuple(_texts(root)),
        start_utc=times[0],
        stop_utc=times[1],
        publication_year=int(year) if re.fullmatch(r"[12]\d{3}", year) else 0,
        target=_target(context),
        mission=target_case(_text(context, "Investigation_Area", "name")),
        instrument=_instrument(context),
        site=one["site"],
        partner=one["partner"] or partner_of(str(lidvid)),
        science_fields=tuple(dict.fromkeys((*facets["field"], *_disciplines(context)))),
        keywords=keywords,
        processing_level=_text(context, "Primary_Result_Summary", "processing_level"),
        place=place_of(root, name=name, findings=findings),
        pixel_m=pixel_m_of(root),
        access=_access(facets["access"], name, findings),
        embargo=_embargo(facets["embargo"], name, findings),
        licence=one["licence"] or _text(root, "Identification_Area", "License_Information", "name"),
        statements=tuple(_statements(root)),
        sources=tuple(dict.fromkeys(_sources(root))),
    )


def _line(node: etree._Element) -> str:
    return " ".join("".join(map(str, node.itertext())).split())


def _text(node: etree._Element, *path: str) -> str:
    return " ".join(child_text(node, *path).split())


def _access(said: list[str], name: str, findings: list[Finding]) -> str:
    """The access of a label of our own: the owner's where it states none, or several."""
    several = list(dict.fromkeys(map(str.casefold, said)))
    if len(several) > 1:
        findings.append(
            Finding(
                file=name, line=0, entity="keyword", found=f"the access is {' and '.join(several)}",
                possible="a label states one, and the product is the owner's until it does",
                mend="Keep one keyword that begins with access:.", kind="label",
            )
        )  # fmt: skip
    return said[0] if len(several) == 1 and said[0] else "owner"


def _embargo(said: list[str], name: str, findings: list[Finding]) -> str:
    """The embargo of a label of our own; what is no rule stays, and holds the product back."""
    embargo = " ".join(said)
    try:
        Embargo.parse(embargo)
    except IlrsError as error:
        findings.append(
            Finding(
                file=name, line=0, entity="keyword", found=error.asked, possible=error.possible,
                mend=error.mend, kind="label",
            )
        )  # fmt: skip
    return embargo


def _description(root: etree._Element, context: etree._Element) -> str:
    places: tuple[tuple[Any, tuple[str, ...]], ...] = (
        (root, ("Identification_Area", "Citation_Information", "description")),
        (root, ("Collection", "description")),
        (root, ("Bundle", "description")),
        (root, ("Document", "description")),
        (context, ("Primary_Result_Summary", "description")),
    )
    return next((text for node, path in places if (text := _text(node, *path))), "")[:_MOST_TEXT]


def _texts(root: etree._Element) -> Iterator[Text]:
    """Titles in further languages: aliases whose comment says the language (and what follows)."""
    for alias in root.iterfind("{*}Identification_Area/{*}Alias_List/{*}Alias"):
        comment = child_text(alias, "comment")
        match = _TITLE.match(comment)
        if match is not None:
            more = " ".join(comment[match.end() :].lstrip(". ").split())
            yield Text(match.group(1), _text(alias, "alternate_title"), more)


def _instant(context: etree._Element, tag: str, name: str, findings: list[Finding]) -> str:
    node = child(context, "Time_Coordinates")
    text = "" if node is None else child_text(node, tag)
    if not text:
        return ""
    try:
        microseconds(text)
    except IlrsError as error:
        findings.append(
            Finding(
                file=name, line=line_of(node) if node is not None else 0, entity=tag,
                found=error.asked, possible=error.possible, mend=error.mend, kind="label",
            )
        )  # fmt: skip
        return ""
    text = text.removesuffix("+00:00").removesuffix("+0000")
    return text if text.endswith("Z") or "T" not in text else f"{text}Z"


def target_named(name: str) -> str:
    """A target as the catalogue names it: every spelling of the Moon is 'Moon'."""
    return "Moon" if name.casefold() in _MOON else target_case(name)


def target_case(name: str) -> str:
    """A name that is shouted, said: 'LUNAR RECONNAISSANCE ORBITER' becomes title case."""
    return name.title() if name.isupper() and len(name) > 5 and name.isascii() else name


def _target(context: etree._Element) -> str:
    names = [_text(t, "name") for t in context.iterfind("{*}Target_Identification")]
    found = [target_named(name) for name in names if name]
    return "Moon" if "Moon" in found else next(iter(found), "")


def _instrument(context: etree._Element) -> str:
    """The first instrument; where a label gives none, what it gives that is no spacecraft."""
    parts = context.iterfind("{*}Observing_System/{*}Observing_System_Component")
    found = [(_text(p, "type").casefold(), _text(p, "name")) for p in parts]
    named = child_text(context, "Mission_Area", "instrument_name")  # Chang'e
    chosen = [name for kind, name in found if kind in _OBSERVERS]
    return target_case(next(iter(chosen), "") or " ".join(named.split()))


def _disciplines(context: etree._Element) -> Iterator[str]:
    for node in context.iterfind("{*}Primary_Result_Summary/{*}Science_Facets/{*}discipline_name"):
        if _line(node):
            yield _line(node)


def _statements(root: etree._Element) -> Iterator[RightsStatement]:
    for node in root.iterfind("{*}Identification_Area/{*}License_Information"):
        text = _text(node, "description") or _text(node, "name")
        if text:
            yield RightsStatement(issuer="", language="en", text=text)


def _sources(root: etree._Element) -> Iterator[str]:
    """What the product was made from: source products, and references that say so by their type."""
    lists = root.iterfind("{*}Reference_List/{*}*")
    for node in lists:
        tag = etree.QName(node).localname
        if tag.startswith("Source_Product"):
            wanted = ("lidvid_reference", "external_source_product_identifier")
            yield from (_line(item) for item in node if etree.QName(item).localname in wanted)
        elif tag == "Internal_Reference" and _SOURCE.search(child_text(node, "reference_type")):
            yield child_text(node, "lidvid_reference") or child_text(node, "lid_reference")
