"""What files say about people at the station: the cabin they live in, and when they come."""

from typing import Literal

from pydantic import Field

from ilrs.programme.keys import DeclaredModel
from ilrs.programme.sessions import Duty
from ilrs.programme.types import (
    CubicMetres,
    Fraction,
    Kelvin,
    Kilograms,
    KilogramsPerDay,
    Pascals,
    PerYear,
    Seconds,
    Utc,
    Watts,
)

__all__ = ["CrewVisit", "LifeSupport", "Processor", "Tank"]


class Tank(DeclaredModel):
    """A store of what a crew needs or leaves."""

    holds: Literal["oxygen", "nitrogen", "water", "food", "condensate", "urine", "waste"]
    capacity_kg: Kilograms
    initial_fill: Fraction | None = None  # supplies begin full when left out, the others empty


class Processor(DeclaredModel):
    """A machine that renews air or water; it draws power in proportion to what it treats."""

    kind: Literal["co2_removal", "electrolysis", "sabatier", "urine_recovery", "water_recovery"]
    rate_kg_d: (
        KilogramsPerDay  # at full power: CO2 or water taken up, or oxygen made (electrolysis)
    )
    efficiency: Fraction = 1.0  # water won over water taken up; of sabatier: part that reacts
    power_w: Watts  # at that rate


class LifeSupport(DeclaredModel):
    """A cabin for people: its air, stores and machines, and what a crew needs of them."""

    volume_m3: CubicMetres
    pressure_pa: Pascals = 101325.0
    oxygen_fraction: Fraction = 0.21  # by volume, of the air that is held
    temperature_k: Kelvin = 295.0
    leakage_per_year: PerYear = 0.0  # part of the cabin's air; "0.05 %/d"
    co2_rated_pa: Pascals = 400.0  # partial pressure of CO2 from which it is removed at full rate
    co2_highest_pa: Pascals = 707.0  # limit for weeks
    co2_emergency_pa: Pascals = 1317.0  # limit for a day, in the safe haven
    oxygen_lowest_pa: Pascals = 16000.0
    hygiene_water_kg_d: KilogramsPerDay = 0.0  # of each person, beyond what is drunk
    suit_water_kg_d: KilogramsPerDay = 0.0  # given off by a suit that works outside
    suit_oxygen_kg_d: KilogramsPerDay = 0.0  # lost by a suit that works outside
    airlock_loss_kg: Kilograms = 0.0  # cabin air lost each time people go out
    crew_power_w: Watts = 0.0  # fans, light and galley while people are in
    shielding_factor: Fraction = 1.0  # dose inside over dose in the open
    tanks: tuple[Tank, ...] = ()
    processors: tuple[Processor, ...] = ()


class CrewVisit(DeclaredModel):
    """People at the station from one UTC date to another (half open), and what they bring."""

    start: Utc
    end: Utc
    people: int = Field(default=2, ge=0)
    sorties: int = Field(default=0, ge=0)  # spread evenly over the visit
    sortie_s: Seconds = 21600.0
    sortie_people: int = Field(default=2, ge=0)
    sortie_rest_s: Seconds = 86400.0  # between two sorties, in a plan; so all that follows but one
    sleep_begins_s: Seconds = 79200.0  # time of day (UTC)
    sleep_s: Seconds = 30600.0
    handover_s: Seconds = 0.0  # after arrival and before departure, when all are busy with it
    duties: tuple[Duty, ...] = ()
    brings_kg: dict[str, Kilograms] = Field(
        default_factory=dict
    )  # tank's kind -> mass, at the start
