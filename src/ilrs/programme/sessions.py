"""What files say of a plan's requests: how an experiment's time is cut, what each part needs."""

from typing import Literal

from pydantic import Field

from ilrs.programme.keys import DeclaredModel
from ilrs.programme.types import Degrees, Kelvin, Seconds, Watts

__all__ = ["Disturbance", "Duty", "Follows", "Sessions"]

Disturbance = Literal["plume", "radio", "dust", "vibration"]


class Follows(DeclaredModel):
    """A link of a chain: session by session, so long after the end of another experiment's."""

    experiment: str
    least_s: Seconds = 0.0
    most_s: Seconds | None = None  # any time later when left out


class Sessions(DeclaredModel):
    """How a plan grants an experiment its time: in which pieces, when, and what each one holds."""

    length_s: Seconds | None = None  # the longest; `minimum_run` when left out
    shortest_s: Seconds | None = None  # always `length` when left out
    every_s: Seconds | None = None  # periodic: one in each so long; else whenever there is room
    tolerance_s: Seconds | None = None  # from its due time; what `every` leaves when left out
    count: int | None = Field(default=None, ge=1)  # in a plan; by `wanted` when left out
    worth: float | None = Field(default=None, ge=0)  # of an hour; 10 less the priority if left out
    enough_s: Seconds | None = None  # the more has run, the less more is worth: e-fold after this
    mandatory: bool = False  # placed before all others
    holds: tuple[str, ...] = ()  # elements that it alone uses meanwhile: instrument, robot
    crew: int = Field(default=0, ge=0)  # people who work on it
    heat_w: Watts | None = None  # left in its element; `power` when left out
    disturbs: tuple[Disturbance, ...] = ()
    quiet: tuple[Disturbance, ...] = ()  # that it does not bear
    follows: tuple[Follows, ...] = ()
    together_with: str | None = None  # an experiment that begins at the same time
    overpass_of: str | None = None  # a craft that stands in the site's sky
    overpass_mask_deg: Degrees = 10.0  # lowest elevation of that craft
    sun_elevation_above_deg: Degrees | None = None
    sun_elevation_below_deg: Degrees | None = None
    surface_temperature_above_k: Kelvin | None = None  # of the ground
    surface_temperature_below_k: Kelvin | None = None


class Duty(DeclaredModel):
    """What people do besides research, before it is planned: exercise, medicine, a day of rest."""

    what: str
    length_s: Seconds
    every_s: Seconds = 86400.0
    begins_s: Seconds | None = None  # time of day (UTC); while they are awake when left out
    people: int | None = Field(default=None, ge=1)  # together; each one alone when left out
