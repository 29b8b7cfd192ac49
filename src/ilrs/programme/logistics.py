"""What files say of how things get to the station: freight, landers, pads, and supplies by class.

The ten classes of supply are those of MIT's space logistics project: S. Shull, E. Gralla, O. de
Weck, A. Siddiqi and R. Shishko, "The future of asset management for human space exploration: supply
classification and an integrated database", AIAA 2006-7232.
"""

from typing import Literal, get_args

from pydantic import Field

from ilrs.programme.entity import Entity
from ilrs.programme.keys import DeclaredModel
from ilrs.programme.types import (
    CubicMetres,
    Kilograms,
    KilogramsPerDay,
    Metres,
    PartialDate,
    Seconds,
)

__all__ = ["SUPPLY_CLASSES", "Freight", "Lander", "Pad", "Supply"]

SupplyClass = Literal[
    "propellants_and_fuels", "crew_provisions", "crew_operations", "maintenance_and_upkeep",
    "stowage_and_restraint", "exploration_and_research", "waste_and_disposal",
    "habitation_and_infrastructure", "transportation_and_carriers", "miscellaneous",
]  # fmt: skip
SUPPLY_CLASSES: tuple[str, ...] = get_args(SupplyClass)


class Freight(DeclaredModel):
    """How an element travels, what is there before it, and where it stands at its site."""

    volume_m3: CubicMetres | None = None  # packed
    ready: PartialDate | None = None  # to be launched; not before its ride when left out
    after: tuple[str, ...] = ()  # elements that land before it, or with it
    east_m: Metres | None = None  # from its site's point; so the next one
    north_m: Metres | None = None
    keep_out_m: Metres = 0.0  # once it stands nothing lands nearer: plume and dust
    spare_mass_kg: Kilograms | None = None  # of one spare, for the repairs that take one


class Lander(Entity):
    """A kind of lander that can be flown again and again, beside the missions that are named."""

    owner: str = ""
    launcher: str | None = None
    launch_site: str = ""
    site: str | None = None  # that it lands at; any when left out
    landed_payload_kg: Kilograms | None = None
    volume_m3: CubicMetres | None = None  # of its hold; any volume when left out
    available_from: PartialDate | None = None
    every_s: Seconds | None = None  # from one launch to the next
    flights: int | None = Field(default=None, ge=0)  # that can be made


class Pad(Entity):
    """A place at a site where landers come down."""

    owner: str = ""
    site: str
    east_m: Metres  # from the site's point; so the next one
    north_m: Metres
    clear_m: Metres = 0.0  # nothing stands nearer when something lands
    landings: int | None = Field(default=None, ge=1)  # that it takes; any number when left out


class Supply(Entity):
    """Consumables of one class: what people and the station take of them, and what is in store."""

    owner: str = ""
    kind: SupplyClass
    per_person_kg_d: KilogramsPerDay = 0.0  # of each person at the station
    per_visit_kg: Kilograms = 0.0
    steady_kg_d: KilogramsPerDay = 0.0  # with or without people
    stock_kg: Kilograms = 0.0  # that is landed before the scenario begins
    keeps_s: Seconds | None = None  # for so long after landing; for ever when left out
