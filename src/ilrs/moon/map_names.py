"""Names on the Moon: the IAU's Gazetteer of Planetary Nomenclature, as a table of its export."""

import csv
from dataclasses import dataclass
from pathlib import Path

from ilrs.foundation.errors import IlrsError

__all__ = ["PlaceName", "read_names"]

_COLUMNS = ("Feature_Name", "Diameter", "Center_Latitude", "Center_Longitude", "Approval_Status")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceName:
    """A named place; `diameter_m` is 0 for a point."""

    name: str
    latitude_deg: float
    longitude_deg: float
    diameter_m: float = 0.0


def read_names(path: Path) -> list[PlaceName]:
    """The names that the IAU has approved, from a CSV export of the Gazetteer; largest first.

    Columns Feature_Name, Diameter (km), Center_Latitude, Center_Longitude (east positive) and
    Approval_Status. Raises IlrsError for a file that is absent or has other columns.
    """
    path = Path(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            names = [
                PlaceName(
                    name=row["Feature_Name"].strip(),
                    latitude_deg=float(row["Center_Latitude"]),
                    longitude_deg=float(row["Center_Longitude"]),
                    diameter_m=1e3 * float(row["Diameter"] or 0.0),
                )
                for row in csv.DictReader(stream)
                if row["Approval_Status"].strip() == "Approved"
            ]
    except (OSError, UnicodeError, KeyError, ValueError, AttributeError, csv.Error):
        raise IlrsError(
            f"the table of names {path.name} cannot be read",
            f"the Gazetteer's CSV export has the columns {', '.join(_COLUMNS)}",
            "Correct the path, or export the Moon's names from planetarynames.wr.usgs.gov.",
        ) from None
    return sorted(names, key=lambda place: (-place.diameter_m, place.name))
