"""The collections and bundles that hold a node's own products, new when what they list changes.

A collection's new inventory is the one before it with the versions just filed in their products'
places, so that it names every product that the node ever filed there.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ilrs.datacentre.archive import Archive
from ilrs.datacentre.label import LABEL_NAME, parse_xml
from ilrs.datacentre.label_bundle import (
    INVENTORY_NAME,
    Listing,
    inventory_of,
    write_bundle,
    write_collection,
)
from ilrs.datacentre.label_fields import child_text
from ilrs.datacentre.label_read import read_record
from ilrs.datacentre.lid import Lid, LidVid, Vid
from ilrs.datacentre.record import Record
from ilrs.datacentre.submission import SourceFile, Submission
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import sha256_of_bytes

__all__ = ["file_lists"]


def file_lists(archive: Archive, records: Sequence[Record]) -> list[LidVid]:
    """The collections, and then the bundles, that list filed products; each is filed where new.

    Raises IlrsError where one is refused.
    """
    of_collection: dict[Lid, list[Record]] = defaultdict(list)
    for record in records:
        lid = LidVid.parse(record.lidvid).lid
        of_collection[Lid(lid.parts[:-1])].append(record)
    made = {lid: _filed(archive, lid, held) for lid, held in of_collection.items()}
    of_bundle: dict[Lid, list[Record]] = defaultdict(list)
    for lid, record in made.items():
        of_bundle[Lid(lid.parts[:-1])].append(record)
    bundles = {lid: _filed(archive, lid, held) for lid, held in of_bundle.items()}
    return [LidVid.parse(record.lidvid) for record in (*made.values(), *bundles.values())]


def _filed(archive: Archive, lid: Lid, held: Sequence[Record]) -> Record:
    """The record of a list of what it held before and what was filed now."""
    before = archive.get(str(lid))
    members = {member.lid: member for member in _members(archive, before)}
    members |= {name.lid: name for name in (LidVid.parse(record.lidvid) for record in held)}
    vid = Vid(1, 0) if before is None else LidVid.parse(before.lidvid).vid
    same = _submission(_listing(lid, vid, members.values(), [*held, *([before] if before else [])]))
    if before is not None and _has(before, same):
        return before
    if before is not None:
        everything = [*held, before]
        same = _submission(_listing(lid, vid.next_minor(), members.values(), everything))
    # Made by the same command, from the same programme, as what they list.
    record = replace(same.record, command=held[0].command, sources=held[0].sources[-1:])
    outcome = archive.ingest([replace(same, record=record)])[0]
    if outcome.state == "refused":
        raise IlrsError(
            outcome.reason,
            "a filed version never changes; the products of this ingest are filed",
            "File again when no other writes.",
        )
    return record


def _members(archive: Archive, before: Record | None) -> Iterable[LidVid]:
    """What a filed collection or bundle lists."""
    if before is None:
        return
    if before.product_class == "Product_Collection":
        with archive.open_file(before.lidvid, INVENTORY_NAME) as stream:
            for line in stream:
                yield LidVid.parse(line.decode("ascii").strip().partition(",")[2])
        return
    with archive.open_file(before.lidvid, LABEL_NAME) as stream:
        root = parse_xml(stream.read(), name=LABEL_NAME)
    for entry in root.iterfind("{*}Bundle_Member_Entry"):
        yield LidVid.parse(child_text(entry, "lidvid_reference"))


def _listing(lid: Lid, vid: Vid, members: Iterable[LidVid], held: Sequence[Record]) -> Listing:
    name = lid.parts[-1]
    kind = "Collection" if len(lid.parts) == 5 else "Bundle"
    return Listing(
        lid=lid,
        vid=vid,
        title=f"{kind} {name} of the joint data centre",
        description=f"What ilrs computed and filed under {lid}.",
        members=list(members),
        start_utc=min(record.start_utc for record in held),
        stop_utc=max(record.stop_utc for record in held),
        publication_year=max(record.publication_year for record in held),
        partner="joint",
    )


def _submission(listing: Listing) -> Submission:
    files: Mapping[str, bytes]
    if len(listing.lid.parts) == 5:
        files = {LABEL_NAME: write_collection(listing), INVENTORY_NAME: inventory_of(listing)}
    else:
        files = {LABEL_NAME: write_bundle(listing)}
    root = parse_xml(files[LABEL_NAME], name=LABEL_NAME)
    lidvid = LidVid(listing.lid, listing.vid)
    return Submission(
        record=read_record(root, lidvid=lidvid, name=LABEL_NAME, findings=[]),
        files=tuple(
            SourceFile(name=name, role="label" if name == LABEL_NAME else "data", content=content)
            for name, content in files.items()
        ),
    )


def _has(before: Record, made: Submission) -> bool:
    """Whether a filed list has the content of one made under its version."""
    filed = {file.name: file.sha256 for file in before.files}
    return filed == {file.name: sha256_of_bytes(file.content) for file in made.files}
