"""Names for products whose labels give none that could be kept, and who stands behind a prefix."""

import hashlib
import re
import unicodedata

from ilrs.datacentre.lid import DEFAULT_PREFIX, Lid, LidVid, Vid
from ilrs.datacentre.profiles import listed_partners, partner_prefixes
from ilrs.foundation.errors import IlrsError

__all__ = ["made_lidvid", "partner_of", "slug"]

_MOST = 80  # characters of a part: three of them and the prefix stay below 255


def slug(text: str) -> str:
    """A part of an identifier made of a text: lower case, anything else than a-z 0-9 . _ a hyphen.

    A text without any such character, and an empty one, give 'unnamed'.
    """
    part = re.sub(r"[^a-z0-9._]+", "-", text.lower()).strip("-._")
    return part[:_MOST].rstrip("-._") or "unnamed"


def made_lidvid(
    product: str,
    *,
    bundle: str,
    collection: str = "data",
    version: str = "",
    prefix: str = DEFAULT_PREFIX,
) -> LidVid:
    """The identifier made of what a label does say: its data set, its product, its version.

    A product's name that is too long, or has letters other than a-z, is told from others like it by
    a checksum. A version such as 'v1.8', '03' or 'A' gives 1.8, 3.0 and 1.0.
    """
    lid = Lid.of_product(
        prefix, bundle=slug(bundle), collection=slug(collection), product=_told_apart(product)
    )
    match = re.search(r"(\d{1,6})(?:\.(\d{1,6}))?", version, re.ASCII)
    major, minor = (int(match.group(1)), int(match.group(2) or 0)) if match else (1, 0)
    return LidVid(lid, Vid(major, minor) if (major, minor) != (0, 0) else Vid(1, 0))


def _told_apart(product: str) -> str:
    """A part made of a product's name: two names in Chinese are not both 'unnamed'."""
    part = slug(product)
    if len(product) <= _MOST and not any(c.isalnum() and not c.isascii() for c in product):
        return part
    same = unicodedata.normalize("NFC", product.casefold()).encode("utf-8", "replace")
    return f"{part[: _MOST - 9].rstrip('-._')}-{hashlib.sha256(same).hexdigest()[:8]}"


def partner_of(identifier: str) -> str:
    """Who owns the name space of an identifier; "" where its prefix is known to nobody here."""
    try:
        prefix = (
            LidVid.parse(identifier).lid if "::" in identifier else Lid.parse(identifier)
        ).prefix
    except IlrsError:
        return ""
    return {**listed_partners(), **partner_prefixes()}.get(prefix, "")
