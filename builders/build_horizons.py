"""Computes the horizon profiles of the reference programme's sites from LOLA terrain.

    python builders/build_horizons.py TERRAIN_FOLDER [--out FOLDER] [--search]

TERRAIN_FOLDER holds connecting_ridge_40m.tif, shackleton_ridge_200m.tif and LDEM_4.LBL/.IMG. Writes
one CSV per site and prints its light over 18.6 years. With --search, looks instead for the place on
the 40 m grid that has most light from a 10 m mast, which is how CONNECTING-RIDGE was chosen.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.foundation.time import DAY_S, parse_utc, tdb_from_utc, time_grid
from ilrs.foundation.windows import Windows
from ilrs.moon.horizon import horizon_at, horizon_profile, write_profile
from ilrs.moon.light import sun_visible_fraction
from ilrs.moon.terrain import Terrain, read_terrain
from ilrs.sky.directions import BODY_RADIUS_M, angular_radius_deg, apparent_directions
from ilrs.sky.kernels import SUN, open_ephemeris
from ilrs.sky.orientation import open_orientation

FloatArray: TypeAlias = npt.NDArray[np.float64]

SITES = {
    # Best mean light on the 40 m grid, 10 m mast, 2026-2044: found by --search.
    "CONNECTING-RIDGE": (-89.7817, 203.699),
    "SHACK-DEGER-RIDGE": (-89.45, 222.7),
    "CE7-NOMINAL": (-88.8, 123.4),
    "BUSSEY-PEAK": (-88.74, 124.5),
}
MASTS_M = (2.0, 10.0)
TERRAIN = ("connecting_ridge_40m.tif", "shackleton_ridge_200m.tif", "LDEM_4.LBL")
BUILDER = "builders/build_horizons.py"
HOME = Path(__file__).parents[1] / "src" / "ilrs" / "programme" / "reference" / "horizons"
SPAN = ("2026-01-01", "2044-08-10")  # one turn of the lunar node, the span of truth G1


class Sun(NamedTuple):
    """Where the Sun stands over a place, and how large it looks."""

    azimuth_deg: FloatArray
    elevation_deg: FloatArray
    angular_radius_deg: FloatArray


class Sky:
    """The Sun over any place of the Moon, on one time grid of SPAN."""

    def __init__(self, step_s: float) -> None:
        self.step_s = step_s
        self.tdb_s = tdb_from_utc(time_grid(*(parse_utc(date) for date in SPAN), step_s))
        self.kernels = {"ephemeris": open_ephemeris(), "orientation": open_orientation()}

    def sun(self, latitude_deg: float, longitude_deg: float) -> Sun:
        """Directions of the Sun from a place."""
        azimuth, elevation, distance = (
            values[0]
            for values in apparent_directions(
                (SUN,),
                self.tdb_s,
                latitude_deg=latitude_deg,
                longitude_deg=longitude_deg,
                **self.kernels,
            )
        )
        return Sun(azimuth, elevation, angular_radius_deg(distance, radius_m=BODY_RADIUS_M[SUN]))


def profile_of(
    terrains: Sequence[Terrain], latitude_deg: float, longitude_deg: float
) -> xr.Dataset:
    """The standard profile of a reference site."""
    return horizon_profile(
        terrains, latitude_deg=latitude_deg, longitude_deg=longitude_deg, mast_heights_m=MASTS_M
    )


def light(profile: xr.Dataset, sky: Sky, mast_height_m: float) -> FloatArray:
    """Visible part of the Sun's disc at every epoch of a sky."""
    sun = sky.sun(float(profile.attrs["latitude_deg"]), float(profile.attrs["longitude_deg"]))
    return sun_visible_fraction(
        sun.azimuth_deg,
        sun.elevation_deg,
        angular_radius_deg=sun.angular_radius_deg,
        profile=profile,
        mast_height_m=mast_height_m,
    )


def longest_darkness_d(fraction: FloatArray, step_s: float) -> float:
    """Longest time without any of the disc in view. [earth days]"""
    edges = np.arange(fraction.size + 1) * step_s
    return Windows.from_mask(edges, fraction <= 0.0).longest_s / DAY_S


def best_lit(terrains: Sequence[Terrain], *, every: int = 3, kept: int = 40) -> FloatArray:
    """Places of the finest grid by mean light from 10 m, best first: light, latitude, longitude.

    Every third pixel is judged by the Sun's centre against 120 azimuths, 12-hourly; the best 40
    and their neighbours by the Sun's disc against 720 azimuths, 6-hourly.
    """
    grid = terrains[0].grid
    sky = Sky(12 * 3600.0)
    azimuths = np.arange(120) * 3.0
    coarse = []
    for row in range(1, grid.rows - 1, every):
        for column in range(1, grid.columns - 1, every):
            latitude, longitude = _place(terrains[0], row, column)
            profile = horizon_profile(
                terrains, latitude_deg=latitude, longitude_deg=longitude,
                mast_heights_m=[10.0], azimuths_deg=azimuths,
            )  # fmt: skip
            sun = sky.sun(latitude, longitude)
            under = horizon_at(profile, sun.azimuth_deg, mast_height_m=10.0)
            coarse.append((float((sun.elevation_deg > under).mean()), row, column))
    best = sorted(coarse, reverse=True)[:kept]
    near = range(-(every // 2), every // 2 + 1)
    cells = {(row + i, column + j) for _, row, column in best for i in near for j in near}
    sky = Sky(6 * 3600.0)
    fine = []
    for row, column in sorted(cells):
        place = _place(terrains[0], row, column)
        fine.append((float(light(profile_of(terrains, *place), sky, 10.0).mean()), *place))
    return np.array(sorted(fine, reverse=True))


def _place(terrain: Terrain, row: int, column: int) -> tuple[float, float]:
    grid = terrain.grid
    latitude, longitude = grid.locate(
        grid.west_m + (column + 0.5) * grid.pixel_m, grid.north_m - (row + 0.5) * grid.pixel_m
    )
    return round(float(latitude), 4), round(float(longitude), 3)


def main() -> None:
    """Builds the profiles, or searches the best-lit place."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("terrain", type=Path, help="folder with the terrain files")
    reader.add_argument("--out", type=Path, default=HOME, help="folder of the CSV files")
    reader.add_argument("--search", action="store_true", help="look for the best-lit place")
    given = reader.parse_args()
    terrains = [read_terrain(given.terrain / name) for name in TERRAIN]
    if given.search:
        for mean, latitude, longitude in best_lit(terrains)[:10]:
            print(f"{mean:.4f} of the time lit at {latitude:.4f}, {longitude:.3f}")
        return
    given.out.mkdir(parents=True, exist_ok=True)
    sky = Sky(3600.0)
    for site, place in SITES.items():
        profile = profile_of(terrains, *place)
        write_profile(profile, given.out / f"{site}.csv", builder=BUILDER)
        for mast in MASTS_M:
            lit = light(profile, sky, mast)
            dark_d = longest_darkness_d(lit, sky.step_s)
            print(f"{site} {mast:g} m: lit {lit.mean():.4f}, longest darkness {dark_d:.1f} d")


if __name__ == "__main__":
    main()
