"""The horizon by the shortest road: many samples, spherical trigonometry, no shortcuts."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ilrs.moon.terrain import Terrain

RADIUS_M = 1_737_400.0


def brute_force_horizon_deg(
    terrains: Sequence[Terrain],
    *,
    latitude_deg: float,
    longitude_deg: float,
    mast_height_m: float,
    azimuths_deg: Any,
    distances_m: Any,
) -> Any:
    """Highest elevation [deg] of the terrain at the given distances, per azimuth.

    Where the terrain ends between two of them, the last stretch is asked a hundred times finer.
    """
    phi, lam = np.radians(latitude_deg), np.radians(longitude_deg)
    ground = heights_m(terrains, latitude_deg, longitude_deg)
    observer = (RADIUS_M + float(ground) + mast_height_m) * unit(phi, lam)

    def sines_up(azimuth: float, angle: Any) -> Any:
        sine = np.sin(phi) * np.cos(angle) + np.cos(phi) * np.sin(angle) * np.cos(azimuth)
        there = np.arcsin(np.clip(sine, -1.0, 1.0))
        turn = np.arctan2(
            np.sin(azimuth) * np.sin(angle) * np.cos(phi), np.cos(angle) - np.sin(phi) * sine
        )
        heights = heights_m(terrains, np.degrees(there), np.degrees(lam + turn))
        sight = (RADIUS_M + heights)[:, None] * unit(there, lam + turn) - observer
        return sight @ unit(phi, lam) / np.linalg.norm(sight, axis=1)

    highest, angles = [], np.asarray(distances_m) / RADIUS_M
    for azimuth in np.radians(azimuths_deg):
        up = sines_up(azimuth, angles)
        ends = np.flatnonzero(~np.isnan(up[:-1]) & np.isnan(up[1:]))
        last = np.linspace(angles[ends], angles[ends + 1], 100).ravel()
        highest.append(np.degrees(np.arcsin(np.nanmax(np.append(up, sines_up(azimuth, last))))))
    return np.array(highest)


def heights_m(terrains: Sequence[Terrain], latitude_deg: Any, longitude_deg: Any) -> Any:
    """Height of the finest terrain that knows one, else NaN."""
    found = np.full(np.shape(latitude_deg), np.nan)
    for terrain in terrains:
        here = terrain.height_m(*terrain.grid.project(latitude_deg, longitude_deg))
        found = np.where(np.isnan(found), here, found)
    return found


def unit(latitude_rad: Any, longitude_rad: Any) -> Any:
    """Unit vectors of places, last axis x, y, z."""
    return np.stack(
        [
            np.cos(latitude_rad) * np.cos(longitude_rad),
            np.cos(latitude_rad) * np.sin(longitude_rad),
            np.sin(latitude_rad) + 0.0 * longitude_rad,
        ],
        axis=-1,
    )
