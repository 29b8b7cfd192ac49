"""Longest darkness, light and silence over maps, light per lunation: what needs time in order.

The horizons of a block of pixels are turned into the tile's frame once, as 16-bit numbers at twice
the map's azimuths (linear between); then time goes by outside and pixels inside, one comparison
each, so that what is touched stays in the cache and the inner loop is vector code.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

import numba
import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import DAY_S
from ilrs.moon.horizon_map import NO_HORIZON
from ilrs.moon.light_map import horizon_codes, span_attrs
from ilrs.moon.map_tiles import (
    Tile,
    VisiblePart,
    disc_track,
    even_step_s,
    grid_of,
    limb_elevation_deg,
    map_like,
    pixel_tilt,
    row_strips,
    tiles_of,
    turned_sine,
)
from ilrs.sky.kernels import EARTH, SUN
from ilrs.sky.sky import Sky

__all__ = [
    "LUNATION_S",
    "SUBAZIMUTHS",
    "SkyPart",
    "earth_spell_map",
    "light_spell_map",
    "lunation_map",
    "neither_map",
    "sky_parts",
    "sky_thresholds",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]
Codes: TypeAlias = npt.NDArray[np.int16]
Single: TypeAlias = npt.NDArray[np.float32]

#: Mean synodic month, Chapront-Touze & Chapront 1988 (1988A&A...190..342C): 29.530588861 d. [s]
LUNATION_S = 29.530588861 * DAY_S

#: Azimuths at which horizons are compared, for each of the map's.
SUBAZIMUTHS = 2
_GROUP = 1024  # pixels at a time: their horizons and counters fit the second cache


class SkyPart(NamedTuple):
    """A part of a map with what passes over it, as the kernels want it."""

    place: Tile
    codes: Codes  # horizons (azimuths, rows, columns)
    tilt: Single
    azimuth: npt.NDArray[np.int32]  # nearest of the finer azimuths, (bodies, epochs)
    limb: Codes  # sine of the deciding point's elevation, (bodies, epochs)
    per_sine: float  # codes in a sine of 1
    angles: Single  # sine and cosine of the map's own azimuths

    @property
    def ground(self) -> tuple[Codes, Single, float, Single]:
        """The arguments of `sky_thresholds`."""
        return self.codes, self.tilt, self.per_sine, self.angles


def light_spell_map(
    horizons: xr.Dataset,
    *,
    tdb_s: npt.ArrayLike,
    sky: Sky,
    visible_part: VisiblePart = "any",
) -> xr.Dataset:
    """`longest_darkness_s` and `longest_light_s` per pixel within the span given. [s]

    Dark is an epoch at which `visible_part` of the disc does not clear the horizon under its
    centre: without any of the Sun in view, unless said otherwise. Each epoch stands for one step,
    so that lengths are whole steps; a spell cut off by an end of the span counts as far as it goes.
    NaN where there is no horizon. Raises IlrsError for epochs that are not evenly spaced, and as
    `ilrs.moon.light_map.light_map`.
    """
    without, within, attrs = _spells(
        horizons, SUN, tdb_s=tdb_s, sky=sky, visible_part=visible_part,
    )  # fmt: skip
    return map_like(
        horizons,
        {
            "longest_darkness_s": (without, "s", "longest time without the Sun"),
            "longest_light_s": (within, "s", "longest time of Sun without a break"),
        },
        **attrs,
    )


def earth_spell_map(
    horizons: xr.Dataset,
    *,
    tdb_s: npt.ArrayLike,
    sky: Sky,
    visible_part: VisiblePart = "half",
) -> xr.Dataset:
    """`longest_outage_s` and `longest_view_s` of Earth, per pixel within the span given. [s]

    By default Earth is in view while its centre is. Otherwise as `light_spell_map`.
    """
    without, within, attrs = _spells(
        horizons, EARTH, tdb_s=tdb_s, sky=sky, visible_part=visible_part,
    )  # fmt: skip
    return map_like(
        horizons,
        {
            "longest_outage_s": (without, "s", "longest time without Earth in view"),
            "longest_view_s": (within, "s", "longest time with Earth in view"),
        },
        **attrs,
    )


def neither_map(
    horizons: xr.Dataset,
    *,
    tdb_s: npt.ArrayLike,
    sky: Sky,
    sun_part: VisiblePart = "any",
    earth_part: VisiblePart = "half",
) -> xr.Dataset:
    """`longest_neither_s` [s] and `neither_fraction` [1] per pixel: neither Sun nor Earth in view.

    The longest time without either and the share of such epochs. By default any part of the Sun is
    light, and Earth is in view while its centre is. Both stand over the same horizon at the same
    epoch, so this is not what their separate maps multiplied would say. Otherwise as
    `light_spell_map`.
    """
    epochs, step_s = even_step_s(tdb_s)
    longest_s = np.empty(_shape(horizons), dtype=np.float32)
    share = np.empty_like(longest_s)
    for part in sky_parts(horizons, {SUN: sun_part, EARTH: earth_part}, epochs, sky=sky):
        found = np.empty((2, *part.codes.shape[1:]), dtype=np.float32)
        _longest_neither(*part.ground, part.azimuth, part.limb, found)
        longest_s[part.place.rows, part.place.columns] = found[0] * np.float32(step_s)
        share[part.place.rows, part.place.columns] = found[1] / np.float32(epochs.size)
    return map_like(
        horizons,
        {
            "longest_neither_s": (longest_s, "s", "longest time without Sun and Earth in view"),
            "neither_fraction": (share, "1", "share of time without Sun and Earth in view"),
        },
        **span_attrs(epochs, sky), step_s=step_s,
    )  # fmt: skip


def lunation_map(
    horizons: xr.Dataset,
    *,
    tdb_s: npt.ArrayLike,
    sky: Sky,
    visible_part: VisiblePart = "any",
) -> xr.Dataset:
    """`lit_s` per lunation and pixel: time with `visible_part` of the Sun in view. [s]

    A lunation is a mean synodic month counted from the first epoch, so the first need not begin at
    new Moon; what is left over at the end of the span is dropped. `lunation_start_s` on `lunation`
    counts from the first epoch. Raises IlrsError for a span shorter than a lunation, and as
    `light_spell_map`.
    """
    epochs, step_s = even_step_s(tdb_s)
    count = int((epochs.size * step_s + 0.5 * step_s) / LUNATION_S)
    if count < 1:
        raise IlrsError(
            f"a span of {epochs.size * step_s / DAY_S:.1f} d for light per lunation",
            "a lunation is 29.53 d",
            "Lengthen the span.",
        )
    starts = np.round(np.arange(count + 1) * LUNATION_S / step_s).astype(np.int64)
    lit_s = np.empty((count, *_shape(horizons)), dtype=np.float32)
    for part in sky_parts(horizons, {SUN: visible_part}, epochs, sky=sky):
        found = np.empty((count, *part.codes.shape[1:]), dtype=np.float32)
        _count_lit(*part.ground, part.azimuth[0], part.limb[0], starts, found)
        lit_s[:, part.place.rows, part.place.columns] = found * np.float32(step_s)
    made = map_like(horizons, {}, **span_attrs(epochs, sky), step_s=step_s)
    made["lit_s"] = (
        ("lunation", "y_m", "x_m"),
        lit_s,
        {"units": "s", "long_name": f"time per lunation with {visible_part} of the Sun in view"},
    )
    made["lunation_start_s"] = (
        "lunation",
        starts[:-1] * step_s,
        {"units": "s", "long_name": "start of the lunation, from the first epoch"},
    )
    return made


def _spells(
    horizons: xr.Dataset,
    body: int,
    *,
    tdb_s: npt.ArrayLike,
    sky: Sky,
    visible_part: VisiblePart,
) -> tuple[Single, Single, dict[str, Any]]:
    epochs, step_s = even_step_s(tdb_s)
    without = np.empty(_shape(horizons), dtype=np.float32)
    within = np.empty_like(without)
    for part in sky_parts(horizons, {body: visible_part}, epochs, sky=sky):
        found = np.empty((2, *part.codes.shape[1:]), dtype=np.float32)
        _longest(*part.ground, part.azimuth[0], part.limb[0], found)
        without[part.place.rows, part.place.columns] = found[0] * np.float32(step_s)
        within[part.place.rows, part.place.columns] = found[1] * np.float32(step_s)
    return without, within, span_attrs(epochs, sky) | {"step_s": step_s}


def _shape(horizons: xr.Dataset) -> tuple[int, int]:
    grid = grid_of(horizons)
    return grid.rows, grid.columns


def sky_parts(
    horizons: xr.Dataset, bodies: Mapping[int, VisiblePart], epochs: FloatArray, *, sky: Sky
) -> Iterator[SkyPart]:
    """Every part of the map, with its horizons, its tilts and the bodies' ways over it."""
    grid = grid_of(horizons)
    azimuths = np.asarray(horizons["grid_azimuth_deg"].values, dtype=np.float64)
    angles = np.radians(azimuths)
    along = np.stack([np.sin(angles), np.cos(angles)]).astype(np.float32)
    finer = azimuths.size * SUBAZIMUTHS
    for tile in tiles_of(grid):
        places, sines = np.empty((2, len(bodies), epochs.size))
        for k, (body, visible_part) in enumerate(bodies.items()):
            track = disc_track(body, epochs, grid=grid, tile=tile, sky=sky)
            limb_deg = limb_elevation_deg(
                track.elevation_deg, track.angular_radius_deg, visible_part=visible_part
            )
            places[k] = (track.azimuth_deg - azimuths[0]) * (finer / 360.0)
            sines[k] = np.sin(np.radians(limb_deg))
        per_sine = 32_000.0 / float(np.abs(sines).max())
        azimuth = np.mod(np.round(places).astype(np.int32), finer).astype(np.int32)
        limb = np.round(sines * per_sine).astype(np.int16)
        for place in row_strips(tile, azimuths=azimuths.size):
            codes, tilt = horizon_codes(horizons, place), pixel_tilt(grid, tile, part=place)
            yield SkyPart(place, codes, tilt, azimuth, limb, per_sine, along)


