"""Mean light and Earth visibility over maps, and ground that never sees the Sun.

Any span, from a day to a turn of the lunar node, costs the same: `ilrs.moon.sky_density` gathers
the body's way through the sky once per tile, and every pixel looks its horizon up, once per
azimuth. Limb darkening and Earth's eclipses are left out of maps (`ilrs.moon.sun_disc` has both,
for sites).
"""

from typing import Any, TypeAlias

import numba
import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import utc_from_tdb, utc_text
from ilrs.moon.horizon_map import NO_HORIZON
from ilrs.moon.light import solar_irradiance_w_m2
from ilrs.moon.map_tiles import (
    Tile,
    VisiblePart,
    disc_track,
    grid_of,
    limb_elevation_deg,
    map_like,
    pixel_tilt,
    row_strips,
    tiles_of,
    turned_sine,
)
from ilrs.moon.sky_density import SkyDensity, sky_density
from ilrs.sky.kernels import EARTH, SUN
from ilrs.sky.sky import Sky

__all__ = ["earth_map", "horizon_codes", "light_map", "span_attrs"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Codes: TypeAlias = npt.NDArray[np.int16]
Single: TypeAlias = npt.NDArray[np.float32]

_GROUP = 8192  # pixels at a time, so that their sums stay in the second cache


def light_map(
    horizons: xr.Dataset,
    *,
    tdb_s: npt.ArrayLike,
    sky: Sky,
    visible_part: VisiblePart = "any",
) -> xr.Dataset:
    """Mean light per pixel over all epochs given, and the ground in shadow throughout.

    `illumination_fraction`: mean part of the Sun's disc in view [1]. `lit_fraction`: share of the
    epochs with `visible_part` of the disc above the horizon under its centre [1].
    `mean_irradiance_w_m2`: on a surface that follows the Sun, at its true distance [W m-2].
    `shadow_margin_deg`: how far the horizon stands above the highest point that the Sun reached, at
    the azimuth where that is least [deg]; `is_permanently_shadowed` where it is above 0: over the
    span given, so give 18.6 years. A notch in the horizon narrower than the map's azimuth step is
    not seen. NaN (False) where there is no horizon.

    `horizons` is laid out as docs/rooms.md says; epochs in seconds TDB, each of equal weight, in
    any order. Raises IlrsError for a map that is not stereographic, EphemerisRangeError for the
    span.
    """
    epochs = _epochs(tdb_s)
    sums, margin_deg = _mean_map(
        horizons, SUN, tdb_s=epochs, sky=sky, visible_part=visible_part,
    )  # fmt: skip
    lit, seen, flux = sums
    return map_like(
        horizons,
        {
            "illumination_fraction": (seen, "1", "mean visible part of the Sun's disc"),
            "lit_fraction": (lit, "1", f"share of time with {visible_part} of the Sun in view"),
            "mean_irradiance_w_m2": (flux, "W m-2", "mean irradiance facing the Sun"),
            "shadow_margin_deg": (margin_deg, "deg", "least height of the horizon above the Sun"),
            "is_permanently_shadowed": (
                margin_deg > 0.0,
                "1",
                "no part of the Sun in view all through the span",
            ),
        },
        **span_attrs(epochs, sky),
    )


def earth_map(
    horizons: xr.Dataset,
    *,
    tdb_s: npt.ArrayLike,
    sky: Sky,
    visible_part: VisiblePart = "half",
) -> xr.Dataset:
    """Earth's visibility per pixel over all epochs given.

    `earth_mean_fraction`: mean part of Earth's disc in view [1]; `earth_in_view_fraction`: share of
    the epochs with `visible_part` of it above the horizon under its centre, by default its centre
    [1]. Arguments and errors as `light_map`.
    """
    epochs = _epochs(tdb_s)
    (share, seen), _ = _mean_map(
        horizons, EARTH, tdb_s=epochs, sky=sky, visible_part=visible_part,
    )  # fmt: skip
    return map_like(
        horizons,
        {
            "earth_mean_fraction": (seen, "1", "mean visible part of Earth's disc"),
            "earth_in_view_fraction": (share, "1", f"share of time with {visible_part} of Earth"),
        },
        **span_attrs(epochs, sky),
    )


def _epochs(tdb_s: npt.ArrayLike) -> FloatArray:
    epochs = np.ravel(np.asarray(tdb_s, dtype=np.float64))
    if not epochs.size:
        raise IlrsError(
            "a map of mean light over no epochs",
            "a mean is taken over at least one epoch, in seconds TDB past J2000",
            "Give epochs, for instance each hour of a year.",
        )
    return epochs


def span_attrs(epochs: FloatArray, sky: Sky) -> dict[str, Any]:
    """What a map says of its time: first and last epoch, their number, and the kernels."""
    return {
        "start_utc": utc_text(utc_from_tdb(epochs.min())),
        "end_utc": utc_text(utc_from_tdb(epochs.max())),
        "epochs": int(epochs.size),
        "ephemeris": sky.ephemeris.name,
        "orientation": sky.orientation.name,
    }


def horizon_codes(horizons: xr.Dataset, part: Tile) -> Codes:
    """The horizons of a part of the map, whole in azimuth: int16, (azimuths, rows, columns)."""
    cut = horizons["horizon_code"].isel(y_m=part.rows, x_m=part.columns)
    values = cut.transpose("grid_azimuth_deg", "y_m", "x_m").values
    return np.ascontiguousarray(values, dtype=np.int16)


def _mean_map(
    horizons: xr.Dataset,
    body: int,
    *,
    tdb_s: FloatArray,
    sky: Sky,
    visible_part: VisiblePart,
) -> tuple[Single, Single]:
    """Sums of each table over the azimuths (tables, rows, columns), and the shadow's margin."""
    grid = grid_of(horizons)
    azimuths = np.asarray(horizons["grid_azimuth_deg"].values, dtype=np.float64)
    tables = 3 if body == SUN else 2
    sums = np.empty((tables, grid.rows, grid.columns), dtype=np.float32)
    margin = np.empty((grid.rows, grid.columns), dtype=np.float32)
    for tile in tiles_of(grid):
        track = disc_track(body, tdb_s, grid=grid, tile=tile, sky=sky)
        irradiance = solar_irradiance_w_m2(track.distance_m)[None]
        density = sky_density(
            track.azimuth_deg,
            track.elevation_deg,
            angular_radius_deg=track.angular_radius_deg,
            limb_deg=limb_elevation_deg(
                track.elevation_deg, track.angular_radius_deg, visible_part=visible_part
            ),
            weights=irradiance if body == SUN else irradiance[:0],
            grid_azimuths_deg=azimuths,
        )
        for part in row_strips(tile, azimuths=azimuths.size):
            codes, tilt = horizon_codes(horizons, part), pixel_tilt(grid, tile, part=part)
            found, gap = _looked_up(codes, tilt, density)
            sums[:, part.rows, part.columns] = found
            margin[part.rows, part.columns] = gap
    return sums, np.degrees(margin)


def _looked_up(codes: Codes, tilt: Single, density: SkyDensity) -> tuple[Single, Single]:
    shape = codes.shape[1:]
    sums = np.zeros((len(density.tables), *shape), dtype=np.float32)
    margin = np.full(shape, np.inf, dtype=np.float32)
    angles = np.stack([density.sine_azimuth, density.cosine_azimuth, density.ceiling_sine])
    _look_up(
        codes, tilt, density.azimuth_index, angles.astype(np.float32), density.tables,
        np.float32(density.first_sine), np.float32(1.0 / density.sine_step), sums, margin,
    )  # fmt: skip
    hole = np.isneginf(margin)
    sums[:, hole] = np.nan
    margin[hole] = np.nan
    return sums, margin


@numba.njit(cache=True, error_model="numpy", parallel=True)
def _look_up(
    codes: Codes,
    tilt: Single,
    azimuth_index: npt.NDArray[np.int64],
    angles: Single,
    tables: Single,
    first_sine: np.float32,
    per_sine: np.float32,
    sums: Single,
    margin: Single,
) -> None:
    """Adds up the tables at every pixel's horizon; the sums of a few rows at a time stay cached."""
    _, rows, columns = codes.shape
    together = max(1, _GROUP // columns)
    last = tables.shape[2] - 1
    for group in numba.prange((rows + together - 1) // together):
        index = np.empty(columns, dtype=np.int32)
        for k in range(azimuth_index.size):
            sine, cosine, ceiling = angles[0, k], angles[1, k], angles[2, k]
            for row in range(group * together, min((group + 1) * together, rows)):
                code = codes[azimuth_index[k], row]
                along, mx, my = tilt[0, row], tilt[1, row], tilt[2, row]
                ux, uy = tilt[3, row], tilt[4, row]
                least = margin[row]
                for i in range(columns):
                    own = along[i], mx[i], my[i], ux[i], uy[i]
                    turned = turned_sine(code[i], own, sine, cosine)
                    gap = turned - ceiling
                    gap = gap if code[i] != NO_HORIZON else np.float32(-np.inf)
                    least[i] = least[i] if least[i] < gap else gap
                    place = (turned - first_sine) * per_sine + np.float32(0.5)
                    index[i] = np.int32(min(max(place, np.float32(0.0)), np.float32(last)))
                for t in range(tables.shape[0]):
                    table, total = tables[t, k], sums[t, row]
                    for i in range(columns):
                        total[i] += table[index[i]]
