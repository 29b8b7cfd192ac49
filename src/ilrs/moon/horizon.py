"""The horizon seen from a place: elevation of the terrain per azimuth, for several mast heights."""

from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.moon.march import march
from ilrs.moon.terrain import Terrain

__all__ = ["AZIMUTHS_DEG", "horizon_at", "horizon_profile", "read_profile", "write_profile"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: The azimuths of a standard profile: 720 values, 0, 0.5, … [deg]
AZIMUTHS_DEG = np.arange(720) * 0.5

_COARSE_M = 1_000.0  # a station's own hill is no larger
_COLUMNS = "azimuth_deg,mast_height_m,horizon_deg,horizon_distance_m"
_NUMBERS = ("latitude_deg", "longitude_deg", "ground_height_m")
_TEXTS = ("frame", "terrain", "terrain_sha256", "note", "builder", "software")


def horizon_profile(
    terrains: Sequence[Terrain],
    *,
    latitude_deg: float,
    longitude_deg: float,
    mast_heights_m: npt.ArrayLike,
    azimuths_deg: npt.ArrayLike = AZIMUTHS_DEG,
) -> xr.Dataset:
    """Horizon elevation [deg] and its distance [m], per mast height and azimuth.

    The observer stands `mast_heights_m` above the ground of the finest grid that holds the site.
    Rays follow great circles; lunar curvature is exact on the 1737.4 km sphere; light goes straight
    (the Moon has no air). Each ray goes on until the highest terrain there is could not rise above
    what it has found. Samples are at most a quarter of a pixel apart, so a sharp crest comes out
    low by up to an eighth of the height between neighbouring pixels. Layout: docs/rooms.md.

    Raises IlrsError for a site off every grid or beside a hole, for grids of the other pole and for
    masts below ground.
    """
    ordered = sorted(terrains, key=lambda terrain: terrain.grid.pixel_m)
    masts = np.atleast_1d(np.asarray(mast_heights_m, dtype=np.float64))
    azimuths = np.atleast_1d(np.asarray(azimuths_deg, dtype=np.float64))
    _check_masts(masts)
    _check_azimuths(azimuths)
    ground_m = _ground_height_m(ordered, latitude_deg, longitude_deg)
    horizon, distance, first_use = march(
        ordered,
        latitude_deg=latitude_deg,
        longitude_deg=longitude_deg,
        observer_heights_m=ground_m + masts,
        azimuths_deg=azimuths,
    )
    return _dataset(
        azimuths, masts, horizon, distance,
        {
            "latitude_deg": float(latitude_deg),
            "longitude_deg": float(longitude_deg),
            "ground_height_m": ground_m,
            "frame": ordered[0].grid.frame,
            "terrain": ", ".join(terrain.name for terrain in ordered),
            "terrain_sha256": ", ".join(terrain.sha256 for terrain in ordered),
            "note": _note(ordered, first_use),
        },
    )  # fmt: skip


def horizon_at(
    profile: xr.Dataset, azimuth_deg: npt.ArrayLike, *, mast_height_m: float
) -> FloatArray:
    """Horizon elevation at azimuths from 0 to 360, of the shape of `azimuth_deg`. [deg]

    Linear between the profile's azimuths, around the circle, and between its mast heights. Raises
    IlrsError for an azimuth off the circle and for a height the profile does not enclose.
    """
    azimuth = np.asarray(azimuth_deg, dtype=np.float64)
    _check_azimuths(azimuth)
    masts = np.asarray(profile["mast_height_m"].values, dtype=np.float64)
    if not masts.min() <= mast_height_m <= masts.max():
        held = ", ".join(f"{mast:g}" for mast in np.sort(masts))
        raise IlrsError(
            f"a horizon for a mast of {mast_height_m:g} m",
            f"this profile was computed for {held} m and holds between those heights",
            "Choose a height between them, or compute a profile for yours.",
        )
    order = np.argsort(masts)
    rows = np.asarray(profile["horizon_deg"].values, dtype=np.float64)[order]
    place = np.interp(mast_height_m, masts[order], np.arange(masts.size, dtype=np.float64))
    low = int(place)
    high = min(low + 1, masts.size - 1)
    row = (1.0 - (place - low)) * rows[low] + (place - low) * rows[high]
    known = np.asarray(profile["azimuth_deg"].values, dtype=np.float64)
    return np.asarray(np.interp(azimuth, known, row, period=360.0))


def write_profile(profile: xr.Dataset, path: Path, *, builder: str = "") -> None:
    """Writes a profile as CSV under `#` header lines; the same profile gives the same bytes.

    Elevations keep 4 decimals (0.36 arcseconds), distances 10 m. `builder` names the script that
    made it.
    """
    attrs = {"builder": builder, "software": f"ilrs {version('ilrs')}", **profile.attrs}
    lines = ["# ilrs horizon profile; azimuth clockwise from local north, heights above 1737.4 km"]
    lines += [f"# latitude_deg: {attrs['latitude_deg']:.6f}"]
    lines += [f"# longitude_deg: {attrs['longitude_deg']:.6f}"]
    lines += [f"# ground_height_m: {attrs['ground_height_m']:.2f}"]
    lines += [f"# {name}: {attrs.get(name, '')}" for name in _TEXTS]
    lines += [_COLUMNS]
    for m, mast in enumerate(profile["mast_height_m"].values):
        rows = profile.isel(mast_height_m=m)
        lines += [
            f"{azimuth:.9g},{mast:g},{horizon:.4f},{round(distance, -1):.0f}"
            for azimuth, horizon, distance in zip(
                rows["azimuth_deg"].values,
                rows["horizon_deg"].values,
                rows["horizon_distance_m"].values,
                strict=True,
            )
        ]
    Path(path).write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_profile(path: Path) -> xr.Dataset:
    """The profile kept in a CSV file, laid out as `horizon_profile` gives it.

    Raises IlrsError for a file that is absent, is no profile, or has rows missing.
    """
    path = Path(path)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        head = [line[1:].partition(":") for line in lines if line.startswith("#")]
        told = {key.strip(): text.strip() for key, _, text in head}
        attrs: dict[str, str | float] = {name: float(told[name]) for name in _NUMBERS}
        attrs |= {name: told[name] for name in _TEXTS if name in told}
        body = [line for line in lines if not line.startswith("#")]
        if body[0] != _COLUMNS:
            raise ValueError(body[0])
        table = np.array([line.split(",") for line in body[1:]], dtype=np.float64)
        azimuths, masts = np.unique(table[:, 0]), np.unique(table[:, 1])
        ordered = table[np.lexsort((table[:, 0], table[:, 1]))]
        cube = ordered.reshape(masts.size, azimuths.size, 4)
        if not np.isfinite(cube).all() or np.ptp(cube[:, :, 0], axis=0).any():
            raise ValueError(path.name)
    except OSError:
        raise _no_profile(path, "cannot be opened") from None
    except (ValueError, KeyError, IndexError):
        raise _no_profile(path, "is not a whole horizon profile") from None
    return _dataset(azimuths, masts, cube[:, :, 2], cube[:, :, 3], attrs)


def _no_profile(path: Path, fault: str) -> IlrsError:
    return IlrsError(
        f"the horizon profile {path.name} {fault}",
        f"a profile is a CSV file with # header lines and the columns {_COLUMNS}",
        "Correct the path, or make the profile again with ilrs.moon.horizon.write_profile.",
    )


def _dataset(
    azimuths_deg: FloatArray,
    masts_m: FloatArray,
    horizon_deg: FloatArray,
    distance_m: FloatArray,
    attrs: dict[str, str | float],
) -> xr.Dataset:
    dims = ("mast_height_m", "azimuth_deg")
    north = "clockwise from local true north"
    return xr.Dataset(
        {
            "horizon_deg": (
                dims,
                horizon_deg,
                {"units": "deg", "long_name": "elevation of the terrain horizon"},
            ),
            "horizon_distance_m": (
                dims,
                distance_m,
                {"units": "m", "long_name": "distance of the horizon along the 1737.4 km sphere"},
            ),
        },
        coords={
            "mast_height_m": (
                "mast_height_m",
                masts_m,
                {"units": "m", "long_name": "height of the observer above ground"},
            ),
            "azimuth_deg": (
                "azimuth_deg",
                azimuths_deg,
                {"units": "deg", "long_name": f"azimuth, {north}"},
            ),
        },
        attrs=attrs,
    )


def _check_azimuths(azimuths_deg: FloatArray) -> None:
    wrong = azimuths_deg[~((azimuths_deg >= 0.0) & (azimuths_deg <= 360.0))]
    if wrong.size:
        raise IlrsError(
            f"an azimuth of {wrong.flat[0]:g} deg",
            "azimuths go from 0 to 360 deg, clockwise from local true north",
            "Bring it onto the circle, for instance with ilrs.foundation.angles.azimuth_deg.",
        )


def _check_masts(masts_m: FloatArray) -> None:
    wrong = masts_m[~((masts_m >= 0.0) & (masts_m <= 10_000.0))]
    if wrong.size:
        raise IlrsError(
            f"a mast of {wrong.flat[0]:g} m",
            "a mast reaches from 0 to 10000 m above the ground it stands on",
            "Give its height above ground in metres.",
        )


def _ground_height_m(
    ordered: Sequence[Terrain], latitude_deg: float, longitude_deg: float
) -> float:
    """Height of the ground on the finest grid that holds the site; every doubt is an error. [m]"""
    if not (abs(latitude_deg) <= 90.0 and abs(longitude_deg) <= 360.0):
        raise IlrsError(
            f"a site at latitude {latitude_deg:g}, longitude {longitude_deg:g}",
            "latitudes go from -90 to 90 deg and longitudes from -360 to 360 deg, east positive",
            "Give degrees in the MOON_ME frame, not map metres.",
        )
    where = f"the site at latitude {latitude_deg:g}, longitude {longitude_deg:g}"
    for terrain in ordered:
        if terrain.grid.pole * latitude_deg < 0.0:
            raise IlrsError(
                f"{where} and the terrain {terrain.name} belong to opposite poles",
                f"{terrain.name} is a {terrain.grid.drawn} map",
                "Correct the sign of the latitude, or give terrain of that pole.",
            )
    for terrain in ordered:
        x_m, y_m = (float(value) for value in terrain.grid.project(latitude_deg, longitude_deg))
        if not terrain.grid.holds(x_m, y_m):
            continue
        if terrain.has_hole_near(x_m, y_m):
            raise IlrsError(
                f"{where} has pixels without a height (NaN) beside it in {terrain.name}",
                "within 10 pixels of a site every height must be known",
                "Fill the hole, choose another site, or leave this terrain out.",
            )
        return float(terrain.height_m(x_m, y_m))
    held = "; ".join(f"{terrain.name}: {terrain.grid}" for terrain in ordered)
    raise IlrsError(
        f"{where} lies off the terrain given",
        held or "no terrain was given",
        "Give terrain that holds the site, or correct its coordinates.",
    )


def _note(ordered: Sequence[Terrain], first_use_m: FloatArray) -> str:
    """Where each grid begins to serve, so that nobody takes coarse cells for a fine skyline."""
    nearest_m = first_use_m.min(axis=0)
    parts = []
    for terrain, use_m in zip(ordered, nearest_m[:-1], strict=True):
        cells = _length(terrain.grid.pixel_m)
        if use_m <= 1.0:
            parts.append(f"horizon at the site from {cells} cells")
            if terrain.grid.pixel_m >= _COARSE_M:
                parts.append("peaks and slopes smaller than these are missing at the site itself")
        elif np.isfinite(use_m):
            parts.append(f"beyond {_length(use_m)} from {cells} cells")
    if np.isfinite(nearest_m[-1]):
        parts.append(f"beyond {_length(nearest_m[-1])} rays pass places without terrain")
    return "; ".join(parts)


def _length(metres: float) -> str:
    return f"{metres / 1e3:.2g} km" if metres >= 1e3 else f"{metres:.3g} m"