@numba.njit(cache=True, error_model="numpy")
def sky_thresholds(codes: Any, tilt: Any, per_sine: float, angles: Any) -> Any:
    """Horizons of pixels in the tile's frame, as codes of the sine; (finer azimuths, pixels).

    A code beyond anything the body reaches is held at the ends of 16 bits. The second result is 0
    for a pixel without a horizon.
    """
    count, pixels = codes.shape
    scale, least, most = np.float32(per_sine), np.float32(-32767.0), np.float32(32767.0)
    # Rows of a part of an array have strides of their own; only copies make vector code.
    along, mx, my = tilt[0].copy(), tilt[1].copy(), tilt[2].copy()
    ux, uy = tilt[3].copy(), tilt[4].copy()
    found = np.empty((count * SUBAZIMUTHS, pixels), dtype=np.int16)
    known = np.ones(pixels, dtype=np.int16)
    for k in range(count):
        sine, cosine = angles[0, k], angles[1, k]
        code, row = codes[k].copy(), found[k * SUBAZIMUTHS]
        for p in range(pixels):
            turned = turned_sine(code[p], (along[p], mx[p], my[p], ux[p], uy[p]), sine, cosine)
            row[p] = np.int16(min(max(turned * scale, least), most))
        for p in range(pixels):
            known[p] = np.int16(0) if code[p] == NO_HORIZON else known[p]
    for k in range(count):
        after = ((k + 1) % count) * SUBAZIMUTHS
        for p in range(pixels):
            found[k * SUBAZIMUTHS + 1, p] = (
                np.int32(found[k * SUBAZIMUTHS, p]) + np.int32(found[after, p])
            ) // 2
    return found, known


