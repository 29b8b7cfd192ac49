"""What a mast buys: metres of height against mean light, longest darkness and Earth in view."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.angles import azimuth_deg as on_circle_deg
from ilrs.foundation.time import utc_from_tdb, utc_text
from ilrs.foundation.windows import Windows
from ilrs.moon.light import sun_visible_fraction
from ilrs.sky.directions import BODY_RADIUS_M, angular_radius_deg, apparent_directions
from ilrs.sky.kernels import EARTH, SUN
from ilrs.sky.sky import Sky
from ilrs.study.site_chart import Panel, line_chart
from ilrs.study.site_limbs import view_windows
from ilrs.study.site_place import Place, require_covered

__all__ = ["MAST_LIST_M", "mast_record", "mast_study", "mast_svg"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: The heights that are tried where none are named. [m]
MAST_LIST_M = (2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 40.0, 50.0, 75.0, 100.0)

_MEAN_STEP_S = 3600.0
_EDGE_STEP_S = 900.0
_VARIABLES = {
    "illumination_fraction": ("1", "mean part of the Sun's disc in view"),
    "lit_fraction": ("1", "share of time with any of the Sun in view"),
    "longest_darkness_s": ("s", "longest time without the Sun"),
    "longest_darkness_start_tdb_s": ("s", "when that begins, TDB past J2000"),
    "dark_spells": ("1", "times without the Sun"),
    "earth_in_view_fraction": ("1", "share of time with Earth's centre in view"),
    "longest_outage_s": ("s", "longest time without Earth's centre in view"),
}


def mast_study(
    place: Place,
    *,
    span_s: tuple[float, float],
    sky: Sky,
    mast_heights_m: Sequence[float] = (),
) -> xr.Dataset:
    """Light, darkness and Earth on `mast_height_m`, each variable with its unit and long name.

    `mast_heights_m` must lie within the profile's heights; those themselves where none are given.
    The mean light is hourly; spells are found in steps of 15 min and their edges to the second, so
    one shorter than that may be missed. A spell cut off by an end of the span counts as far as it
    goes. Raises IlrsError for a mast outside the profile, EphemerisRangeError for a span outside
    the kernels.
    """
    require_covered(span_s, sky)
    masts = np.unique(
        np.asarray(mast_heights_m or place.profile["mast_height_m"].values, dtype=np.float64)
    )
    sun = _hourly_sun(place, span_s=span_s, sky=sky)
    rows = [_of_mast(place, float(mast), sun, span_s=span_s, sky=sky) for mast in masts]
    return xr.Dataset(
        {
            name: (
                "mast_height_m",
                np.array([row[name] for row in rows]),
                {"units": unit, "long_name": text},
            )
            for name, (unit, text) in _VARIABLES.items()
        },
        coords={"mast_height_m": ("mast_height_m", masts, {"units": "m"})},
        attrs={
            "site": place.name,
            "latitude_deg": place.latitude_deg,
            "longitude_deg": place.longitude_deg,
            "start_utc": utc_text(utc_from_tdb(span_s[0])),
            "end_utc": utc_text(utc_from_tdb(span_s[1])),
            "note": str(place.profile.attrs.get("note", "")),
            "ephemeris": sky.ephemeris.name,
            "orientation": sky.orientation.name,
        },
    )


def _hourly_sun(place: Place, *, span_s: tuple[float, float], sky: Sky) -> tuple[Any, ...]:
    """Azimuth, elevation and angular radius of the Sun in the middle of every hour."""
    count = max(1, round((span_s[1] - span_s[0]) / _MEAN_STEP_S))
    edges = np.linspace(*span_s, count + 1)
    azimuth, elevation, distance = (
        values[0]
        for values in apparent_directions(
            (SUN,),
            0.5 * (edges[1:] + edges[:-1]),
            **sky.kernels,
            **place.point,
        )
    )
    radius = angular_radius_deg(distance, radius_m=BODY_RADIUS_M[SUN])
    return on_circle_deg(azimuth), elevation, radius


def _of_mast(
    place: Place, mast_m: float, sun: tuple[Any, ...], *, span_s: tuple[float, float], sky: Sky
) -> dict[str, float]:
    azimuth, elevation, radius = sun
    fraction = sun_visible_fraction(
        azimuth, elevation, angular_radius_deg=radius, profile=place.profile, mast_height_m=mast_m
    )
    lit = view_windows(
        place, body=SUN, visible_part="any", mast_height_m=mast_m, span_s=span_s, sky=sky,
        step_s=_EDGE_STEP_S,
    )  # fmt: skip
    earth = view_windows(
        place, body=EARTH, visible_part="half", mast_height_m=mast_m, span_s=span_s, sky=sky,
        step_s=_EDGE_STEP_S,
    )  # fmt: skip
    whole_s = span_s[1] - span_s[0]
    dark = lit.within(*span_s)
    return {
        "illumination_fraction": float(fraction.mean()),
        "lit_fraction": lit.total_s / whole_s,
        "longest_darkness_s": dark.longest_s,
        "longest_darkness_start_tdb_s": _longest_start_s(dark),
        "dark_spells": float(len(dark)),
        "earth_in_view_fraction": earth.total_s / whole_s,
        "longest_outage_s": earth.within(*span_s).longest_s,
    }


def _longest_start_s(spells: Windows) -> float:
    return float(spells.start_s[np.argmax(spells.duration_s)]) if len(spells) else float("nan")


def mast_record(found: xr.Dataset) -> dict[str, Any]:
    """A mast study as plain data: its attributes, and one entry for each height."""
    rows = []
    for mast in found["mast_height_m"].values:
        row = found.sel(mast_height_m=mast)
        cells = {str(name): float(value) for name, value in row.items()}
        start_s = cells.pop("longest_darkness_start_tdb_s")
        cells["dark_spells"] = int(cells["dark_spells"])
        known = utc_text(utc_from_tdb(start_s)) if np.isfinite(start_s) else None
        rows.append({"mast_height_m": float(mast), **cells, "longest_darkness_start_utc": known})
    return {**{str(key): value for key, value in found.attrs.items()}, "masts": rows}


def mast_svg(found: xr.Dataset) -> str:
    """A mast study as an SVG plot: mean light and longest darkness against height."""
    attrs = found.attrs
    span = f"{attrs['start_utc'][:10]} to {attrs['end_utc'][:10]}"
    panels = [
        Panel(
            title="Mean light, % of the Sun's disc",
            values=(100.0 * found["illumination_fraction"].values).tolist(),
            colour="amber",
            top=100.0,
        ),
        Panel(
            title="Longest darkness, h",
            values=(found["longest_darkness_s"].values / 3600.0).tolist(),
            colour="blue",
        ),
    ]
    return line_chart(
        found["mast_height_m"].values.tolist(),
        panels,
        title=f"What a mast buys at {attrs['site']}",
        x_title="metres of mast above ground",
        foot=f"{span}; {attrs['ephemeris']}, {attrs['orientation']}",
    )
