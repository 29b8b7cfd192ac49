"""What of contributions can be counted, how their statuses came about, who gets what for them."""

from typing import Literal

from pydantic import Field

from ilrs.programme.entity import Entity
from ilrs.programme.keys import DeclaredModel
from ilrs.programme.types import (
    Bits,
    Fraction,
    Kilograms,
    PartialDate,
    Seconds,
    WattHours,
    Watts,
)

__all__ = ["Benefit", "DataGrant", "Service", "Status", "StatusClaim"]

Status = Literal["offered", "proposed", "agreed", "committed", "delivered", "withdrawn"]

By = Literal[
    "equal", "fixed", "worth", "power", "mass", "rides", "hosting", "relay", "storage", "crew",
    "experts", "training", "data",
]  # fmt: skip


class StatusClaim(DeclaredModel):
    """Somebody's statement that a contribution stands so, kept as history like launch dates."""

    status: Status
    date: PartialDate | None = None  # since when it stands so
    as_of: PartialDate | None = None  # when that was said
    what: str = ""
    source: tuple[str, ...] = ()
    note: str = ""


class Service(DeclaredModel):
    """A non-material contribution: so much of a service over a period, counted where it can be."""

    kind: str
    amount: str = ""  # in words
    begin: PartialDate | None = None
    end: PartialDate | None = None
    to: tuple[str, ...] = ()  # partners that it is given to, in equal parts; not told if left out
    power_w: Watts | None = None
    relay_s: Seconds | None = None  # of a relay's time
    storage_wh: WattHours | None = None
    crew_s: Seconds | None = None  # of one person of the crew
    experts_s: Seconds | None = None  # of one expert
    training_seats: int | None = Field(default=None, ge=0)
    data_bit: Bits | None = None


class DataGrant(DeclaredModel):
    """Whom a rule on data grants what, and from when on, in the words of a node's rights."""

    to: str  # anyone, partners, owner, or a partner's id; each but the first also with /role
    may: tuple[Literal["know", "see_label", "preview", "download", "redistribute", "derive"], ...]
    when: Literal["receipt", "release"] = Field(default="release", alias="from")


class Benefit(Entity):
    """A rule, agreed by the programme, on how something is shared out among the partners.

    Several rules may give the same thing; each shares out its own `part` of it.
    """

    gives: Literal["observation_time", "power", "training_seats", "flight_mass", "data"]
    by: By = "equal"  # else in proportion to what each partner declares to give of it
    part: Fraction = 1.0  # of all there is
    to: tuple[str, ...] = ()  # partners; all whose contribution stands when left out
    shares: dict[str, Fraction] = Field(default_factory=dict)  # by partner, of a rule by `fixed`
    least: Fraction = 0.0  # that each one gets, before the rest is shared out
    power_w: Watts | None = None  # all there is; so the next two
    seats: int | None = Field(default=None, ge=0)
    mass_kg: Kilograms | None = None
    of: tuple[str, ...] = ()  # partners whose data are meant; everyone's when left out
    embargo_s: Seconds = 0.0  # from the end of the data on
    grants: tuple[DataGrant, ...] = ()