@numba.njit(cache=True, error_model="numpy", parallel=True)
def _longest(
    codes: Any, tilt: Any, per_sine: float, angles: Any, azimuth: Any, limb: Any, found: Any
) -> None:
    """Most epochs in a row without and with the body, (2, rows, columns)."""
    count, rows, columns = codes.shape
    flat, tilts = codes.reshape(count, -1), tilt.reshape(5, -1)
    results = found.reshape(2, -1)
    pixels = rows * columns
    for group in numba.prange((pixels + _GROUP - 1) // _GROUP):
        start, stop = group * _GROUP, min((group + 1) * _GROUP, pixels)
        under, known = sky_thresholds(flat[:, start:stop], tilts[:, start:stop], per_sine, angles)
        last_lit = np.full(stop - start, -1, dtype=np.int32)
        last_dark = np.full(stop - start, -1, dtype=np.int32)
        without = np.zeros(stop - start, dtype=np.int32)
        within = np.zeros(stop - start, dtype=np.int32)
        for t in range(azimuth.size):
            row, high, now = under[azimuth[t]], limb[t], np.int32(t)
            # Two short loops: with five arrays in one, the compiler gives up vector code.
            for p in range(stop - start):
                last_lit[p] = now if row[p] < high else last_lit[p]
                without[p] = max(without[p], np.int32(now - last_lit[p]))
            for p in range(stop - start):
                last_dark[p] = last_dark[p] if row[p] < high else now
                within[p] = max(within[p], np.int32(now - last_dark[p]))
        for p in range(stop - start):
            results[0, start + p] = without[p] if known[p] else np.nan
            results[1, start + p] = within[p] if known[p] else np.nan


@numba.njit(cache=True, error_model="numpy", parallel=True)
def _longest_neither(
    codes: Any, tilt: Any, per_sine: float, angles: Any, azimuth: Any, limb: Any, found: Any
) -> None:
    """Most epochs in a row without either of two bodies, and how many in all."""
    count, rows, columns = codes.shape
    flat, tilts = codes.reshape(count, -1), tilt.reshape(5, -1)
    results = found.reshape(2, -1)
    pixels = rows * columns
    for group in numba.prange((pixels + _GROUP - 1) // _GROUP):
        start, stop = group * _GROUP, min((group + 1) * _GROUP, pixels)
        under, known = sky_thresholds(flat[:, start:stop], tilts[:, start:stop], per_sine, angles)
        last = np.full(stop - start, -1, dtype=np.int32)
        longest = np.zeros(stop - start, dtype=np.int32)
        alone = np.zeros(stop - start, dtype=np.int32)
        for t in range(azimuth.shape[1]):
            one, other = under[azimuth[0, t]], under[azimuth[1, t]]
            high, other_high, now = limb[0, t], limb[1, t], np.int32(t)
            for p in range(stop - start):
                last[p] = now if (one[p] < high) | (other[p] < other_high) else last[p]
                longest[p] = max(longest[p], np.int32(now - last[p]))
            for p in range(stop - start):
                alone[p] += (one[p] >= high) & (other[p] >= other_high)
        for p in range(stop - start):
            results[0, start + p] = longest[p] if known[p] else np.nan
            results[1, start + p] = alone[p] if known[p] else np.nan


@numba.njit(cache=True, error_model="numpy", parallel=True)
def _count_lit(
    codes: Any,
    tilt: Any,
    per_sine: float,
    angles: Any,
    azimuth: Any,
    limb: Any,
    starts: Any,
    found: Any,
) -> None:
    """Epochs with the body in view between each two starts, (starts - 1, rows, columns)."""
    count, rows, columns = codes.shape
    flat, tilts = codes.reshape(count, -1), tilt.reshape(5, -1)
    results = found.reshape(found.shape[0], -1)
    pixels = rows * columns
    for group in numba.prange((pixels + _GROUP - 1) // _GROUP):
        start, stop = group * _GROUP, min((group + 1) * _GROUP, pixels)
        under, known = sky_thresholds(flat[:, start:stop], tilts[:, start:stop], per_sine, angles)
        lit = np.empty(stop - start, dtype=np.int32)
        for span in range(starts.size - 1):
            lit[:] = 0
            for t in range(starts[span], starts[span + 1]):
                row, high = under[azimuth[t]], limb[t]
                for p in range(stop - start):
                    lit[p] += row[p] < high
            for p in range(stop - start):
                results[span, start + p] = lit[p] if known[p] else np.nan
