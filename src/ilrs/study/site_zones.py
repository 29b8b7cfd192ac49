"""Clock times of the places that plan together: UTC, Beijing, Moscow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import utc_from_tdb

__all__ = ["ZONES", "Zone", "zones_of"]


@dataclass(frozen=True, slots=True)
class Zone:
    """A clock that stands a whole number of hours before UTC, all year."""

    name: str
    hours: int

    def text(self, tdb_s: float) -> str:
        """ISO 8601 text of an instant (TDB past J2000) on this clock, to the nearest second."""
        utc: Any = utc_from_tdb(tdb_s + 0.5)
        local = np.datetime_as_string(utc + np.timedelta64(self.hours, "h"), unit="s")
        return f"{local}+{self.hours:02d}:00" if self.hours else f"{local}Z"


#: Beijing has kept UTC+8 without summer time since 1991-09-15, Moscow UTC+3 since 2014-10-26
#: (IANA time zone database, Asia/Shanghai and Europe/Moscow).
ZONES = {
    "UTC": Zone("UTC", 0),
    "Beijing": Zone("Beijing", 8),
    "Moscow": Zone("Moscow", 3),
}


def zones_of(names: str | Sequence[str]) -> tuple[Zone, ...]:
    """The zones named, in that order; a text names several with commas.

    Upper and lower case are the same. Raises IlrsError for a name that is unknown.
    """
    given = names.split(",") if isinstance(names, str) else names
    known = {name.lower(): zone for name, zone in ZONES.items()}
    for name in given:
        if name.strip().lower() not in known:
            raise IlrsError(
                f"no clock is called {name.strip()!r}",
                f"known are {', '.join(ZONES)}",
                "Name them with commas between, such as --zone UTC,Beijing.",
            )
    return tuple(known[name.strip().lower()] for name in given)
