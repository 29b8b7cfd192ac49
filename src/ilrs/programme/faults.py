"""What breaks and how it is mended, as partners declare it of an element."""

from typing import Annotated, Literal

from pydantic import Field

from ilrs.programme.keys import DeclaredModel
from ilrs.programme.types import Fraction, PerYear, Seconds

__all__ = ["Fault", "Repair", "WearOut"]


class WearOut(DeclaredModel):
    """Ageing by Weibull's law: how suddenly, and by when 63 % have failed."""

    shape: Annotated[float, Field(gt=0, allow_inf_nan=False)]  # above 1 it wears out
    life_s: Seconds  # characteristic life: by then 63 % have failed


class Repair(DeclaredModel):
    """Who mends a fault and how long it takes; a robot, or the crew, does one job after another."""

    by: Literal["itself", "spare", "robot", "crew"]  # the crew works during its visits only
    time_s: Seconds  # of work, or until a spare has taken over
    spread: Literal["fixed", "exponential"] = "fixed"  # always that time, or that time on average
    robot: str | None = None  # works while its own faults leave it any ability
    spares_of: str | None = None  # takes one of its spares; with `by: spare` its own when left out


class Fault(DeclaredModel):
    """One way in which an element fails: how often, with what effect, and how it is mended."""

    name: str
    rate_per_year: PerYear = 0.0  # the same at any age
    wear_out: WearOut | None = None  # comes on top of the rate
    effect: Literal["lost", "degraded", "power_cycle"] = "lost"
    left: Fraction | None = None  # of the ability, when degraded
    outage_s: Seconds | None = None  # of a power cycle, after which it works again
    repair: Repair | None = None  # none: it stays so
