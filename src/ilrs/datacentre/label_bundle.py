"""Labels of collections and bundles: the lists that hold a node's own products together.

A collection's inventory names each member with its version, a bundle its collections. Both get a
new version when what they list changes; they carry no clock time, so the same lists give the same
bytes.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from ilrs.datacentre.label import (
    INFORMATION_MODEL,
    add_element,
    add_investigation,
    add_target,
    new_label,
    to_bytes,
)
from ilrs.datacentre.lid import Lid, LidVid, Vid
from ilrs.foundation.errors import IlrsError

__all__ = ["INVENTORY_NAME", "Listing", "inventory_of", "write_bundle", "write_collection"]

INVENTORY_NAME = "inventory.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a collection or a bundle lists, and what its label says of it.

    Times are ISO 8601 UTC texts, those of the first begin and the last end of the members.
    """

    lid: Lid
    vid: Vid
    title: str
    description: str
    members: Sequence[LidVid]
    start_utc: str
    stop_utc: str
    publication_year: int
    partner: str
    investigation: str = "International Lunar Research Station"

    def __post_init__(self) -> None:
        wanted = len(self.lid.parts) + 1
        if len(self.lid.parts) not in {4, 5}:
            raise IlrsError(
                f"{self.lid} names no collection and no bundle",
                "these have five and four parts: urn:agency:archive:bundle:collection",
                "Shorten the identifier.",
            )
        stranger = next((m for m in self.members if len(m.lid.parts) != wanted), None)
        if not self.members or stranger is not None:
            raise IlrsError(
                f"{self.lid} lists {stranger or 'nothing'}",
                "a collection lists products, a bundle collections, and at least one",
                "Correct the list.",
            )
        object.__setattr__(self, "members", tuple(sorted(set(self.members))))


def inventory_of(listing: Listing) -> bytes:
    """The inventory of a collection: a line `P,<lidvid>` for each member, in order."""
    return "".join(f"P,{member}\r\n" for member in listing.members).encode("ascii")


def write_collection(listing: Listing) -> bytes:
    """The label of a collection of products."""
    root = _begin("Product_Collection", listing, "collection")
    collection = add_element(root, "Collection")
    add_element(collection, "collection_type", "Data")
    add_element(collection, "description", listing.description)
    table = inventory_of(listing)
    area = add_element(root, "File_Area_Inventory")
    file = add_element(area, "File")
    add_element(file, "file_name", INVENTORY_NAME)
    add_element(file, "file_size", len(table), unit="byte")
    add_element(file, "records", len(listing.members))
    add_element(file, "md5_checksum", hashlib.md5(table, usedforsecurity=False).hexdigest())
    inventory = add_element(area, "Inventory")
    add_element(inventory, "offset", 0, unit="byte")
    add_element(inventory, "object_length", len(table), unit="byte")
    add_element(inventory, "parsing_standard_id", "PDS DSV 1")
    add_element(inventory, "records", len(listing.members))
    add_element(inventory, "record_delimiter", "Carriage-Return Line-Feed")
    add_element(inventory, "field_delimiter", "Comma")
    record = add_element(inventory, "Record_Delimited")
    add_element(record, "fields", 2)
    add_element(record, "groups", 0)
    for number, (name, kind, most) in enumerate(
        (("Member Status", "ASCII_String", 1), ("LIDVID_LID", "ASCII_LIDVID_LID", 255)), start=1
    ):
        field = add_element(record, "Field_Delimited")
        add_element(field, "name", name)
        add_element(field, "field_number", number)
        add_element(field, "data_type", kind)
        add_element(field, "maximum_field_length", most, unit="byte")
    add_element(inventory, "reference_type", "inventory_has_member_product")
    return to_bytes(root)


def write_bundle(listing: Listing) -> bytes:
    """The label of a bundle of collections."""
    root = _begin("Product_Bundle", listing, "bundle")
    bundle = add_element(root, "Bundle")
    add_element(bundle, "bundle_type", "Archive")
    add_element(bundle, "description", listing.description)
    for member in listing.members:
        entry = add_element(root, "Bundle_Member_Entry")
        add_element(entry, "lidvid_reference", member)
        add_element(entry, "member_status", "Primary")
        add_element(entry, "reference_type", "bundle_has_data_collection")
    return to_bytes(root)


def _begin(product_class: str, listing: Listing, kind: str) -> etree._Element:
    root = new_label(product_class)
    area = add_element(root, "Identification_Area")
    add_element(area, "logical_identifier", listing.lid)
    add_element(area, "version_id", listing.vid)
    add_element(area, "title", listing.title)
    add_element(area, "information_model_version", INFORMATION_MODEL)
    add_element(area, "product_class", product_class)
    citation = add_element(area, "Citation_Information")
    add_element(citation, "publication_year", listing.publication_year)
    add_element(citation, "keyword", f"partner:{listing.partner}")
    add_element(citation, "keyword", "access:open")
    add_element(citation, "description", listing.description)
    author = add_element(add_element(citation, "List_Author"), "Organization")
    add_element(author, "organization_name", listing.partner)
    context = add_element(root, "Context_Area")
    times = add_element(context, "Time_Coordinates")
    add_element(times, "start_date_time", listing.start_utc)
    add_element(times, "stop_date_time", listing.stop_utc)
    add_investigation(context, listing.investigation, prefix=listing.lid.prefix, kind=kind)
    add_target(context, "Moon", kind=kind)
    return root
