"""The place that a site tool is asked about, and the horizon seen from it.

A place is a site of the programme, by its id, or a point written LAT,LON.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import Provenance, sha256_of_file
from ilrs.foundation.time import JULIAN_YEAR_S, parse_utc, tdb_from_utc
from ilrs.moon.horizon import horizon_profile, read_profile
from ilrs.moon.terrain import read_terrain
from ilrs.programme.entities import Programme, Site
from ilrs.programme.load import find_file
from ilrs.sky.kernels import Ephemeris, open_ephemeris
from ilrs.sky.orientation import Orientation, open_orientation

__all__ = ["DEFAULT_MASTS_M", "Place", "Sky", "open_sky", "place_of", "span_tdb_s"]

#: Heights for which a horizon is computed where none are asked: a lander's deck and a mast. [m]
DEFAULT_MASTS_M = (2.0, 10.0)

_NUMBER = r"\s*([-+]?\d+(?:\.\d*)?)\s*"
_POINT = re.compile(rf"^{_NUMBER},{_NUMBER}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sky:
    """The kernels that say where Sun and Earth stand."""

    ephemeris: Ephemeris
    orientation: Orientation


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


def open_sky(orientation: str) -> Sky:
    """DE440 and the Moon's orientation of that name; raises as `ilrs.sky` does."""
    return Sky(ephemeris=open_ephemeris(), orientation=open_orientation(orientation))


def span_tdb_s(start: str, end: str | None, *, years: float = 1.0) -> tuple[float, float]:
    """First and last instant of a span, TDB past J2000. [s]

    Dates are ISO 8601 UTC. Without an end the span is `years` long: to the same date where that is
    a whole number, else so many Julian years. Raises IlrsError for a text that is no date and a
    span that is empty.
    """
    first = parse_utc(start)
    start_s = float(tdb_from_utc(first))
    asked = f"a span of {years:g} years is empty"
    if end is not None:
        end_s = float(tdb_from_utc(parse_utc(end)))
        asked = f"a span from {start} to {end} is empty"
    elif years == int(years):
        month = first.astype("datetime64[M]")
        end_s = float(tdb_from_utc(month + 12 * int(years) + (first - month)))
    else:
        end_s = start_s + years * JULIAN_YEAR_S
    if not end_s > start_s:
        raise IlrsError(
            asked,
            "the end of a span lies after its start",
            "Correct the dates, or the number of years.",
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
    point = _POINT.match(site)
    if point:
        latitude, longitude = float(point[1]), float(point[2])
        if not terrain:
            raise IlrsError(
                f"there is no terrain for the point {site}",
                "a point that is no site of the programme has no horizon of its own",
                "Name DEM files that hold it with --terrain, finest first.",
            )
        horizon, files = _computed(terrain, latitude, longitude, masts_m=mast_heights_m)
        return Place(name=site, profile=horizon, inputs_sha256=files)
    found = _declared(site, programme)
    horizon, files = _horizon_of(found, programme, terrain, masts_m=mast_heights_m)
    return Place(
        name=found.id,
        profile=horizon,
        programme=programme.name,
        programme_sha256=programme.sha256,
        inputs_sha256=files,
    )


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


def _horizon_of(
    site: Site, programme: Programme, terrain: Sequence[Path], *, masts_m: Sequence[float]
) -> tuple[xr.Dataset, dict[str, str]]:
    if not terrain and site.horizon:
        path = _found(programme, site.horizon, f"the horizon of {site.id}")
        return read_profile(path), {site.horizon: sha256_of_file(path)}
    paths = [*terrain] or [
        _found(programme, name, f"a terrain of {site.id}") for name in site.terrain
    ]
    if not paths:
        raise IlrsError(
            f"site {site.id} has neither a horizon nor a terrain",
            "one of them is needed to know when the Sun is in view",
            "Give it a `horizon:` file or `terrain:` DEM files, or name a DEM with --terrain.",
        )
    if site.latitude_deg is None or site.longitude_deg is None:
        raise IlrsError(
            f"site {site.id} has no coordinates",
            "a horizon is computed from a point",
            "Give the site `latitude:` and `longitude:`, or name the point as LAT,LON.",
        )
    return _computed(paths, site.latitude_deg, site.longitude_deg, masts_m=masts_m)


def _found(programme: Programme, name: str, what: str) -> Path:
    path = find_file(programme, name)
    if path is None:
        raise IlrsError(
            f"{what} is not there: {name}",
            "it is looked for beside programme.yaml, in each folder that was named",
            "Put the file there or correct its name.",
        )
    return path


def _computed(
    paths: Sequence[Path], latitude_deg: float, longitude_deg: float, *, masts_m: Sequence[float]
) -> tuple[xr.Dataset, dict[str, str]]:
    terrains = [read_terrain(path) for path in paths]
    profile = horizon_profile(
        terrains,
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        mast_heights_m=sorted(masts_m) or DEFAULT_MASTS_M,
    )
    files: dict[str, Any] = {
        Path(path).name: terrain.sha256 for path, terrain in zip(paths, terrains, strict=True)
    }
    return profile, files
