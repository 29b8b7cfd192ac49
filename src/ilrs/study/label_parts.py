"""Parts of a product's label that come from declared files: identifiers, embargo, year."""

import math
import re

from ilrs.foundation.time import DAY_S, parse_utc
from ilrs.programme.entities import DataPolicy, Programme

__all__ = ["embargo_rule", "embargo_text", "publication_year", "slug"]


def slug(text: str) -> str:
    """A text as an identifier may hold it: small letters, digits, dots and dashes."""
    return re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-")


def embargo_rule(policy: DataPolicy | None) -> str:
    """The declared embargo as a label says it: it runs from the end of the data on."""
    return embargo_text(policy.embargo_s) if policy is not None else ""


def embargo_text(embargo_s: float) -> str:
    """An embargo from the end of the data on, as labels and rights say it; '' for none."""
    if embargo_s <= 0.0:
        return ""
    days, rest_s = divmod(math.ceil(embargo_s), int(DAY_S))
    return f"P{days}D{f'T{rest_s}S' if rest_s else ''} after stop"


def publication_year(programme: Programme, *, otherwise: str) -> int:
    """The year the declared data are of: the newest `as_of`; no clock, so that runs repeat.

    That of the instant `otherwise` (UTC) where nothing declared bears a date.
    """
    dates = [claim.as_of for claim in programme.claims]
    dates += [c.as_of for mission in programme.missions.values() for c in mission.launches]
    dates += [c.as_of for partner in programme.partners.values() for c in partner.membership]
    years = [int(date[:4]) for date in dates if date]
    return max(years) if years else int(str(parse_utc(otherwise))[:4])
