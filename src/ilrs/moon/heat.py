"""Ground temperature: a one-dimensional column of lunar regolith under sunlight.

Hayne et al. 2017 (10.1002/2017JE005387, appendix A): density and conductivity grow with depth,
conductivity and heat capacity with temperature. The ground is flat and sees a dark sky: light
scattered and heat radiated by surrounding terrain are not in it yet, so shadowed floors of craters
come out too cold.
"""

from typing import Any, TypeAlias

import numba
import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError

__all__ = [
    "DEPTHS_M",
    "bond_albedo",
    "column_temperature_k",
    "sunlight_absorbed_w_m2",
    "surface_temperature_k",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_STEFAN_BOLTZMANN_W_M2_K4 = 5.670374419e-8  # CODATA 2018
_EMISSIVITY = 0.95
_GEOTHERMAL_W_M2 = 0.018
_DENSITY_SURFACE, _DENSITY_DEEP = 1100.0, 1800.0  # kg m-3
_CONDUCTIVITY_SURFACE, _CONDUCTIVITY_DEEP = 7.4e-4, 3.4e-3  # W m-1 K-1, without radiation
_RADIATIVE_SHARE, _RADIATIVE_K = 2.7, 350.0
_CAPACITY = (-3.6125, 2.7431, 2.3616e-3, -1.2340e-5, 8.9093e-9)  # J kg-1 K-1, powers of K
_EMITTED = _EMISSIVITY * _STEFAN_BOLTZMANN_W_M2_K4
_COLDEST_K = 20.0  # the capacity's polynomial was fitted above

# Layers: 2 mm at the top, where a lunar day's wave falls off over 4 to 8 cm, each 12 % thicker than
# the one above, down to nine annual skin depths (0.27 m at 100 K).
_THICKNESS_M = 0.002 * 1.12 ** np.arange(45)
_EDGES_M = np.concatenate(([0.0], np.cumsum(_THICKNESS_M)))
#: Depths of the column's temperatures: the surface, then the middle of each layer. [m]
DEPTHS_M = np.concatenate(([0.0], 0.5 * (_EDGES_M[1:] + _EDGES_M[:-1])))

_MOST_CYCLES = 60
_SETTLED_K = 0.02
_SHARE_CORRECTED = 0.8
_LONGEST_STEP_S = 900.0  # 20 K rise in the first hour of morning


def bond_albedo(incidence_deg: npt.ArrayLike, *, normal_albedo: float = 0.12) -> FloatArray:
    """Reflected part of sunlight at an incidence angle. [1]

    Keihm 1984 as used by Hayne et al. 2017, A0 [1 + (a/A0)(i/45)^3 + (b/A0)(i/90)^8] with
    a = 0.06, b = 0.25 at A0 = 0.12; darker and brighter ground scales the whole curve.
    """
    incidence = np.asarray(incidence_deg, dtype=np.float64)
    rise = 0.06 * (incidence / 45.0) ** 3 + 0.25 * (incidence / 90.0) ** 8
    return np.asarray(normal_albedo * (1.0 + rise / 0.12))


def sunlight_absorbed_w_m2(
    irradiance_w_m2: npt.ArrayLike, elevation_deg: npt.ArrayLike, *, normal_albedo: float = 0.12
) -> FloatArray:
    """Sunlight that flat ground absorbs; none while the Sun is below the horizontal. [W m-2]

    `irradiance_w_m2` falls on a surface facing the Sun, already reduced to the part of its disc
    that the ground sees.
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

    Arguments as for `sunlight_absorbed_w_m2` and `column_temperature_k`.
    """
    absorbed = sunlight_absorbed_w_m2(irradiance_w_m2, elevation_deg, normal_albedo=normal_albedo)
    return column_temperature_k(absorbed, step_s=step_s, depth_scale_m=depth_scale_m)[:, 0]


def column_temperature_k(
    absorbed_w_m2: npt.ArrayLike,
    *,
    step_s: float,
    depth_scale_m: float = 0.06,
    geothermal_flow_w_m2: float = _GEOTHERMAL_W_M2,
) -> FloatArray:
    """Temperatures at DEPTHS_M, means over each step, shape (steps, depths). [K]

    `absorbed_w_m2` is the heat taken up by the surface in each step; `depth_scale_m` is the
    e-folding depth of density and conductivity (Hayne's H). The series is taken to repeat: it is
    run over and over, the deep profile brought to the geothermal flow in between, until no depth
    moves by 0.02 K (or 60 times). Implicit in time, with inner steps of at most 15 minutes: hourly
    steps follow a lunar day within 0.3 K. Raises IlrsError for an empty series or heat that no Sun
    could give.
    """
    heat = np.atleast_1d(np.asarray(absorbed_w_m2, dtype=np.float64))
    _check_series(heat, step_s)
    density = _with_depth(_DENSITY_SURFACE, _DENSITY_DEEP, DEPTHS_M[1:], depth_scale_m)
    solid = _with_depth(_CONDUCTIVITY_SURFACE, _CONDUCTIVITY_DEEP, _EDGES_M[:-1], depth_scale_m)
    mean_k = ((heat.mean() + geothermal_flow_w_m2) / _EMITTED) ** 0.25
    state = np.full(DEPTHS_M.size, max(float(mean_k), _COLDEST_K))
    column = np.empty((heat.size, DEPTHS_M.size))
    for _ in range(_MOST_CYCLES):
        end, flow, stiffness = _run(
            heat, state, column, step_s, density * _THICKNESS_M, solid, geothermal_flow_w_m2
        )
        # Where a cycle's mean flow differs from the geothermal one, the profile below is still
        # wrong by just the difference that would restore it: waiting for that would take decades.
        wanted = np.concatenate(([0.0], np.cumsum((geothermal_flow_w_m2 - flow) / stiffness)))
        settled = np.abs(wanted).max() < _SETTLED_K
        if settled and np.abs(end - state).max() < _SETTLED_K:
            break
        state = np.maximum(end + _SHARE_CORRECTED * wanted, _COLDEST_K)
    return column


def _check_series(heat_w_m2: FloatArray, step_s: float) -> None:
    if heat_w_m2.size and step_s > 0.0 and ((heat_w_m2 >= 0.0) & (heat_w_m2 < 2000.0)).all():
        return
    wrong = heat_w_m2[~((heat_w_m2 >= 0.0) & (heat_w_m2 < 2000.0))]
    said = f"{heat_w_m2.size} value(s), {step_s:g} s apart"
    if wrong.size:
        said += f", one of them {wrong[0]:g} W/m2"
    raise IlrsError(
        f"the absorbed heat has {said}",
        "at least one value from 0 to 2000 W/m2 and a step longer than 0 s are needed",
        "Give the heat that the ground takes up from the Sun.",
    )


def _with_depth(
    surface: float, deep: float, depth_m: FloatArray, depth_scale_m: float
) -> FloatArray:
    """What grows from its surface to its deep value over an e-folding depth; same unit."""
    return np.asarray(deep - (deep - surface) * np.exp(-depth_m / depth_scale_m))


@numba.njit(cache=True, error_model="numpy")
def _run(
    heat: Any, start: Any, column: Any, step_s: float, mass: Any, solid: Any, below_w_m2: float
) -> Any:
    """Runs a series once, filling `column`; gives its end and the interfaces' mean flow, stiffness.

    Properties are those at the step's beginning, temperatures those at its end (implicit Euler).
    The layers are eliminated from the bottom up, T[i] = add[i] + share[i] T[i-1], which leaves one
    equation for the surface; its radiation is solved by Newton's method.
    """
    nodes = start.size
    t = start.copy()
    conductance, add, share = np.zeros(nodes), np.zeros(nodes), np.zeros(nodes)
    flow, stiffness = np.zeros(nodes - 1), np.zeros(nodes - 1)
    gap = DEPTHS_M[1:] - DEPTHS_M[:-1]
    parts = int(np.ceil(step_s / _LONGEST_STEP_S))
    column[:] = 0.0
    for n in range(heat.size * parts):
        k = n // parts
        for i in range(nodes - 1):
            between = 0.5 * (t[i] + t[i + 1]) / _RADIATIVE_K
            conductance[i] = solid[i] * (1.0 + _RADIATIVE_SHARE * between**3) / gap[i]
        for i in range(nodes - 1, 0, -1):
            warm = max(t[i], _COLDEST_K)
            specific = _CAPACITY[4]
            for power in (3, 2, 1, 0):
                specific = specific * warm + _CAPACITY[power]
            inertia = mass[i - 1] * specific * parts / step_s
            from_below = below_w_m2
            sink = inertia + conductance[i - 1]
            if i < nodes - 1:
                from_below = conductance[i] * add[i + 1]
                sink += conductance[i] * (1.0 - share[i + 1])
            add[i] = (inertia * t[i] + from_below) / sink
            share[i] = conductance[i - 1] / sink
        held = conductance[0] * (1.0 - share[1])
        gained = heat[k] + conductance[0] * add[1]
        surface = t[0]
        for _ in range(50):
            excess = gained - held * surface - _EMITTED * surface**4
            change = excess / (held + 4.0 * _EMITTED * surface**3)
            surface += change
            if abs(change) < 1e-6:
                break
        t[0] = surface
        for i in range(1, nodes):
            t[i] = add[i] + share[i] * t[i - 1]
        for i in range(nodes - 1):
            flow[i] += conductance[i] * (t[i + 1] - t[i])
            stiffness[i] += conductance[i]
        column[k] += t / parts
    return t, flow / (heat.size * parts), stiffness / (heat.size * parts)
