"""Announced dates as spans: "2028" is any instant of 2028, and is kept so."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ilrs.foundation.time import parse_utc, utc_text

__all__ = ["DateBounds", "Days", "date_bounds", "days_between"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DateBounds:
    """Instants (datetime64[ns], UTC) between which a date lies: half open, with its middle.

    The middle is the nominal date: a choice, since an announcement names none.
    """

    earliest: Any
    nominal: Any
    latest: Any

    def later(self, elapsed_s: float) -> "DateBounds":
        """The same span, moved to a later time."""
        shift = np.timedelta64(round(elapsed_s * 1e3), "ms")
        return DateBounds(
            earliest=self.earliest + shift,
            nominal=self.nominal + shift,
            latest=self.latest + shift,
        )

    def at_least(self, other: "DateBounds") -> "DateBounds":
        """The span of the later of two dates."""
        return DateBounds(
            earliest=max(self.earliest, other.earliest),
            nominal=max(self.nominal, other.nominal),
            latest=max(self.latest, other.latest),
        )

    def __str__(self) -> str:
        first, last = utc_text(self.earliest)[:10], utc_text(self.latest)[:10]
        return first if first == last else f"{first} … {last}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """A number of days with its bounds, and what it means; None where a date is not known."""

    least_d: float | None
    nominal_d: float | None
    most_d: float | None
    text: str


def date_bounds(text: str) -> DateBounds:
    """The span that an announced date covers: a year, a month, a day, or one instant.

    Raises IlrsError for a text that is no date.
    """
    text = text.strip()
    unit = {4: "Y", 7: "M", 10: "D"}.get(len(text))
    begin = parse_utc(text + {"Y": "-01-01", "M": "-01"}.get(unit or "", ""))
    if unit is None:
        return DateBounds(earliest=begin, nominal=begin, latest=begin)
    # numpy counts years and months as calendars do
    end = (begin.astype(f"datetime64[{unit}]") + 1).astype("datetime64[ns]")
    return DateBounds(earliest=begin, nominal=begin + (end - begin) // 2, latest=end)


def days_between(earlier: Any, later: Any) -> float:
    """Days of 86,400 s from one instant to another, negative when it comes first. [d]"""
    return float((later - earlier) / np.timedelta64(1, "D"))
