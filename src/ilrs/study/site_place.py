"""The place that a site tool is asked about, and the horizon seen from it.

A place is a site of the programme, by its id, or a point written LAT,LON.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import Provenance
from ilrs.foundation.time import JULIAN_YEAR_S, parse_utc, tdb_from_utc
from ilrs.programme.entities import Programme, Site
from ilrs.sky.directions import subpoint_deg
from ilrs.sky.kernels import SUN
from ilrs.sky.sky import Sky
from ilrs.study.site_horizon import computed_horizon, site_horizon

__all__ = [
    "DEFAULT_MASTS_M",
    "Place",
    "place_of",
    "point_deg",
    "require_covered",
    "span_tdb_s",
]

#: Heights for which a horizon is computed where none are asked: a lander's deck and a mast. [m]
DEFAULT_MASTS_M = (2.0, 10.0)

_MOST_YEARS = 200.0
_NUMBER = r"\s*([-+]?\d+(?:\.\d*)?)\s*"
_POINT = re.compile(rf"^{_NUMBER},{_NUMBER}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A point on the Moon with its name, its horizon, and what they came from."""

    name: str
    profile: xr.Dataset
    programme: str = ""
    programme_sha256: str = ""
    inputs_sha256: Mapping[str, str] = field(default_factory=dict)

    @property
    def latitude_deg(self) -> float:
        """Latitude in the frame of the profile. [deg]"""
        return float(self.profile.attrs["latitude_deg"])

    @property
    def longitude_deg(self) -> float:
        """Longitude, east positive. [deg]"""
        return float(self.profile.attrs["longitude_deg"])

    @property
    def point(self) -> dict[str, Any]:
        """Where it is, as `ilrs.sky.directions` takes it: degrees, and metres of ground height."""
        return {
            "latitude_deg": self.latitude_deg,
            "longitude_deg": self.longitude_deg,
            "height_m": float(self.profile.attrs["ground_height_m"]),
        }

    def provenance(self, command: str, sky: Sky) -> Provenance:
        """What made a result about this place."""
        return Provenance(
            programme=self.programme,
            programme_sha256=self.programme_sha256,
            command=command,
            seed=0,
            ephemeris=sky.ephemeris.name,
            orientation=sky.orientation.name,
            inputs_sha256=self.inputs_sha256,
        )


def require_covered(span_s: tuple[float, float], sky: Sky) -> None:
    """Raises EphemerisRangeError where the kernels do not reach from end to end of a span.

    Asked before the long work, so that it is not done in vain.
    """
    subpoint_deg(SUN, span_s, **sky.kernels)


def span_tdb_s(start: str, end: str | None, *, years: float = 1.0) -> tuple[float, float]:
    """First and last instant of a span, TDB past J2000. [s]

    Dates are ISO 8601 UTC. Without an end the span is `years` long: to the same date where that is
    a whole number, else so many Julian years. Raises IlrsError for a text that is no date and a
    span that is empty.
    """
    first = parse_utc(start)
    start_s = float(tdb_from_utc(first))
    if end is None and not 0.0 < years <= _MOST_YEARS:
        raise IlrsError(
            f"a span of {years:g} years",
            f"a span is longer than 0 and at most {_MOST_YEARS:g} years",
            "Correct the number of years.",
        )
    if end is not None:
        end_s = float(tdb_from_utc(parse_utc(end)))
    elif years == int(years):
        month = first.astype("datetime64[M]")
        end_s = float(tdb_from_utc(month + 12 * int(years) + (first - month)))
    else:
        seconds = np.timedelta64(round(years * JULIAN_YEAR_S), "s")
        end_s = float(tdb_from_utc(first + seconds))
    if not end_s > start_s:
        raise IlrsError(
            f"a span from {start} to {end} is empty",
            "the end of a span lies after its start",
            "Exchange or correct the two dates.",
        )
    return start_s, end_s


def place_of(
    site: str,
    *,
    programme: Programme,
    terrain: Sequence[Path] = (),
    mast_heights_m: Sequence[float] = (),
) -> Place:
    """The place that a text names, with its horizon: read from the site's file, or computed.

    `site` is a site's id or LAT,LON in degrees. `terrain` (DEM files, finest first) takes the place
    of what the site declares; a computed horizon serves `mast_heights_m`, DEFAULT_MASTS_M where
    none are given. Raises IlrsError for an unknown site, for a place without horizon and terrain,
    and as `ilrs.moon.horizon` does.
    """
    masts = sorted(mast_heights_m) or DEFAULT_MASTS_M
    point = _POINT.match(site)
    if point:
        latitude, longitude = float(point[1]), float(point[2])
        if not terrain:
            raise IlrsError(
                f"there is no terrain for the point {site}",
                "a point that is no site of the programme has no horizon of its own",
                "Name DEM files that hold it with --terrain, finest first.",
            )
        horizon, files = computed_horizon(
            terrain, latitude_deg=latitude, longitude_deg=longitude, mast_heights_m=masts
        )
        return Place(name=site, profile=horizon, inputs_sha256=files)
    found = _declared(site, programme)
    horizon, files = site_horizon(programme, found, terrain=terrain, mast_heights_m=masts)
    return Place(
        name=found.id,
        profile=horizon,
        programme=programme.name,
        programme_sha256=programme.sha256,
        inputs_sha256=files,
    )


def point_deg(site: str, *, programme: Programme) -> tuple[str, float, float]:
    """The name, latitude and longitude of a place: a site's id, or LAT,LON. [deg]

    Raises IlrsError for an unknown site and for one without coordinates.
    """
    point = _POINT.match(site)
    if point:
        return site, float(point[1]), float(point[2])
    found = _declared(site, programme)
    if found.latitude_deg is None or found.longitude_deg is None:
        raise IlrsError(
            f"site {site} has no coordinates",
            "a place on a map is a point",
            "Give the site `latitude:` and `longitude:`, or name a point as LAT,LON.",
        )
    return found.id, found.latitude_deg, found.longitude_deg


def _declared(name: str, programme: Programme) -> Site:
    if name in programme.sites:
        return programme.sites[name]
    ready = [key for key, site in programme.sites.items() if site.horizon]
    raise IlrsError(
        f"there is no site {name!r}",
        f"{programme.name} declares {len(programme.sites)} sites, with a horizon: "
        f"{', '.join(ready) or 'none'}",
        "Name one of its sites, or a point as LAT,LON such as -89.78,203.7 with --terrain.",
    )
