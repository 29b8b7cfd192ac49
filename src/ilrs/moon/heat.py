"""Heat at one place: sunlight that ground absorbs, its temperature, what a plate beside it sees.

Here the ground is flat and sees a dark sky, as at a site on a rim. Light and heat from the terrain
around, without which floors of craters come out too cold, are in `ilrs.moon.cold_trap`.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.moon.column import (
    DEPTHS_M,
    EMISSIVITY,
    GEOTHERMAL_W_M2,
    STEFAN_BOLTZMANN_W_M2_K4,
    run_columns,
)

__all__ = [
    "bond_albedo",
    "column_temperature_k",
    "diffuse_albedo",
    "effective_sink_temperature_k",
    "emitted_w_m2",
    "sunlight_absorbed_w_m2",
    "surface_temperature_k",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]


def bond_albedo(incidence_deg: npt.ArrayLike, *, normal_albedo: float = 0.12) -> FloatArray:
    """Reflected part of sunlight at an incidence angle. [1]

    Keihm 1984 as used by Hayne et al. 2017, A0 [1 + (a/A0)(i/45)^3 + (b/A0)(i/90)^8] with
    a = 0.06, b = 0.25 at A0 = 0.12; darker and brighter ground scales the whole curve.
    """
    incidence = np.asarray(incidence_deg, dtype=np.float64)
    rise = 0.06 * (incidence / 45.0) ** 3 + 0.25 * (incidence / 90.0) ** 8
    return np.asarray(normal_albedo * (1.0 + rise / 0.12))


def diffuse_albedo(*, normal_albedo: float = 0.12) -> float:
    """Reflected part of light that comes evenly from everywhere: `bond_albedo` averaged. [1]"""
    node, weight = np.polynomial.legendre.leggauss(32)
    incidence = np.radians(45.0 * (node + 1.0))
    share = 0.25 * np.pi * weight * np.sin(2.0 * incidence)  # of even light, by Lambert's law
    return float(share @ bond_albedo(np.degrees(incidence), normal_albedo=normal_albedo))


def sunlight_absorbed_w_m2(
    irradiance_w_m2: npt.ArrayLike, elevation_deg: npt.ArrayLike, *, normal_albedo: float = 0.12
) -> FloatArray:
    """Sunlight that flat ground absorbs; none while the Sun is below the horizontal. [W m-2]

    `irradiance_w_m2` falls on a surface facing the Sun, already reduced to the part of its disc
    that the ground sees. For tilted ground take the elevation above its own plane.
    """
    elevation = np.asarray(elevation_deg, dtype=np.float64)
    facing = np.maximum(np.sin(np.radians(elevation)), 0.0)
    kept = 1.0 - bond_albedo(np.clip(90.0 - elevation, 0.0, 90.0), normal_albedo=normal_albedo)
    return np.asarray(np.asarray(irradiance_w_m2, dtype=np.float64) * facing * kept)


def surface_temperature_k(
    irradiance_w_m2: npt.ArrayLike,
    elevation_deg: npt.ArrayLike,
    *,
    step_s: float,
    normal_albedo: float = 0.12,
    depth_scale_m: float = 0.06,
) -> FloatArray:
    """Surface temperature of flat regolith, mean over each step. [K]

    Arguments as for `sunlight_absorbed_w_m2` and `ilrs.moon.column.run_columns`.
    """
    absorbed = sunlight_absorbed_w_m2(irradiance_w_m2, elevation_deg, normal_albedo=normal_albedo)
    run = run_columns(np.atleast_1d(absorbed)[:, None], step_s=step_s, depth_scale_m=depth_scale_m)
    return np.asarray(run.kept_k[:, 0, 0])


def column_temperature_k(
    absorbed_w_m2: npt.ArrayLike,
    *,
    step_s: float,
    depth_scale_m: float = 0.06,
    geothermal_flow_w_m2: float = GEOTHERMAL_W_M2,
) -> FloatArray:
    """Temperatures at `column.DEPTHS_M`, means over each step, shape (steps, depths). [K]

    One column of `ilrs.moon.column.run_columns`, which says what the arguments mean.
    """
    absorbed = np.atleast_1d(np.asarray(absorbed_w_m2, dtype=np.float64))
    run = run_columns(
        absorbed[:, None],
        step_s=step_s,
        depth_scale_m=depth_scale_m,
        geothermal_flow_w_m2=geothermal_flow_w_m2,
        depths_kept=DEPTHS_M.size,
    )
    return np.asarray(run.kept_k[:, :, 0])


def effective_sink_temperature_k(
    sunlight_w_m2: npt.ArrayLike,
    terrain_w_m2: npt.ArrayLike,
    *,
    absorptance: float,
    emittance: float,
) -> FloatArray:
    """Temperature that an idle plate takes, and towards which a radiator works. [K]

    A plate that gives off heat q [W/m2] from one face settles at (sink^4 + q/(e s))^(1/4), with e
    its emittance and s the Stefan-Boltzmann constant. `sunlight_w_m2` is all sunlight on the plate,
    direct and reflected; `terrain_w_m2` the infrared on it from ground and walls; both already
    reduced by orientation (`view_factors.plate_view`). Dark sky adds nothing. Raises
    IlrsError for surface properties outside 0 to 1.
    """
    if not (0.0 <= absorptance <= 1.0 and 0.0 < emittance <= 1.0):
        raise IlrsError(
            f"a plate with absorptance {absorptance:g} and emittance {emittance:g}",
            "absorptance lies from 0 to 1, emittance above 0 and up to 1",
            "Give both as fractions; a white radiator has about 0.2 and 0.9.",
        )
    sunlight = np.asarray(sunlight_w_m2, dtype=np.float64)
    infrared = np.asarray(terrain_w_m2, dtype=np.float64)
    taken = absorptance / emittance * sunlight + infrared
    return np.asarray((taken / STEFAN_BOLTZMANN_W_M2_K4) ** 0.25)


def emitted_w_m2(temperature_k: npt.ArrayLike, *, emissivity: float = EMISSIVITY) -> FloatArray:
    """Infrared that a surface gives off. [W m-2]"""
    warm = np.asarray(temperature_k, dtype=np.float64)
    return np.asarray(emissivity * STEFAN_BOLTZMANN_W_M2_K4 * warm**4)
