"""Ways of working of an element, and what it does by itself: the rules on board."""

from pydantic import Field

from ilrs.programme.keys import DeclaredModel
from ilrs.programme.types import BitsPerSecond, Degrees, Fraction, Kelvin, Seconds, Watts

__all__ = ["Mode", "Rule"]


class Mode(DeclaredModel):
    """What an element draws and makes in one way of working, and what rests meanwhile."""

    power_w: Watts = 0.0
    data_bps: BitsPerSecond = 0.0
    sheds: int | None = Field(default=None, ge=0, le=9)  # research from this priority on rests


class Rule(DeclaredModel):
    """When an element changes its mode by itself: all that is written of it must hold."""

    to: str
    from_modes: tuple[str, ...] = Field(default=(), alias="from")  # any when left out
    of: str | None = None  # whose temperature, charge and failure are asked; its own when left out
    sun_elevation_above_deg: Degrees | None = None
    sun_elevation_below_deg: Degrees | None = None
    light_above: Fraction | None = None  # part of the Sun's disc above the terrain
    light_below: Fraction | None = None
    surface_temperature_above_k: Kelvin | None = None  # of the ground
    surface_temperature_below_k: Kelvin | None = None
    temperature_above_k: Kelvin | None = None  # of the element's own node
    temperature_below_k: Kelvin | None = None
    charge_above: Fraction | None = None  # of the element's store, or of its grid's
    charge_below: Fraction | None = None
    crew_due_above_s: Seconds | None = None  # until people come; 0 s while they are there
    crew_due_below_s: Seconds | None = None
    without_contact_above_s: Seconds | None = None  # since a link of the site was last open
    without_contact_below_s: Seconds | None = None
    failed: bool | None = None  # true: a fault holds; false: none does
    unserved: bool = False  # its keep-alive power was not served in the step before
    after_s: Seconds = 0.0  # in the mode it leaves
